/** Symbols: trails, vectors, glyphs, rings, hexagons and brackets of all tracks, in the guide's states. */

import { FLAG, type Kind } from '../wire'
import { Crowd } from './crowd'
import { drawGlyph, glyphOf, sizeOf } from './glyphs'
import type { Target } from './hit'
import { ALARM, SOFT, SYMBOL, type Occupied } from './labels'
import { faded, type Palette } from './palette'
import type { Point } from './camera'
import { circle, line, type Context } from './pen'
import { colourOf, isAlarm, passes, type Scene } from './scene'
import type { Trail } from './trails'

/** Further out than this, quiet traffic is dots. */
export const DOTS_ZOOM = 8
/** And where more than this are in view: so many symbols would cover the whole map twice. */
const DOTS_FROM = 2000
export const RING_PX = 18
const SIM_RING_PX = 23.5
/** Simulated birds and cars come in flocks: round their small symbols the ring is small too. */
const SMALL_RING_PX = 13
const SMALL: ReadonlySet<Kind> = new Set<Kind>(['bird', 'clutter', 'vehicle'])
const HEXAGON_PX = 19
const BRACKET_PX = 33
const VECTOR_S = 30
const LATE_OPACITY = 0.65
/** Above so many in view, only tracks that are told of have trails and vectors; the rest would be a carpet of
 * its own, and take the time of ten pictures. */
const CROWD = 1000
/** Up to so many are painted as paths; more go through the raster. */
const FEW = 150
/** Root of the 95 % point of chi-square with two degrees of freedom. */
export const SIGMAS_95 = 2.4477
const UNCREWED: ReadonlySet<Kind> = new Set<Kind>(['unknown', 'drone', 'clutter', 'bird', 'balloon'])

/** A track that is in view. */
export interface Shown extends Target {
  i: number
  /** Full symbol; else a dot. */
  glyph: boolean
}

/** Tracks in view, alarmed and selected last so that they lie on top. */
export function shown(scene: Scene): Shown[] {
  const { plot, view } = scene
  if (!plot) return []
  const dots = view.camera.zoom < DOTS_ZOOM
  const quiet: Shown[] = []
  const told: Shown[] = []
  for (let i = 0; i < plot.n; i++) {
    const [x, y] = [view.px(plot.x[i] ?? 0), view.py(plot.y[i] ?? 0)]
    if (x < -20 || y < -20 || x > view.size.width + 20 || y > view.size.height + 20 || !passes(scene, i)) continue
    const track = plot.id[i] ?? 0
    const sign = scene.ringed.get(track)
    const special = sign !== undefined || track === scene.selected || track === scene.hovered
    const radius_px = sign ? RING_PX : 12
    const one = { i, track, x, y, radius_px, alarmed: isAlarm(sign), glyph: special || !dots }
    ;(special ? told : quiet).push(one)
  }
  if (quiet.length > DOTS_FROM) for (const s of quiet) s.glyph = false
  told.sort((a, b) => weight(scene, a) - weight(scene, b))
  return [...quiet, ...told]
}

function weight(scene: Scene, s: Shown): number {
  if (s.track === scene.selected) return 9
  const priority = scene.ringed.get(s.track)?.priority
  return priority === 'urgent' ? 3 : priority === 'high' ? 2 : 1
}

/** Marks where symbols lie, for the labels; near the site, where quiet traffic is named, vectors too. */
export function occupy(scene: Scene, all: readonly Shown[], taken: Occupied): void {
  for (const s of all) {
    const told = s.alarmed || s.track === scene.selected
    const ahead = all.length <= CROWD ? vector(scene, s) : null
    if (ahead) taken.takeLine(...ahead, SOFT)
    taken.takeRound(s.x, s.y, s.glyph ? (told ? clearance(scene, s) : 9) : 2, told ? ALARM : SYMBOL)
  }
}

/** How much round a symbol belongs to it. */
export function clearance(scene: Scene, s: Shown): number {
  if (s.track === scene.selected) return BRACKET_PX
  const tracks = scene.plot?.tracks
  if (tracks?.has(s.i, FLAG.simulated)) return SIM_RING_PX + 1
  if (scene.ringed.has(s.track) || tracks?.has(s.i, FLAG.protected)) return RING_PX + 2
  return 12
}

export class Symbols {
  private crowd: Crowd | null = null
  private crowdOf = ''

