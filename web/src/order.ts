/** Order: where a sign lies and in which order signs stand. */

import type { Priority, Sign } from './wire'

export const RANK: Record<Priority, number> = { urgent: 0, high: 1, notice: 2 }

export type Shelf = 'open' | 'shelved' | 'ended'
export const SHELVES: readonly Shelf[] = ['open', 'shelved', 'ended']

/** A sign that is over stays open until somebody has acknowledged it. */
export function shelf(sign: Sign): Shelf {
  if (sign.state === 'shelved') return 'shelved'
  if (sign.state === 'closed' || (sign.over && sign.state === 'acknowledged')) return 'ended'
  return 'open'
}

/** Rings and is counted until it is acknowledged. */
export function isRinging(sign: Sign): boolean {
  return sign.priority !== 'notice' && sign.state === 'new'
}

/** Priority, what is real, then unacknowledged, then newest. */
export function byUrgency(a: Sign, b: Sign): number {
  return (
    RANK[a.priority] - RANK[b.priority] ||
    Number(a.exercise) - Number(b.exercise) ||
    Number(a.state !== 'new') - Number(b.state !== 'new') ||
    b.opened_s - a.opened_s ||
    b.number - a.number
  )
}

/** What ended last stands first. */
export function byEnd(a: Sign, b: Sign): number {
  return b.changed_s - a.changed_s || b.number - a.number
}

/** What comes back first stands first. */
export function byReturn(a: Sign, b: Sign): number {
  return (a.life?.until_s ?? Infinity) - (b.life?.until_s ?? Infinity) || byUrgency(a, b)
}

const BY: Record<Shelf, (a: Sign, b: Sign) => number> = { open: byUrgency, shelved: byReturn, ended: byEnd }

/** The signs of one shelf in their order. */
export function onShelf(signs: Iterable<Sign>, wanted: Shelf): Sign[] {
  return [...signs].filter((sign) => shelf(sign) === wanted).sort(BY[wanted])
}

/** The sign that presses most of those about a track. */
export function signOfTrack(open: readonly Sign[], track: number): Sign | undefined {
  return open.find((sign) => sign.track === track)
}
