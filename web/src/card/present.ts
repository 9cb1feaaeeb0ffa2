/** Present: a sign as it is now: place, height and movement from the picture, countdowns to the times that it names. */

import type { Params, Sign } from '../wire'
import { as_known, type Moving } from './figures'

/** The sign with parameters of this moment, so that its sentence, its figures and the map say the same. What is over
 * stays as it was said last. */
export function present(sign: Sign, it: Moving, elevation_m: number | null, now_s: number): Sign {
  if (sign.over || sign.state === 'closed') return sign
  return {
    ...sign,
    params: { ...counted(sign.params, sign, now_s), ...moved(sign.params, it, elevation_m) },
    reasons: sign.reasons.map((reason) => ({ ...reason, params: counted(reason.params, sign, now_s) })),
  }
}

/** What the sentence says of where its object is and how it moves. */
function moved(params: Params, it: Moving, elevation_m: number | null): Params {
  const now: Params = {}
  if ('place' in params && it.place) now['place'] = it.place
  if ('motion' in params && it.speed_mps !== null) now['motion'] = { speed_mps: it.speed_mps, track_deg: it.track_deg }
  if ('level' in params && it.alt_m !== null) {
    const height_m = as_known(it.alt_m - (elevation_m ?? 0), it.alt_sigma_m)
    now['level'] = { height_m, datum: elevation_m === null ? 'amsl' : 'aerodrome' }
  }
  return now
}

/** `in_s` as it is left: to the flight that is named, else since the sign was said. */
function counted(params: Params, sign: Sign, now_s: number): Params {
  const in_s = params['in_s']
  if (typeof in_s !== 'number') return params
  const flight = sign.flights.find((f) => f.callsign === params['flight'])
  if (flight) return { ...params, in_s: Math.max(0, flight.at_s - now_s) }
  // A person's act changes a sign too, but says nothing new of it; and 0 s would say that it is there.
  if (in_s <= 1 || sign.life?.at_s === sign.changed_s) return params
  return { ...params, in_s: Math.max(1, in_s - (now_s - sign.changed_s)) }
}