  paint(c: Context, scene: Scene, all: readonly Shown[]): void {
    const crowd = all.length > CROWD
    const told = crowd ? all.filter((s) => s.alarmed || s.track === scene.selected || s.track === scene.hovered) : all
    if (scene.layers.trails) paintTrails(c, scene, told)
    paintVectors(c, scene, told)
    this.paintLost(c, scene)
    this.paintQuiet(c, scene, all.filter((s) => !s.glyph || !isMarked(scene, s)))
    for (const s of all) if (s.glyph) this.paintMarks(c, scene, s)
  }

  /** Traffic without a mark. */
  private paintQuiet(c: Context, scene: Scene, quiet: readonly Shown[]): void {
    const tracks = scene.plot?.tracks
    if (!tracks) return
    const crowd = quiet.length > FEW ? this.crowdFor(scene) : null
    crowd?.clear()
    for (const s of quiet) {
      const kind = tracks.kind(s.i)
      const on_ground = tracks.has(s.i, FLAG.on_ground)
      const colour = quietColour(scene.palette, kind, on_ground || kind === 'vehicle')
      if (!s.glyph) {
        paintDot(c, crowd, s, colour)
        continue
      }
      const glyph = glyphOf(kind, scene.symbols, tracks.has(s.i, FLAG.protected))
      const style = { colour, inside: scene.palette.raised, filled: isFilled(scene, s), size_px: sizeOf(glyph, on_ground), turned_deg: tracks.track_deg(s.i) }
      const opacity = tracks.has(s.i, FLAG.late) ? LATE_OPACITY : 1
      if (crowd) crowd.symbol(glyph, s.x, s.y, style, opacity)
      else {
        c.globalAlpha = opacity
        drawGlyph(c, glyph, s.x, s.y, style)
        c.globalAlpha = 1
      }
    }
    crowd?.lay(c)
  }

  /** What has a ring, brackets, a hexagon or a doubt: drawn as paths. */
  private paintMarks(c: Context, scene: Scene, s: Shown): void {
    const tracks = scene.plot?.tracks
    if (!tracks || !isMarked(scene, s)) return
    const { palette } = scene
    const sign = scene.ringed.get(s.track)
    const kind = tracks.kind(s.i)
    const on_ground = tracks.has(s.i, FLAG.on_ground)
    const colour = isAlarm(sign) ? colourOf(sign.priority, palette) : quietColour(palette, kind, (on_ground || kind === 'vehicle') && !tracks.has(s.i, FLAG.protected))
    paintEllipse(c, scene, s, colour)
    if (sign) paintRing(c, palette, s.x, s.y, sign.priority)
    if (tracks.has(s.i, FLAG.simulated)) paintUnreal(c, palette, s.x, s.y, !sign && SMALL.has(kind) ? SMALL_RING_PX : SIM_RING_PX)
    if (tracks.has(s.i, FLAG.protected)) paintHexagon(c, palette, s.x, s.y)
    const glyph = glyphOf(kind, scene.symbols, tracks.has(s.i, FLAG.protected))
    if (tracks.has(s.i, FLAG.late)) c.globalAlpha = LATE_OPACITY
    drawGlyph(c, glyph, s.x, s.y, {
      colour, inside: palette.raised, filled: isFilled(scene, s), size_px: sizeOf(glyph, on_ground), turned_deg: tracks.track_deg(s.i),
    })
    c.globalAlpha = 1
    if (s.track === scene.selected) paintBrackets(c, palette, s.x, s.y)
    else if (s.track === scene.hovered) paintHover(c, palette, s.x, s.y)
  }

  /** × at the last place of what was lost in the last minute. */
  private paintLost(c: Context, scene: Scene): void {
    c.strokeStyle = scene.palette.text3
    c.lineWidth = 1.4
    for (const lost of scene.trails.lost.values()) {
      const told = lost.id === scene.selected || scene.ringed.has(lost.id)
      if (!told && scene.view.camera.zoom < DOTS_ZOOM + 2) continue
      paintCross(c, scene.view.px(lost.x), scene.view.py(lost.y), 4)
    }
  }

  private crowdFor(scene: Scene): Crowd {
    const { width, height } = scene.view.size
    const of = `${width} ${height} ${scene.ratio}`
    if (!this.crowd || this.crowdOf !== of) {
      this.crowd = new Crowd(scene.view.size, scene.ratio)
      this.crowdOf = of
    }
    return this.crowd
  }
}

