/** Alarms: what a screen reader is told of signs as they come. */

import { app } from '../state.svelte'
import { isRinging, RANK } from '../order'
import type { Sign } from '../wire'

/** Is it new, or has it become more urgent? */
function isNews(sign: Sign, before: Sign | undefined): boolean {
  if (!isRinging(sign)) return false
  return before === undefined || !isRinging(before) || RANK[sign.priority] < RANK[before.priority]
}

function told(sign: Sign, before: Sign | undefined): void {
  if (!isNews(sign, before)) return
  const headline = `${sign.exercise ? 'EX. ' : ''}${app.headline(sign)}`
  const text = app.t(`shell.spoken.${sign.priority}`, { headline })
  if (sign.priority === 'urgent' && !sign.exercise) app.spoken.urgent = text
  else app.spoken.other = text
}

/** Listens until what it gives back is called. */
export function listen(): () => void {
  app.onSign = told
  return () => (app.onSign = () => undefined)
}
