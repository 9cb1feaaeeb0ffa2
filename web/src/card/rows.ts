/** Rows: what the table shows. A row is a track with its signs, or a sign that has no track in the picture. */

import type { Tracks } from '../frame'
import { RANK } from '../order'
import type { Sign } from '../wire'
import type { Places } from './place'

export interface Row {
  /** `t17` or `s` and the key of the sign: what the order and the selection hold on to. */
  id: string
  /** Where the track stands in the frame's columns, -1: no track. */
  index: number
  track: number | null
  /** The signs that concern it, the first one first. */
  signs: readonly Sign[]
  rank: number
  away_m: number
}

/** Most pressing first, then the nearest to a runway; equals keep the order of their names. */
function before(a: Row, b: Row): number {
  return a.rank - b.rank || a.away_m - b.away_m || (a.id < b.id ? -1 : 1)
}

function rank(signs: readonly Sign[]): number {
  const first = signs[0]
  return first ? RANK[first.priority] : 3
}

function by_track(signs: readonly Sign[]): Map<number, Sign[]> {
  const found = new Map<number, Sign[]>()
  for (const sign of signs) {
    if (sign.track === null) continue
    const mine = found.get(sign.track)
    if (mine) mine.push(sign)
    else found.set(sign.track, [sign])
  }
  return found
}

/** Whether a track is shown: by its height, as on the map; a sign is never filtered away. */
function within(alt_m: number | null, heights: readonly [number, number]): boolean {
  return alt_m === null || (alt_m >= heights[0] && alt_m <= heights[1])
}

/** All rows of a moment, in their order. `signs` are sorted, the first one first. */
export function rows(
  tracks: Tracks | null,
  signs: readonly Sign[],
  places: Places,
  heights: readonly [number, number],
): Row[] {
  const owned = by_track(signs)
  const none: Sign[] = []
  const made: Row[] = []
  for (let i = 0; i < (tracks?.n ?? 0); i++) {
    if (!tracks) break
    const id = tracks.id[i] ?? 0
    const mine = owned.get(id) ?? none
    if (mine.length === 0 && !within(tracks.alt_m(i), heights)) continue
    const away_m = places.away_m(tracks.lat_deg(i), tracks.lon_deg(i))
    made.push({ id: `t${id}`, index: i, track: id, signs: mine, rank: rank(mine), away_m })
  }
  for (const sign of signs) if (sign.track === null || (tracks?.index(sign.track) ?? -1) < 0) made.push(alone(sign, places))
  return made.sort(before)
}

/** A sign without a track in the picture: of a sensor, or of what is gone. */
function alone(sign: Sign, places: Places): Row {
  const known = sign.lat_deg !== null && sign.lon_deg !== null
  const away_m = known ? places.away_m(sign.lat_deg ?? 0, sign.lon_deg ?? 0) : Infinity
  return { id: `s${sign.key}`, index: -1, track: sign.track, signs: [sign], rank: RANK[sign.priority], away_m }
}

/** The rows in the order of `held`: those that are gone keep their place as `null`, new ones come last. */
export function in_order(held: readonly string[], fresh: readonly Row[]): { id: string; row: Row | null }[] {
  const now = new Map(fresh.map((row) => [row.id, row]))
  const kept = held.map((id) => ({ id, row: now.get(id) ?? null }))
  const known = new Set(held)
  return [...kept, ...fresh.filter((row) => !known.has(row.id)).map((row) => ({ id: row.id, row }))]
}

/** Which rows are drawn: those in sight and a few around them; all where they are few. */
export function window_of(count: number, top_px: number, high_px: number, row_px: number): [number, number] {
  if (count < 300) return [0, count]
  const first = Math.max(0, Math.floor(top_px / row_px) - 8)
  return [Math.min(first, count), Math.min(count, Math.ceil((top_px + high_px) / row_px) + 8)]
}

/** Comma-separated values, RFC 4180. A cell that a spreadsheet would run as a formula is made text. */
export function csv(lines: readonly (readonly (string | number | null)[])[]): string {
  return lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n'
}

function cell(value: string | number | null): string {
  if (value === null || typeof value === 'number') return value === null || !Number.isFinite(value) ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
