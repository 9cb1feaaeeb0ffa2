/** Ground: what stands still, painted only when view, theme, zones or units change. */

import { distance } from '../format'
import type { SiteInfo, Threshold } from '../wire'
import { between, destination, type Place, type Point, type View } from './camera'
import { paintClosed } from './closed'
import { CONTROL, SOFT, Occupied, type Rect } from './labels'
import type { Land } from './land'
import { faded } from './palette'
import { circle, font, haloText, line, textWidth, type Context } from './pen'
import type { Given } from './scene'
import { paintZones } from './zones'

export interface Ground extends Given {
  view: View
  /** Zones that an alarm says are broken, by id. */
  broken: ReadonlySet<string>
  /** Past traffic, in world coordinates round the site; null: none came yet. */
  carpet: Carpet | null
  land: Land | null
  t: (key: string, params?: Record<string, string | number>) => string
}

/** Bundles of past flights, so that where many flew it is darker. */
export interface Carpet {
  paths: Path2D[]
  /** World coordinates of the middle of the paths, and how much they are magnified there: paths hold
   * single-precision numbers. */
  x: number
  y: number
  unit: number
}

/** A coast is painted from this zoom outwards, and wholly one step further. */
export const LAND_ZOOM = 9
const MIN_RUNWAY_PX = 5
/** km, or NM in aviation units. */
const RINGS = [2, 5, 10, 20]
const M_PER_NM = 1852
/** A centre line is drawn as far as an approach is straight. */
const CENTRELINE_M = 15_000
const TICK_PX = 5

/** Paints it, and says where its texts are, so that labels of tracks keep off them. */
export function paintGround(c: Context, g: Ground): Occupied {
  const { width, height } = g.view.size
  c.setTransform(g.ratio, 0, 0, g.ratio, 0, 0)
  c.clearRect(0, 0, width, height)
  if (!g.basemap) {
    c.fillStyle = g.palette.map
    c.fillRect(0, 0, width, height)
    g.land?.paint(c, g.view, g.palette, g.ratio)
  }
  if (g.carpet && g.layers.carpet) paintCarpet(c, g, g.carpet)
  paintRings(c, g)
  const taken = new Occupied(g.view.size)
  for (const control of g.controls) taken.take(control, CONTROL)
  for (const runway of g.site.runways) for (const d of designators(c, g, runway)) taken.take(d, SOFT)
  for (const { lat_deg, lon_deg } of g.site.sources) {
    if (lat_deg !== null && lon_deg !== null) takeSensor(g, taken, { lat_deg, lon_deg })
  }
  if (g.layers.zones) paintZones(c, g, taken)
  for (const runway of g.site.runways) {
    paintCentreline(c, g, runway.ends[0], runway.ends[1])
    paintCentreline(c, g, runway.ends[1], runway.ends[0])
  }
  for (const runway of g.site.runways) paintRunway(c, g, runway)
  paintClosed(c, g)
  paintAerodromes(c, g, taken)
  return taken
}

/** A sensor and its name are painted with the tracks, for they say when it is silent; no name lies under them. */
function takeSensor(g: Ground, taken: Occupied, place: Place): void {
  const p = g.view.point(place)
  taken.take({ x: p.x - 10, y: p.y - 8, width: 80 * g.text, height: 16 }, SOFT)
}

function paintCarpet(c: Context, g: Ground, carpet: Carpet): void {
  const k = g.view.scale / carpet.unit
  c.save()
  c.translate(g.view.px(carpet.x), g.view.py(carpet.y))
  c.scale(k, k)
  c.lineWidth = 1 / k
  c.strokeStyle = faded(g.palette.text3, g.palette.light ? 0.11 : 0.08)
  for (const path of carpet.paths) c.stroke(path)
  c.restore()
}

function paintRings(c: Context, g: Ground): void {
  const rings_m = RINGS.map((d) => d * (g.units === 'aviation' ? M_PER_NM : 1000))
  const middle = g.view.point(g.site)
  c.font = font(g.palette, 12 * g.text, 400)
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  for (const r_m of rings_m) {
    const r = middle.y - g.view.point(destination(g.site, 0, r_m)).y
    if (r < 24) continue
    c.lineWidth = 1
    c.strokeStyle = g.palette.line
    circle(c, middle.x, middle.y, r)
    c.stroke()
    const at = g.view.point(destination(g.site, 158, r_m))
    if (g.view.holds(at, -20)) haloText(c, distance(r_m, g.language, g.units).replace(/[.,]0(?=\D)/, ''), at.x, at.y, g.palette.text3, g.palette.map)
  }
}

