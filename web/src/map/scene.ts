/**
 * Scene: what the page gives to be painted, as plain data that can be sent to a worker, and what is made of it there:
 * all that the painters of one picture need, made anew for each picture, never changed by them.
 */

import type { Columns } from '../frame'
import type { Look } from '../state.svelte'
import { byUrgency, RANK } from '../order'
import type { Layers, SymbolSet } from '../url'
import { FLAG, type FlightPath, type FrameMessage, type Language, type Params, type Priority, type Sign, type SiteInfo, type Units } from '../wire'
import { destination, type Camera, type Padding, type Place, type Size, type View } from './camera'
import type { Rect } from './labels'
import type { Ruler } from './measure'
import type { Palette } from './palette'
import type { Plot } from './plot'
import type { Trails } from './trails'

/** What of a frame is drawn. */
export type Moment = Columns & Pick<FrameMessage, 'now_s' | 'sources' | 'bearings' | 'flights'>

/** Each part is sent again when it is another one. */
export interface Given {
  camera: Camera
  size: Size
  /** Device pixels a CSS pixel. */
  ratio: number
  palette: Palette
  /** Text size switch: 1, 1.15, 1.3. */
  text: number
  site: SiteInfo
  moment: Moment | null
  /** All signs that press: neither over, shelved nor closed. */
  pressing: Sign[]
  selected: number | null
  selected_sign: Sign | null
  hovered: number | null
  layers: Layers
  symbols: SymbolSet
  heights_m: [number, number]
  language: Language
  units: Units
  padding: Padding
  ruler: Ruler | null
  /** An operator's place that was shown, and logged as shown. */
  operator: Place | null
  /** Runways and zones that are suspended, `runway:06/24` or `zone:ID`. */
  closed: string[]
  /** Where cameras of the open case looked. */
  looks: Look[]
  /** Where controls lie. */
  controls: Rect[]
  /** A basemap lies below: the ground is not filled. */
  basemap: boolean
}

export interface Scene extends Given, Pick<Moment, 'now_s' | 'sources' | 'bearings' | 'flights'> {
  view: View
  plot: Plot | null
  trails: Trails
  /** The sign that rings a track. */
  ringed: ReadonlyMap<number, Sign>
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

/** What closest approaches are told from. */
export type Meeting = Pick<Scene, 'pressing' | 'selected_sign' | 'now_s' | 'flights'> & { plot: Pick<Plot, 'tracks'> | null }

export interface Approach {
  sign: Sign
  callsign: string
  distance_m: number
  in_s: number
  place: Place
}

/** Closest approaches to come, of the selected sign and of urgent ones; the soonest of each. Two rules may judge the
 * same pair: then the map says what the card says, else what the first of them in the queue says. */
export function approaches(scene: Meeting): Approach[] {
  const urgent = scene.pressing.filter((s) => s.priority === 'urgent').sort(byUrgency)
  const pairs = new Map<string, Approach>()
  for (const sign of scene.selected_sign ? [scene.selected_sign, ...urgent] : urgent) {
    const [next] = sign.flights.filter((f) => f.at_s > scene.now_s && !sign.over).sort((a, b) => a.at_s - b.at_s)
    const place = next && placeAt(scene, next.track, next.at_s)
    const pair = `${sign.track} ${next?.callsign}`
    if (!next || !place || pairs.has(pair)) continue
    pairs.set(pair, { sign, callsign: next.callsign, distance_m: next.distance_m, in_s: next.at_s - scene.now_s, place })
  }
  return [...pairs.values()]
}

/** Where a track will be: on its predicted path, else straight on. */
function placeAt(scene: Meeting, track: number | null, at_s: number): Place | null {
  if (track === null) return null
  const path = scene.flights.find((f) => f.track === track)?.path
  const on = path && interpolated(path, at_s)
  if (on) return on
  const i = scene.plot?.tracks.index(track) ?? -1
  const course = i < 0 ? null : scene.plot?.tracks.track_deg(i)
  if (i < 0 || !scene.plot || course === null || course === undefined) return null
  return destination(scene.plot.tracks.place(i), course, scene.plot.tracks.speed_mps(i) * (at_s - scene.now_s))
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
  if (scene.ringed.get(id)?.exercise || scene.plot?.tracks.has(i, FLAG.exercise)) return 'EX'
  return scene.plot?.tracks.has(i, FLAG.simulated) ? 'SIM' : null
}