function paintDot(c: Context, crowd: Crowd | null, s: Shown, colour: string): void {
  if (crowd) return crowd.dot(s.x, s.y, colour)
  c.fillStyle = colour
  c.fillRect(s.x - 1.5, s.y - 1.5, 3, 3)
}

function quietColour(palette: Palette, kind: Kind, on_ground: boolean): string {
  if (on_ground) return palette.dim
  return UNCREWED.has(kind) ? palette.drone : palette.track
}

/** Filled: a sensor measures it now. What is predicted or only declared is an outline. */
function isFilled(scene: Scene, s: Shown): boolean {
  const tracks = scene.plot?.tracks
  return tracks !== undefined && tracks.has(s.i, FLAG.measured) && !tracks.has(s.i, FLAG.coasting)
}

function isMarked(scene: Scene, s: Shown): boolean {
  if (scene.ringed.has(s.track) || s.track === scene.selected || s.track === scene.hovered) return true
  const flags = scene.plot?.tracks.flags[s.i] ?? 0
  return (flags & (FLAG.simulated | FLAG.protected)) !== 0 || ((flags & FLAG.coasting) !== 0 && (flags & FLAG.on_ground) === 0)
}

export function paintCross(c: Context, x: number, y: number, r: number): void {
  line(c, { x: x - r, y: y - r }, { x: x + r, y: y + r })
  line(c, { x: x - r, y: y + r }, { x: x + r, y: y - r })
}

/** Notice: ring 1.4. High: ring 1.8, disc 10 % (light 65 % of its fill). Urgent: ring 3.0, disc 12 %. */
export function paintRing(c: Context, palette: Palette, x: number, y: number, priority: 'urgent' | 'high' | 'notice'): void {
  circle(c, x, y, RING_PX)
  if (priority !== 'notice') {
    const high = palette.light ? faded(palette['p2-fill'], 0.65) : faded(palette.p2, 0.1)
    c.fillStyle = priority === 'high' ? high : faded(palette.p1, 0.12)
    c.fill()
  }
  c.strokeStyle = colourOf(priority, palette)
  c.lineWidth = { urgent: 3, high: 1.8, notice: 1.4 }[priority]
  c.stroke()
}

export function paintUnreal(c: Context, palette: Palette, x: number, y: number, r = SIM_RING_PX): void {
  c.strokeStyle = palette.unreal
  c.lineWidth = 1.6
  c.setLineDash([3.2, 2.9])
  circle(c, x, y, r)
  c.stroke()
  c.setLineDash([])
}

function paintHexagon(c: Context, palette: Palette, x: number, y: number): void {
  c.beginPath()
  for (let k = 0; k < 6; k++) {
    const a = (k * Math.PI) / 3 - Math.PI / 2
    c.lineTo(x + HEXAGON_PX * Math.cos(a), y + HEXAGON_PX * Math.sin(a))
  }
  c.closePath()
  c.strokeStyle = palette.track
  c.lineWidth = 1.6
  c.stroke()
}

export function paintBrackets(c: Context, palette: Palette, x: number, y: number): void {
  const [r, arm] = [BRACKET_PX, 11]
  c.strokeStyle = palette.accent
  c.lineWidth = 2.2
  c.beginPath()
  for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
    c.moveTo(x + sx * r, y + sy * (r - arm))
    c.lineTo(x + sx * r, y + sy * r)
    c.lineTo(x + sx * (r - arm), y + sy * r)
  }
  c.stroke()
}

function paintHover(c: Context, palette: Palette, x: number, y: number): void {
  c.strokeStyle = faded(palette.accent, 0.7)
  c.lineWidth = 1.4
  circle(c, x, y, SIM_RING_PX + 3)
  c.stroke()
}

/** 95 % ellipse of what is told of or predicted, where it reaches past the symbol. */
function paintEllipse(c: Context, scene: Scene, s: Shown, colour: string): void {
  const e = scene.plot?.tracks.ellipse(s.i)
  if (!e) return
  const k = SIGMAS_95 * scene.view.pxPerMeter(scene.plot?.tracks.lat_deg(s.i))
  const [long, short] = [e.major_m * k, e.minor_m * k]
  if (long < 14 || long > 4000) return
  c.beginPath()
  // Turned clockwise from north; the canvas counts from east.
  c.ellipse(s.x, s.y, long, Math.max(short, 2), ((e.turned_deg - 90) * Math.PI) / 180, 0, 2 * Math.PI)
  c.fillStyle = faded(colour, 0.08)
  c.fill()
  c.strokeStyle = faded(colour, 0.8)
  c.lineWidth = 1.2
  c.stroke()
}

