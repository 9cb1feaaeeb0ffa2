/** Fold: a flood of signs of one rule, place and time as one row. An urgent sign is never folded. */

import { distance_m } from '../card/place'
import { byUrgency } from '../order'
import type { Sign } from '../wire'

/** So many signs of one rule, so near to the first of them in place and time, are one row. */
const FEWEST = 3
const NEAR_M = 1000
const NEAR_S = 600

/** One row of the queue: one sign, or several, the most urgent first. */
export interface Row {
  key: string
  signs: Sign[]
}

/** Signs without a place, of sensors, lie at one place: nowhere. */
function isNear(a: Sign, b: Sign): boolean {
  if (a.exercise !== b.exercise || Math.abs(a.opened_s - b.opened_s) > NEAR_S) return false
  if (a.lat_deg === null || a.lon_deg === null) return b.lat_deg === null
  if (b.lat_deg === null || b.lon_deg === null) return false
  return distance_m({ lat_deg: a.lat_deg, lon_deg: a.lon_deg }, { lat_deg: b.lat_deg, lon_deg: b.lon_deg }) <= NEAR_M
}

/** Signs of one rule, put together around the oldest that is left. */
function clusters(signs: Sign[]): Sign[][] {
  const left = signs.sort((a, b) => a.opened_s - b.opened_s || a.number - b.number)
  const found: Sign[][] = []
  for (let first = left[0]; first !== undefined; first = left[0]) {
    const seed = first
    const cluster = left.filter((sign) => isNear(seed, sign))
    const members = cluster.length >= FEWEST ? cluster : [seed]
    found.push(members)
    for (const sign of members) left.splice(left.indexOf(sign), 1)
  }
  return found
}

function row(signs: Sign[]): Row {
  const oldest = signs[0]?.key ?? ''
  return signs.length === 1 ? { key: oldest, signs } : { key: `fold:${oldest}`, signs: signs.sort(byUrgency) }
}

/** The rows of a list of signs, in the order of the most urgent sign of each. */
export function fold(signs: readonly Sign[]): Row[] {
  const place = new Map(signs.map((sign, i) => [sign.key, i]))
  const others = signs.filter((sign) => sign.priority !== 'urgent')
  const rules = [...new Set(others.map((sign) => sign.rule))]
  const rows = rules.flatMap((rule) => clusters(others.filter((sign) => sign.rule === rule))).map(row)
  rows.push(...signs.filter((sign) => sign.priority === 'urgent').map((sign) => row([sign])))
  const first = (r: Row): number => Math.min(...r.signs.map((sign) => place.get(sign.key) ?? 0))
  return rows.sort((a, b) => first(a) - first(b))
}

/** Every sign in a row of its own, for shelves that are not watched. */
export function unfolded(signs: readonly Sign[]): Row[] {
  return signs.map((sign) => ({ key: sign.key, signs: [sign] }))
}
