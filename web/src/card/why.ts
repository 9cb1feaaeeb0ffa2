/** Why: the reasons of a sign as rows, those against it among them, and what each rests on. */

import type { Reason } from '../wire'

export type Speaks = 'for' | 'against' | 'note'

/** What a reason rests on: counted frames, then the tracks, zones, and the sources, flights and others by name. */
export interface Evidence {
  frames: number
  tracks: number[]
  zones: string[]
  others: string[]
}

const COUNTED = /^(frame|track|zone):/

export function speaks(reason: Reason): Speaks {
  if (reason.weight > 0) return 'for'
  return reason.weight < 0 ? 'against' : 'note'
}

/** How many reasons speak for the sign and how many against it. */
export function tally(reasons: readonly Reason[]): { for: number; against: number } {
  return {
    for: reasons.filter((r) => r.weight > 0).length,
    against: reasons.filter((r) => r.weight < 0).length,
  }
}

/** `frame:HEX`, `track:N`, `zone:ID`, and others such as `source:ID` and `flight:CALLSIGN`; each named once. */
export function evidence(reason: Reason): Evidence {
  const named = (kind: string): string[] => [
    ...new Set(reason.evidence.filter((e) => e.startsWith(`${kind}:`)).map((e) => e.slice(kind.length + 1))),
  ]
  return {
    frames: named('frame').length,
    tracks: named('track').map(Number),
    zones: named('zone'),
    others: [...new Set(reason.evidence.filter((e) => !COUNTED.test(e)).map((e) => e.slice(e.indexOf(':') + 1)))],
  }
}

/** For first, what only notes something next, what speaks against last; each as the rule has them. */
export function ordered(reasons: readonly Reason[]): Reason[] {
  const rank: Record<Speaks, number> = { for: 0, note: 1, against: 2 }
  return [...reasons].sort((a, b) => rank[speaks(a)] - rank[speaks(b)])
}
