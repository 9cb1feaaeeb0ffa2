/** Act: what a person does with a sign; each can be undone for a while, and undoing is an act too. */

import { post, Refused } from './api'
import { app } from './state.svelte'
import type { Act, Sign } from './wire'

export type Ask = Omit<Act, 'reason' | 'outcome'> & { reason?: string | null; outcome?: string | null }
export interface Undo {
  sign: Sign
  act: number
  code: Ask['code']
  until_ms: number
}
export interface Notice {
  id: number
  text: string
}

export const UNDO_S = 8
const NOTICE_S = 8
let notices = 0

/** Says something in the notices area for a while. */
export function say(text: string): void {
  const id = ++notices
  app.notices = [...app.notices.filter((n) => n.text !== text), { id, text }]
  setTimeout(() => (app.notices = app.notices.filter((n) => n.id !== id)), NOTICE_S * 1000)
}

/** Why nothing can be done now; null: it can. */
export function hindrance(): string | null {
  if (app.replay) return app.t('shell.act.replay')
  if (app.fresh === 'dead' || app.live.link !== 'open') return app.t('shell.act.dead')
  return null
}

/** null: done. Else why not, which is shown too. */
export async function act(sign: Sign, ask: Ask): Promise<string | null> {
  const why = hindrance() ?? (await send(sign, ask))
  if (why !== null) say(why)
  return why
}

async function send(sign: Sign, ask: Ask): Promise<string | null> {
  try {
    const after = await post<Sign>(`signs/${encodeURIComponent(sign.key)}/acts`, ask)
    done(after, ask)
    return null
  } catch (error) {
    if (error instanceof Refused) return error.message
    return app.t('shell.act.dead')
  }
}

/** Offers to undo it. The sign itself changes by its event, as on every other screen. */
function done(after: Sign, ask: Ask): void {
  const number = after.life?.act
  app.undo = null
  app.notices = []
  if (ask.code === 'undo' || number === undefined) return
  const undo: Undo = { sign: after, act: number, code: ask.code, until_ms: performance.now() + UNDO_S * 1000 }
  app.undo = undo
  setTimeout(() => {
    if (app.undo === undo) app.undo = null
  }, UNDO_S * 1000)
}

/** Takes back the last act. */
export function undo(): boolean {
  const last = app.undo
  if (!last) return false
  void act(last.sign, { code: 'undo', act: last.act })
  return true
}
