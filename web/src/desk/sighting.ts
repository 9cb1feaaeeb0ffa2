/** Sighting: what a person writes down of it, as the form of `POST /sightings` (beffroi.feeds.sighting). */

import type { Kind, Units } from '../wire'
import type { REPORTERS } from './wire'

export interface Point {
  lat_deg: number
  lon_deg: number
  name: string
}
export interface Draft {
  what: Kind | ''
  count: string
  text: string
  reporter: (typeof REPORTERS)[number]
  grade: string
  /** `14:02`, UTC; '' = now. */
  time: string
  height: string
  /** Clicked on the map. */
  place: { lat_deg: number; lon_deg: number } | null
  distance: string
  bearing: string
  from: Point | null
}

export const BLANK: Draft = {
  what: '', count: '', text: '', reporter: 'staff', grade: '', time: '', height: '', place: null, distance: '',
  bearing: '', from: null,
}

/** Where nobody said where: somewhere about the site. */
export const ABOUT_M = 10_000
const M_PER = { distance: { metric: 1000, aviation: 1852 }, height: { metric: 1, aviation: 0.3048 } }
const DAY_S = 86_400

/** Metres of a number that was typed in km or NM, m or ft; null: nothing was typed; NaN: no number. */
export function metres(typed: string, of: 'distance' | 'height', units: Units): number | null {
  const value = number(typed)
  return value === null ? null : value * M_PER[of][units]
}

function number(typed: string): number | null {
  const text = typed.trim().replace(',', '.')
  return text === '' ? null : /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
}

/** `045`, `45°` or a word of the compass (eight, clockwise from north) as degrees; null: nothing; NaN: neither. */
export function bearing_deg(typed: string, compass: readonly string[]): number | null {
  const text = typed.trim().replace(/°$/, '')
  if (text === '') return null
  const at = compass.findIndex((word) => word.toLowerCase() === text.toLowerCase())
  if (at >= 0) return at * 45
  const value = number(text) ?? NaN
  return value >= 0 && value <= 360 ? value : NaN
}

/** The last time that the clock showed that, ISO 8601; null: the report's own time counts. */
export function seen_at(time: string, now_s: number): string | null {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})/.exec(time.trim()) ?? []
  if (hours === undefined || minutes === undefined) return null
  const midnight_s = Math.floor(now_s / DAY_S) * DAY_S
  const today_s = midnight_s + Number(hours) * 3600 + Number(minutes) * 60
  return new Date((today_s > now_s ? today_s - DAY_S : today_s) * 1000).toISOString()
}

/** Which field cannot be sent as it is; null: all can. */
export function wrong(draft: Draft, compass: readonly string[]): 'what' | 'count' | 'distance' | 'bearing' | 'height' | null {
  if (draft.what === '') return 'what'
  const count = number(draft.count)
  if (count !== null && !(Number.isInteger(count) && count >= 1)) return 'count'
  if (Number.isNaN(number(draft.height))) return 'height'
  if (draft.place) return null
  const [away, bearing] = [number(draft.distance), bearing_deg(draft.bearing, compass)]
  if (away === null && bearing === null) return null
  if (away === null || !(away >= 0)) return 'distance'
  return bearing === null || Number.isNaN(bearing) ? 'bearing' : null
}

/** The body of the request; what was left empty is left out. */
export function body(
  draft: Draft,
  by: { now_s: number; units: Units; compass: readonly string[]; site: Point },
): Record<string, unknown> {
  const all = {
    reporter: draft.reporter,
    what: draft.what || 'unknown',
    grade: draft.grade || null,
    count: number(draft.count),
    text: draft.text.trim() || null,
    time: seen_at(draft.time, by.now_s),
    height_agl_m: metres(draft.height, 'height', by.units),
    ...where(draft, by),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
}

function where(draft: Draft, by: { units: Units; compass: readonly string[]; site: Point }): Record<string, unknown> {
  if (draft.place) return { lat_deg: draft.place.lat_deg, lon_deg: draft.place.lon_deg }
  const [away_m, bearing] = [metres(draft.distance, 'distance', by.units), bearing_deg(draft.bearing, by.compass)]
  if (away_m !== null && bearing !== null) return { from: draft.from ?? by.site, distance_m: away_m, bearing_deg: bearing }
  return { lat_deg: by.site.lat_deg, lon_deg: by.site.lon_deg, sigma_m: ABOUT_M }
}
