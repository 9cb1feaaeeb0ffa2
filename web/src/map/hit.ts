/** Hit: which of the drawn things a pointer means. */

import type { Rect } from './labels'

/** A drawn symbol. A target is 24 px wide at least, whatever the symbol measures. */
export interface Target {
  track: number
  x: number
  y: number
  radius_px: number
  /** Wins over quiet traffic that it lies among. */
  alarmed: boolean
}
export interface LabelTarget extends Rect {
  track: number | null
  sign: string | null
}
export interface Hit {
  track: number | null
  sign: string | null
}

const REACH_PX = 14

/** The label under the pointer, else the nearest symbol in reach, alarmed ones first; null: nothing. */
export function hit(x: number, y: number, targets: readonly Target[], labels: readonly LabelTarget[]): Hit | null {
  for (const l of labels) {
    if (x >= l.x && x <= l.x + l.width && y >= l.y && y <= l.y + l.height) return { track: l.track, sign: l.sign }
  }
  let best: Target | null = null
  let least = Infinity
  for (const t of targets) {
    const off = Math.hypot(t.x - x, t.y - y)
    if (off > Math.max(REACH_PX, t.radius_px)) continue
    // In half a symbol's width an alarm is what was meant.
    const rank = t.alarmed ? off - REACH_PX : off
    if (rank < least) [best, least] = [t, rank]
  }
  return best ? { track: best.track, sign: null } : null
}
