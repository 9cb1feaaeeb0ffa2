/** Told: what a sign says beside the symbols: predicted paths, closest approaches, bearings, the declared place
 * that disagrees, sensors, and pointers to what is out of view. */

import { distance, duration, height, since } from '../format'
import type { BearingLine, FlightPath, Sign, SourcePlace } from '../wire'
import { between, destination, edgePoint, type Place, type Point } from './camera'
import { drawGlyph } from './glyphs'
import { ALARM, SOFT, type Occupied } from './labels'
import { faded } from './palette'
import { circle, font, haloText, line, type Context } from './pen'
import { approaches, colourOf, concerned, isAlarm, placeFrom, type Scene } from './scene'
import { paintCross, paintUnreal } from './symbols'

const DEFAULT_BEARING_M = 5000
/** Sources in these states are named in amber. */
const BAD: ReadonlySet<string> = new Set(['silent', 'fault', 'degraded'])

/** Under the symbols. */
export function paintUnder(c: Context, scene: Scene): void {
  for (const b of scene.bearings) if (b.track === null || b.track === scene.selected) paintBearing(c, scene, b)
  for (const source of scene.site.sources) paintSensor(c, scene, source)
  const flights = concerned(scene)
  for (const f of scene.flights) if (flights.has(f.track)) paintPath(c, scene, f)
  for (const sign of declaredElsewhere(scene)) paintDeclared(c, scene, sign)
}

/** Dashed line and a wedge of one sigma to each side, as long as the sensor reaches; no symbol. */
function paintBearing(c: Context, scene: Scene, b: BearingLine): void {
  const { view, palette } = scene
  const reach_m = b.range_m ?? DEFAULT_BEARING_M
  const from = view.point(b)
  const at = (off_deg: number) => view.point(destination(b, b.azimuth_deg + off_deg, reach_m))
  const [left, middle, right] = [at(-b.sigma_deg), at(0), at(b.sigma_deg)]
  c.beginPath()
  c.moveTo(from.x, from.y)
  c.lineTo(left.x, left.y)
  c.lineTo(right.x, right.y)
  c.closePath()
  c.fillStyle = faded(palette.drone, 0.05)
  c.fill()
  c.strokeStyle = faded(palette.drone, 0.75)
  c.lineWidth = 1.2
  c.setLineDash([5, 4])
  line(c, from, middle)
  c.setLineDash([])
  const at_text = bearingTextAt(scene, b)
  if (!view.holds(at_text, -60)) return
  const azimuth = String(Math.round(b.azimuth_deg) % 360).padStart(3, '0')
  c.font = font(palette, 12 * scene.text, 400)
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  haloText(c, scene.t('map.bearing', { azimuth: `${azimuth}°`, sigma: `±${Math.round(b.sigma_deg)}°` }), at_text.x, at_text.y, palette.text2, palette.map)
}

function bearingTextAt(scene: Scene, b: BearingLine): Point {
  const from = scene.view.point(b)
  const to = scene.view.point(destination(b, b.azimuth_deg, b.range_m ?? DEFAULT_BEARING_M))
  return { x: (from.x + 2 * to.x) / 3, y: (from.y + 2 * to.y) / 3 + 22 }
}

/** A mast with its waves, and the name; amber with the time where it is silent. */
function paintSensor(c: Context, scene: Scene, source: SourcePlace): void {
  if (source.lat_deg === null || source.lon_deg === null || scene.view.camera.zoom < 10) return
  const { palette } = scene
  const p = scene.view.point({ lat_deg: source.lat_deg, lon_deg: source.lon_deg })
  if (!scene.view.holds(p, 20)) return
  const state = scene.sources.find((s) => s.id === source.id)
  const bad = state !== undefined && BAD.has(state.state)
  const colour = bad ? palette.p2 : palette.text3
  c.strokeStyle = colour
  c.fillStyle = colour
  c.lineWidth = 1.3
  circle(c, p.x, p.y - 1, 1.8)
  c.fill()
  line(c, { x: p.x, y: p.y }, { x: p.x - 3, y: p.y + 6 })
  line(c, { x: p.x, y: p.y }, { x: p.x + 3, y: p.y + 6 })
  for (const [r, side] of [[4.2, 0], [7, 0], [4.2, Math.PI], [7, Math.PI]] as const) {
    c.beginPath()
    c.arc(p.x, p.y - 1, r, side - 0.7, side + 0.7)
    c.stroke()
  }
  const quiet = bad && state.state === 'silent' && state.last_s !== null ? scene.t('map.silent', { age: since(scene.now_s - state.last_s, scene.language) }) : ''
  c.font = font(palette, 12 * scene.text, bad ? 500 : 400)
  c.textAlign = 'left'
  c.textBaseline = 'middle'
  haloText(c, [source.id, quiet].filter(Boolean).join(' '), p.x + 11, p.y, colour, palette.map)
}