function paintCentreline(c: Context, g: Ground, from: Threshold, other: Threshold): void {
  const step_m = g.units === 'aviation' ? M_PER_NM : 1000
  const out_deg = between(other, from).bearing_deg
  const step_px = step_m * g.view.pxPerMeter(from.lat_deg)
  c.strokeStyle = faded(g.palette.edge, 0.6)
  c.lineWidth = 1
  line(c, g.view.point(from), g.view.point(destination(from, out_deg, CENTRELINE_M)))
  if (step_px < 14) return
  const across = ((out_deg + 90) * Math.PI) / 180
  const [dx, dy] = [Math.sin(across) * TICK_PX, -Math.cos(across) * TICK_PX]
  for (let d_m = step_m; d_m <= CENTRELINE_M; d_m += step_m) {
    const p = g.view.point(destination(from, out_deg, d_m))
    if (g.view.holds(p)) line(c, { x: p.x - dx, y: p.y - dy }, { x: p.x + dx, y: p.y + dy })
  }
}

function paintRunway(c: Context, g: Ground, runway: SiteInfo['runways'][number]): void {
  const [a, b] = [g.view.point(runway.ends[0]), g.view.point(runway.ends[1])]
  c.strokeStyle = g.palette.light ? g.palette.text3 : g.palette.text2
  c.lineWidth = Math.max(MIN_RUNWAY_PX, runway.width_m * g.view.pxPerMeter(runway.ends[0].lat_deg))
  if (Math.hypot(b.x - a.x, b.y - a.y) < 3) return
  line(c, a, b)
  for (const d of designators(c, g, runway)) paintDesignator(c, g, d)
}

interface Designator extends Rect {
  text: string
}

/** Beyond each threshold; none where the runway is too short for two. */
function designators(c: Context, g: Ground, runway: SiteInfo['runways'][number]): Designator[] {
  const [a, b] = [g.view.point(runway.ends[0]), g.view.point(runway.ends[1])]
  const length = Math.hypot(b.x - a.x, b.y - a.y)
  if (length < 40) return []
  const css = font(g.palette, 12 * g.text, 600)
  const of = (text: string, at: Point, other: Point): Designator => {
    const width = textWidth(c, text, css) + 6
    const height = 16 * g.text
    const k = (width / 2 + 6) / length
    return { text, x: at.x + (at.x - other.x) * k - width / 2, y: at.y + (at.y - other.y) * k - height / 2, width, height }
  }
  return [of(runway.ends[0].designator, a, b), of(runway.ends[1].designator, b, a)]
}

function paintDesignator(c: Context, g: Ground, d: Designator): void {
  c.font = font(g.palette, 12 * g.text, 600)
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  c.fillStyle = g.palette.map
  c.fillRect(d.x, d.y, d.width, d.height)
  c.fillStyle = g.palette.text
  c.fillText(d.text, d.x + d.width / 2, d.y + d.height / 2 + 1)
}

function paintAerodromes(c: Context, g: Ground, taken: Occupied): void {
  c.font = font(g.palette, 12 * g.text, 400)
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  const near = (p: Place) => between(g.site, p).distance_m
  for (const a of [...g.site.aerodromes].sort((p, q) => near(p) - near(q))) {
    const p = g.view.point(a)
    if (!g.view.holds(p, 20) || !taken.free({ x: p.x - 5, y: p.y - 5, width: 10, height: 10 }, CONTROL | SOFT)) continue
    const name = g.view.camera.zoom >= 10 ? a.name : a.code
    const width = textWidth(c, name, c.font)
    const rect = { x: p.x - width / 2, y: p.y + 7, width, height: 16 * g.text }
    if (g.view.camera.zoom < 8.5 && !taken.free(rect, CONTROL | SOFT)) continue
    c.strokeStyle = g.palette.text3
    c.lineWidth = 1.2
    circle(c, p.x, p.y, 3.5)
    c.stroke()
    taken.take({ x: p.x - 5, y: p.y - 5, width: 10, height: 10 }, SOFT)
    if (!taken.free(rect, CONTROL | SOFT)) continue
    taken.take(rect, SOFT)
    haloText(c, name, p.x, rect.y + rect.height / 2, g.palette.text3, g.palette.map)
  }
}
