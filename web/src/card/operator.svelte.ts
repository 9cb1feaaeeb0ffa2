/** Operator: the declared place of the operator that was asked for, and logged, for the selected drone. It is
 * forgotten when the selection changes; card and map show it from here. */

import { post, Refused } from '../api'
import type { OperatorPlace } from '../wire'

export interface Shown {
  track: number
  /** null: it was refused. */
  place: OperatorPlace | null
  refused: string
}

let shown = $state.raw<Shown | null>(null)
let asked = 0

/** What was shown of a track. */
export function operatorOf(track: number | null): Shown | null {
  return track !== null && shown?.track === track ? shown : null
}

export function forgetOperator(): void {
  asked += 1
  shown = null
}

/** Asks for it; the server writes down who looked. An answer that comes after the selection changed is dropped. */
export async function showOperator(track: number, refused: string): Promise<void> {
  const mine = ++asked
  const answer = await post<OperatorPlace>(`tracks/${track}/operator`, { purpose: 'find the operator' }).then(
    (place): Shown => ({ track, place, refused: '' }),
    (error: unknown): Shown => ({ track, place: null, refused: error instanceof Refused ? error.message : refused }),
  )
  if (mine === asked) shown = answer
}