/** Predicted path of a flight that is concerned. */
function paintPath(c: Context, scene: Scene, flight: FlightPath): void {
  const ahead = flight.path.filter((p) => p[0] >= scene.now_s)
  const i = scene.plot?.tracks.index(flight.track) ?? -1
  const start: Place[] = i >= 0 && scene.plot ? [scene.plot.tracks.place(i)] : []
  const places = [...start, ...ahead.map(([, lat_deg, lon_deg]) => ({ lat_deg, lon_deg }))]
  c.beginPath()
  places.forEach((place, k) => {
    const p = scene.view.point(place)
    if (k === 0) c.moveTo(p.x, p.y)
    else c.lineTo(p.x, p.y)
  })
  c.strokeStyle = faded(scene.palette.track, 0.8)
  c.lineWidth = 1.2
  c.setLineDash([6, 4])
  c.stroke()
  c.setLineDash([])
}

/** Over the symbols: × of the closest approach, and a dashed line to it. */
export function paintApproaches(c: Context, scene: Scene): void {
  for (const a of approaches(scene)) {
    const p = scene.view.point(a.place)
    const colour = isAlarm(a.sign) ? colourOf(a.sign.priority, scene.palette) : scene.palette.text2
    const from = trackPoint(scene, a.sign.track)
    c.strokeStyle = colour
    c.lineWidth = 1.2
    if (from) {
      c.setLineDash([4, 3])
      line(c, from, p)
      c.setLineDash([])
    }
    c.lineWidth = 2
    paintCross(c, p.x, p.y, 5)
  }
}

export function trackPoint(scene: Scene, track: number | null): Point | null {
  const i = track === null ? -1 : (scene.plot?.tracks.index(track) ?? -1)
  return i < 0 || !scene.plot ? null : { x: scene.view.px(scene.plot.x[i] ?? 0), y: scene.view.py(scene.plot.y[i] ?? 0) }
}

export interface Declared {
  sign: Sign
  declared: Place
  measured: Place
}

/** Signs of an object that declares itself elsewhere than where a sensor has it. */
export function declaredElsewhere(scene: Scene): Declared[] {
  const signs = new Set([...scene.pressing, ...(scene.selected_sign ? [scene.selected_sign] : [])])
  return [...signs].flatMap((sign) => {
    const declared = placeFrom(scene.site, sign.params['declared'])
    const i = sign.track === null ? -1 : (scene.plot?.tracks.index(sign.track) ?? -1)
    const held = i >= 0 && scene.plot ? scene.plot.tracks.place(i) : null
    const told = sign.lat_deg !== null && sign.lon_deg !== null ? { lat_deg: sign.lat_deg, lon_deg: sign.lon_deg } : null
    const measured = held ?? told
    return declared && measured ? [{ sign, declared, measured }] : []
  })
}

/** The declared place: a second, outlined symbol tied by dots to the measured one. */
function paintDeclared(c: Context, scene: Scene, d: Declared): void {
  const { view, palette } = scene
  const [from, to] = [view.point(d.measured), view.point(d.declared)]
  if (Math.hypot(from.x - to.x, from.y - to.y) < 20) return
  c.strokeStyle = palette.text2
  c.lineWidth = 1.4
  c.lineCap = 'round'
  c.setLineDash([0.1, 4.5])
  line(c, from, to)
  c.setLineDash([])
  c.lineCap = 'butt'
  if (d.sign.simulated) paintUnreal(c, palette, to.x, to.y)
  drawGlyph(c, 'drone', to.x, to.y, { colour: palette.drone, inside: palette.raised, filled: false, size_px: 21, turned_deg: null })
}

