/** Sources: how many work, and which of them is worst. */

import type { SourceState } from '../wire'

const WORST: SourceState['state'][] = ['fault', 'silent', 'degraded', 'waiting', 'off', 'ok']

export interface Health {
  working: number
  all: number
  /** null: every one works. */
  worst: SourceState | null
}

/** Sorted, the worst first; of two alike the one that has been quiet longer. */
export function byHealth(sources: readonly SourceState[]): SourceState[] {
  const rank = (s: SourceState): number => WORST.indexOf(s.state)
  return [...sources].sort((a, b) => rank(a) - rank(b) || (a.last_s ?? 0) - (b.last_s ?? 0) || a.id.localeCompare(b.id))
}

export function health(sources: readonly SourceState[]): Health {
  const working = sources.filter((s) => s.state === 'ok').length
  return { working, all: sources.length, worst: working < sources.length ? (byHealth(sources)[0] ?? null) : null }
}
