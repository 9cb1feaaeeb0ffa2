/** Act: what a person does with a sign; each can be undone for a while, and undoing is an act too. */

import { post, Refused } from './api'
import { app } from './state.svelte'
import type { Act, Sign } from './wire'

export type Ask = Omit<Act, 'reason' | 'outcome'> & { reason?: string | null; outcome?: string | null }
export interface Undo {
  /** Each is taken back by an entry of its own. */
  acts: { sign: Sign; act: number }[]
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
  if (app.locked) return app.t('access.locked.act')
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
    done([await sent(sign, ask)], ask.code)
    return null
  } catch (error) {
    if (error instanceof Refused) return error.message
    return app.t('shell.act.dead')
  }
}

function sent(sign: Sign, ask: Ask): Promise<Sign> {
  return post<Sign>(`signs/${encodeURIComponent(sign.key)}/acts`, ask)
}

/** The signs that are over and that nobody has acknowledged. */
export function over(): Sign[] {
  return app.open.filter((sign) => sign.over && sign.state === 'new')
}

/** Acknowledges all that are over: an entry for each, and one offer to undo them. */
export async function acknowledgeOver(): Promise<void> {
  const [signs, why] = [over(), hindrance()]
  if (why !== null) return say(why)
  const answers = await Promise.allSettled(signs.map((sign) => sent(sign, { code: 'acknowledge' })))
  done(answers.flatMap((a) => (a.status === 'fulfilled' ? [a.value] : [])), 'acknowledge')
  const refused = answers.filter((a) => a.status === 'rejected').length
  if (refused > 0) say(app.t('shell.act.some', { n: refused }))
}

/** Offers to undo it. The signs themselves change by their events, as on every other screen. */
function done(after: readonly Sign[], code: Ask['code']): void {
  const acts = after.flatMap((sign) => (sign.life ? [{ sign, act: sign.life.act }] : []))
  app.undo = null
  app.notices = []
  if (code === 'undo' || acts.length === 0) return
  const undo: Undo = { acts, code, until_ms: performance.now() + UNDO_S * 1000 }
  app.undo = undo
  setTimeout(() => {
    if (app.undo === undo) app.undo = null
  }, UNDO_S * 1000)
}

/** Takes back the last act. */
export function undo(): boolean {
  const last = app.undo
  if (!last) return false
  for (const { sign, act: number } of last.acts) void act(sign, { code: 'undo', act: number })
  return true
}