/** Marks what labels must not cover beside the symbols: declared places, closest approaches, sensors. */
export function occupyTold(scene: Scene, taken: Occupied): void {
  const mark = (place: Place, radius_px: number, what: number) => {
    const p = scene.view.point(place)
    taken.takeRound(p.x, p.y, radius_px, what)
  }
  for (const d of declaredElsewhere(scene)) mark(d.declared, d.sign.simulated ? 24 : 12, ALARM)
  for (const a of approaches(scene)) mark(a.place, 8, ALARM)
  for (const b of scene.bearings) {
    const p = bearingTextAt(scene, b)
    const [width, height] = [180 * scene.text, 16 * scene.text]
    taken.take({ x: p.x - width / 2, y: p.y - height / 2, width, height }, SOFT)
  }
  for (const { lat_deg, lon_deg } of scene.site.sources) if (lat_deg !== null && lon_deg !== null) mark({ lat_deg, lon_deg }, 10, SOFT)
}

/** A place where an operator declares to be, shown to whoever may see it. */
export function paintOperator(c: Context, scene: Scene, place: Place, drone: number | null): void {
  const [p, from] = [scene.view.point(place), trackPoint(scene, drone)]
  c.strokeStyle = scene.palette.text2
  c.lineWidth = 1.2
  c.setLineDash([2, 3])
  if (from) line(c, from, p)
  c.setLineDash([])
  c.font = font(scene.palette, 14 * scene.text, 400)
  c.textAlign = 'left'
  c.textBaseline = 'middle'
  haloText(c, scene.t('map.operator'), p.x + 14, p.y, scene.palette.text2, scene.palette.map)
  drawGlyph(c, 'operator', p.x, p.y, { colour: scene.palette.text2, inside: scene.palette.raised, filled: true, size_px: 16, turned_deg: null })
}

export interface Pointer {
  x: number
  y: number
  angle: number
  text: string
  colour: string
  place: Place
  sign: string | null
  track: number | null
}

/** What matters and is out of view: the selected object, its flights, and everything urgent. */
export function pointers(scene: Scene): Pointer[] {
  const wanted = new Map<number, string>()
  for (const sign of scene.pressing) if (sign.priority === 'urgent' && sign.track !== null) wanted.set(sign.track, scene.palette.p1)
  for (const f of scene.selected_sign?.flights ?? []) if (f.track !== null && !wanted.has(f.track)) wanted.set(f.track, scene.palette.text2)
  if (scene.selected !== null) wanted.set(scene.selected, scene.palette.accent)
  return [...wanted].flatMap(([track, colour]) => {
    const i = scene.plot?.tracks.index(track) ?? -1
    if (i < 0 || !scene.plot) return []
    const place = scene.plot.tracks.place(i)
    const edge = edgePoint(scene.view.point(place), scene.size, scene.padding)
    if (!edge || scene.view.holds(scene.view.point(place), -8)) return []
    const away = distance(between(scene.view.camera, place).distance_m, scene.language, scene.units)
    return [{ ...edge, text: `${scene.name(i)} ${away}`, colour, place, sign: scene.ringed.get(track)?.key ?? null, track }]
  })
}

/** An arrow head at the edge of the map. */
export function paintPointer(c: Context, p: Pointer): void {
  c.save()
  c.translate(p.x, p.y)
  c.rotate(p.angle)
  c.beginPath()
  c.moveTo(9, 0)
  c.lineTo(-5, -7)
  c.lineTo(-2, 0)
  c.lineTo(-5, 7)
  c.closePath()
  c.fillStyle = p.colour
  c.fill()
  c.restore()
}

/** `71 m apart in 59 s`, and the difference of height where it is known. */
export function approachText(scene: Scene, distance_m: number, in_s: number): string {
  const apart = distance_m < 995 && scene.units === 'metric' ? height(distance_m, scene.language, 'metric') : distance(distance_m, scene.language, scene.units)
  return scene.t('map.apart', { distance: apart, time: duration(in_s, scene.language) })
}