/** All quiet trails are one path: one stroke for the picture, not one a track. */
function paintTrails(c: Context, scene: Scene, all: readonly Shown[]): void {
  const { palette, layers } = scene
  c.lineJoin = 'round'
  if (layers.height_colours) {
    for (const s of all) if (s.glyph) paintHeightTrail(c, scene, s)
  } else {
    c.beginPath()
    for (const s of all) if (s.glyph && !s.alarmed) addTrail(c, scene, scene.trails.of(s.track))
    c.strokeStyle = faded(palette.track, 0.42)
    c.lineWidth = lineWidth(all)
    c.stroke()
  }
  for (const s of all) if (s.alarmed) paintAlarmTrail(c, scene, s)
}

function addTrail(c: Context, scene: Scene, trail: Trail | undefined): void {
  if (!trail || trail.t.length < 2) return
  c.moveTo(scene.view.px(trail.x[0] ?? 0), scene.view.py(trail.y[0] ?? 0))
  for (let k = 1; k < trail.t.length; k++) c.lineTo(scene.view.px(trail.x[k] ?? 0), scene.view.py(trail.y[k] ?? 0))
}

function paintAlarmTrail(c: Context, scene: Scene, s: Shown): void {
  const sign = scene.ringed.get(s.track)
  if (!sign) return
  c.beginPath()
  addTrail(c, scene, scene.trails.of(s.track))
  c.strokeStyle = colourOf(sign.priority, scene.palette)
  c.lineWidth = 1.8
  c.stroke()
}

/** The layer that a person turns on: 0 m, 600 m, 3,000 m and 10,000 m, by lightness as well as hue. */
function paintHeightTrail(c: Context, scene: Scene, s: Shown): void {
  const trail = scene.trails.of(s.track)
  if (!trail || s.alarmed) return
  c.lineWidth = 1.6
  for (let k = 1; k < trail.t.length; k++) {
    c.strokeStyle = heightColour(trail.alt_m[k] ?? NaN, scene.palette)
    const [a, b] = [k - 1, k]
    line(c, { x: scene.view.px(trail.x[a] ?? 0), y: scene.view.py(trail.y[a] ?? 0) }, { x: scene.view.px(trail.x[b] ?? 0), y: scene.view.py(trail.y[b] ?? 0) })
  }
}

/** Low is warm and far from the ground's grey; no height is grey. */
export function heightColour(alt_m: number, palette: Palette): string {
  if (Number.isNaN(alt_m)) return faded(palette.track, 0.42)
  const share = Math.min(1, Math.max(0, Math.log1p(Math.max(alt_m, 0) / 300) / Math.log1p(40)))
  const light = palette.light ? 38 + 8 * share : 72 - 12 * share
  return `hsl(${Math.round(35 + 235 * share)} 60% ${Math.round(light)}%)`
}

/** 30 s ahead at its speed, from the rim of the symbol; null: standing, unknown, or shorter than the symbol. */
function vector(scene: Scene, s: Shown): [Point, Point] | null {
  const tracks = scene.plot?.tracks
  const course = tracks?.track_deg(s.i) ?? null
  if (!tracks || !s.glyph || course === null || tracks.has(s.i, FLAG.on_ground)) return null
  const length = tracks.speed_mps(s.i) * VECTOR_S * scene.view.pxPerMeter(tracks.lat_deg(s.i))
  const from = s.alarmed ? RING_PX : 11
  if (length <= from) return null
  const [dx, dy] = [Math.sin((course * Math.PI) / 180), -Math.cos((course * Math.PI) / 180)]
  return [
    { x: s.x + dx * from, y: s.y + dy * from },
    { x: s.x + dx * length, y: s.y + dy * length },
  ]
}

function paintVectors(c: Context, scene: Scene, all: readonly Shown[]): void {
  c.beginPath()
  for (const s of all) {
    const ahead = vector(scene, s)
    if (!ahead) continue
    c.moveTo(ahead[0].x, ahead[0].y)
    c.lineTo(ahead[1].x, ahead[1].y)
  }
  c.lineWidth = lineWidth(all)
  c.strokeStyle = faded(scene.palette.track, 0.9)
  c.stroke()
}

/** 1.2, and 1 where there are many: up to one device pixel a software canvas has a way that is five times faster. */
function lineWidth(all: readonly Shown[]): number {
  return all.length > FEW ? 1 : 1.2
}
