/** Tower: how far a text has come, and how long it waits for its read-back. */

import type { TowerText } from './wire'

/** Silence of so long after sending is a high alarm. */
export const READBACK_S = 30

export const STAGES = ['draft', 'sent', 'shown', 'readback'] as const
export type Stage = (typeof STAGES)[number]

/** Each stage with its time, null until it happened. */
export function stages(text: TowerText): { stage: Stage; at_s: number | null }[] {
  return STAGES.map((stage) => ({ stage, at_s: text[`${stage}_s`] }))
}

export function isWaiting(text: TowerText): boolean {
  return text.sent_s !== null && text.readback_s === null
}

/** Seconds left for the read-back; below 0: overdue for so long. null: nothing is waited for. */
export function left_s(text: TowerText, now_s: number): number | null {
  if (text.sent_s === null || text.readback_s !== null) return null
  const left = READBACK_S - (now_s - text.sent_s)
  return text.overdue ? Math.min(left, 0) : left
}
