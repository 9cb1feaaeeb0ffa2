/** Cells: one row of the table as it is read, and as it is exported. */

import { ABSENT, age, course, distance, known, number, plain, rounded } from '../format'
import type { Tracks } from '../frame'
import { FLAG, type Sign } from '../wire'
import { height_in, speed_in } from './chart'
import type { Reader } from './figures'
import type { Place, Places } from './place'
import type { Row } from './rows'

export const COLUMNS = ['mark', 'name', 'kind', 'height', 'speed', 'track', 'place', 'seen', 'age', 'sign'] as const
export type Column = (typeof COLUMNS)[number]
export type Cells = Record<Column, string>

/** Slower than this it neither climbs nor descends: 200 ft/min. */
const LEVEL_MPS = 1

/** What the table needs to know of the page. */
export interface Table extends Reader {
  tracks: Tracks | null
  places: Places
  now_s: number
  name: (index: number) => string
  /** What a kind is called. */
  kind: (kind: string) => string
  headline: (sign: Sign) => string
}

/** `1.2 km NE of 25`: short, for a cell. */
export function short_place(place: Place, by: Reader): string {
  const directions = by.t('card.compass').split(' ')
  const direction = directions[rounded(place.bearing_deg / 45) % 8] ?? ''
  const away = distance(place.distance_m, by.language, by.units)
  return by.t(`card.place.${place.ref}`, { away: `${away} ${direction}`, name: place.name })
}

function trend(climb_mps: number | null): string {
  if (climb_mps === null || Math.abs(climb_mps) < LEVEL_MPS) return ''
  return climb_mps > 0 ? '↑' : '↓'
}

/** By what it is known: a sensor that stands apart, or its own word alone. */
function seen(tracks: Tracks, i: number, by: Reader): string {
  return by.t(tracks.has(i, FLAG.measured) ? 'card.seen.measured' : 'card.seen.declared')
}

function of_track(row: Row, tracks: Tracks, table: Table): Cells {
  const i = row.index
  const step = table.units === 'aviation' ? 10 : 1
  const high = (v: number): string => number(rounded(height_in(v, table.units) ?? 0, step), 0, table.language)
  const place = table.places.of({ lat_deg: tracks.lat_deg(i), lon_deg: tracks.lon_deg(i) })
  return {
    mark: row.signs[0] ? table.t(`card.priority.${row.signs[0].priority}`) : '',
    name: table.name(i),
    kind: table.kind(tracks.kind(i)),
    height: known(tracks.alt_m(i), high) + trend(tracks.climb_mps(i)),
    speed: number(speed_in(tracks.speed_mps(i), table.units) ?? 0, 0, table.language),
    track: known(tracks.track_deg(i), course),
    place: short_place(place, table),
    seen: seen(tracks, i, table),
    age: known(tracks.age_s(i), (v) => age(v, table.language)),
    sign: headlines(row, table),
  }
}

function headlines(row: Row, table: Table): string {
  const more = row.signs.length - 1
  const first = row.signs[0] ? table.headline(row.signs[0]) : ''
  return more > 0 ? `${first} ${table.t('card.and_more', { n: more })}` : first
}

/** The source that it is about, the track that it was about, or only its number. */
function sign_name(row: Row, sign: Sign, by: Reader): string {
  if (sign.source !== null) return plain(sign.source)
  if (row.track !== null) return by.t('card.track', { number: String(row.track) })
  return by.t('card.sign', { number: String(sign.number) })
}

function of_sign(row: Row, sign: Sign, table: Table): Cells {
  const { lat_deg, lon_deg } = sign
  const place = lat_deg === null || lon_deg === null ? null : table.places.of({ lat_deg, lon_deg })
  const kind = sign.params['kind']
  const absent = { height: ABSENT, speed: ABSENT, track: ABSENT, seen: ABSENT }
  return {
    ...absent,
    kind: typeof kind === 'string' ? table.kind(kind) : ABSENT,
    mark: table.t(`card.priority.${sign.priority}`),
    name: sign_name(row, sign, table),
    place: known(place, (p) => short_place(p, table)),
    age: age(table.now_s - sign.opened_s, table.language),
    sign: headlines(row, table),
  }
}

/** A row in words. */
export function cells(row: Row, table: Table): Cells | null {
  if (row.index >= 0 && table.tracks) return of_track(row, table.tracks, table)
  const sign = row.signs[0]
  return sign ? of_sign(row, sign, table) : null
}
