/** Scene: all that the painters of one picture need; made anew for each picture, never changed by them. */

import { RANK } from '../order'
import type { Layers } from '../url'
import { FLAG, type BearingLine, type FlightPath, type Language, type Params, type Priority, type Sign, type SiteInfo, type SourceState, type TrackInfo, type Units } from '../wire'
import { destination, type Place, type View } from './camera'
import type { Palette } from './palette'
import type { Plot } from './plot'
import type { Trails } from './trails'

export interface Scene {
  view: View
  /** Device pixels a CSS pixel. */
  ratio: number
  palette: Palette
  /** Text size switch: 1, 1.15, 1.3. */
  text: number
  site: SiteInfo
  now_s: number
  plot: Plot | null
  trails: Trails
  sources: SourceState[]
  bearings: BearingLine[]
  flights: FlightPath[]
  /** The sign that rings a track. */
  ringed: ReadonlyMap<number, Sign>
  /** All signs that press: neither over, shelved nor closed. */
  pressing: Sign[]
  selected: number | null
  selected_sign: Sign | null
  hovered: number | null
  info: TrackInfo | null
  layers: Layers
  heights_m: [number, number]
  language: Language
  units: Units
  t: (key: string, params?: Record<string, string | number>) => string
  name: (i: number) => string
}

export function pressing(signs: Iterable<Sign>): Sign[] {
  return [...signs]
    .filter((s) => !s.over && (s.state === 'new' || s.state === 'acknowledged'))
    .sort((a, b) => RANK[a.priority] - RANK[b.priority])
}

/** Which sign rings a track: the most urgent one that presses. */
export function ringedBy(signs: Sign[]): Map<number, Sign> {
  const ringed = new Map<number, Sign>()
  for (const sign of signs) if (sign.track !== null && !ringed.has(sign.track)) ringed.set(sign.track, sign)
  return ringed
}

export function isAlarm(sign: Sign | undefined | null): sign is Sign {
  return sign !== undefined && sign !== null && sign.priority !== 'notice'
}

/** The colour of a priority. */
export function colourOf(priority: Priority, palette: Palette): string {
  return { urgent: palette.p1, high: palette.p2, notice: palette.text2 }[priority]
}

/** The zones that an alarm says are broken, by id. */
export function brokenZones(signs: Sign[]): Set<string> {
  const cited = signs
    .filter(isAlarm)
    .flatMap((s) => s.reasons.filter((r) => r.weight > 0).flatMap((r) => r.evidence))
  return new Set(cited.filter((e) => e.startsWith('zone:')).map((e) => e.slice('zone:'.length)))
}

/** Tracks of the flights that alarms and the selected sign concern. */
export function concerned(scene: Pick<Scene, 'pressing' | 'selected_sign'>): Set<number> {
  const signs = [...scene.pressing.filter(isAlarm), ...(scene.selected_sign ? [scene.selected_sign] : [])]
  return new Set(signs.flatMap((s) => s.flights.flatMap((f) => (f.track === null ? [] : [f.track]))))
}

/** Whether the height filter lets it through; what has no height, an alarm or the selection always passes. */
export function passes(scene: Scene, i: number): boolean {
  const alt_m = scene.plot?.alt_m[i] ?? NaN
  const [low_m, high_m] = scene.heights_m
  if (!(alt_m < low_m || alt_m > high_m)) return true
  const id = scene.plot?.id[i] ?? -1
  return id === scene.selected || scene.ringed.has(id)
}

export interface Approach {
  sign: Sign
  callsign: string
  distance_m: number
  in_s: number
  place: Place
}

/** Closest approaches to come, of urgent signs and of the selected one; the soonest of each. */
export function approaches(scene: Scene): Approach[] {
  const signs = new Set([...scene.pressing.filter((s) => s.priority === 'urgent'), ...(scene.selected_sign ? [scene.selected_sign] : [])])
  return [...signs].flatMap((sign) => {
    const [next] = sign.flights.filter((f) => f.at_s > scene.now_s && !sign.over).sort((a, b) => a.at_s - b.at_s)
    const place = next && placeAt(scene, next.track, next.at_s)
    if (!next || !place) return []
    return [{ sign, callsign: next.callsign, distance_m: next.distance_m, in_s: next.at_s - scene.now_s, place }]
  })
}

/** Where a track will be: on its predicted path, else straight on. */
function placeAt(scene: Scene, track: number | null, at_s: number): Place | null {
  if (track === null) return null
  const path = scene.flights.find((f) => f.track === track)?.path
  const on = path && interpolated(path, at_s)
  if (on) return on
  const i = scene.plot?.tracks.index(track) ?? -1
  const course = i < 0 ? null : scene.plot?.tracks.track_deg(i)
  if (i < 0 || !scene.plot || course === null || course === undefined) return null
  return destination(scene.plot.place(i), course, scene.plot.tracks.speed_mps(i) * (at_s - scene.now_s))
}

export function interpolated(path: FlightPath['path'], at_s: number): Place | null {
  const k = path.findIndex((p) => p[0] >= at_s)
  const [a, b] = [path[k - 1], path[k]]
  if (!b) return null
  if (!a) return { lat_deg: b[1], lon_deg: b[2] }
  const f = (at_s - a[0]) / Math.max(b[0] - a[0], 1e-9)
  return { lat_deg: a[1] + f * (b[1] - a[1]), lon_deg: a[2] + f * (b[2] - a[2]) }
}

/** A place as the server says it in parameters: distance and direction from a threshold or the site. */
export function placeFrom(site: SiteInfo, said: unknown): Place | null {
  if (typeof said !== 'object' || said === null) return null
  const { distance_m, bearing_deg, name } = said as Params
  if (typeof distance_m !== 'number' || typeof bearing_deg !== 'number') return null
  const named = (end: { designator: string }, aerodrome: string) =>
    name === end.designator || name === `${end.designator} ${aerodrome}`
  const end = site.runways.flatMap((r) => r.ends.filter((e) => named(e, r.aerodrome)))[0]
  return destination(end ?? site, bearing_deg, distance_m)
}

/** The selected track's tag: SIM or EX. */
export function tagOf(scene: Scene, i: number): 'SIM' | 'EX' | null {
  const id = scene.plot?.id[i] ?? -1
  if (scene.ringed.get(id)?.exercise) return 'EX'
  return scene.plot?.tracks.has(i, FLAG.simulated) ? 'SIM' : null
}
