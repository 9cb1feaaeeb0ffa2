/** Places: runways and zones as they were decided, for the aerodrome, the top bar and the map. */

import type { Aerodrome, Case, Closure, PlaceState } from './wire'

const RANK: Record<PlaceState, number> = { suspended: 0, restricted: 1, open: 2 }

/** Suspended first, runways before zones, then by name. */
export function ordered(places: readonly Closure[]): Closure[] {
  return [...places].sort(
    (a, b) => RANK[a.state] - RANK[b.state] || a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name),
  )
}

export function suspended(aerodrome: Aerodrome | null): Closure[] {
  return ordered(aerodrome?.places.filter((place) => place.state === 'suspended') ?? [])
}

/** What the record of a runway of the site is called: `06/24`. */
export function designators(ends: readonly { designator: string }[]): string {
  return ends.map((end) => end.designator).join('/')
}

/** The aerodrome as it stands for a case: what an exercise decides holds in it alone, and nothing real holds there. */
export function standing(aerodrome: Aerodrome | null, of: Pick<Case, 'exercise' | 'closures'>): Aerodrome | null {
  if (aerodrome === null || !of.exercise) return aerodrome
  const last = new Map(of.closures.map((closure) => [closure.place, closure]))
  const open = { state: 'open', since_s: 0, by: null, why: '', case: null, may_resume_s: null, lost_today_min: 0 } as const
  return { ...aerodrome, places: aerodrome.places.map((place) => last.get(place.place) ?? { ...place, ...open }) }
}

/** What a case has to do with: every runway, zones that are not open, and those that it decided on. */
export function concerning(aerodrome: Aerodrome | null, closures: readonly Closure[]): Closure[] {
  const decided = new Set(closures.map((closure) => closure.place))
  const now = aerodrome?.places ?? closures
  return ordered(now.filter((place) => place.kind === 'runway' || place.state !== 'open' || decided.has(place.place)))
}
