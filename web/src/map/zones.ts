/** Zones by what they ask: prohibited solid, authorisation dashed 7-4, conditional dotted, information hairline. */

import { height, number } from '../format'
import type { Zone } from '../wire'
import type { Point } from './camera'
import type { Ground } from './ground'
import { CONTROL, SOFT, type Occupied } from './labels'
import { faded } from './palette'
import { font, haloText, ringPath, textWidth, type Context } from './pen'

const DASH: Record<Zone['restriction'], number[]> = {
  prohibited: [], authorisation: [7, 4], conditional: [0.1, 4], information: [],
}
const WIDTH: Record<Zone['restriction'], number> = {
  prohibited: 1.2, authorisation: 1.2, conditional: 1.6, information: 0.5,
}
/** A zone narrower than this has no name, unless it is broken. */
const NAMED_PX = 60
const M_PER_FT = 0.3048

interface Seen {
  zone: Zone
  broken: boolean
  rings: Point[][]
  left: number
  right: number
  top: number
  bottom: number
}

export function paintZones(c: Context, g: Ground, taken: Occupied): void {
  const seen = g.site.zones.map((zone) => project(g, zone)).filter((s) => inView(g, s))
  seen.sort((a, b) => Number(a.broken) - Number(b.broken))
  for (const s of seen) paintArea(c, g, s)
  for (const s of seen.reverse()) if (s.broken || s.right - s.left >= NAMED_PX) paintName(c, g, s, taken)
}

function project(g: Ground, zone: Zone): Seen {
  const rings = zone.rings.map((ring) => ring.map(([lon_deg, lat_deg]) => g.view.point({ lat_deg, lon_deg })))
  const xs = (rings[0] ?? []).map((p) => p.x)
  const ys = (rings[0] ?? []).map((p) => p.y)
  return {
    zone, rings, broken: g.broken.has(zone.id),
    left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys),
  }
}

/** In the map, in the height filter, and wide enough to be a shape. */
function inView(g: Ground, s: Seen): boolean {
  const { width, height: tall } = g.view.size
  if (s.broken) return s.right >= 0 && s.left <= width && s.bottom >= 0 && s.top <= tall
  if ((s.zone.lower_m ?? -Infinity) > g.heights_m[1]) return false
  return s.right >= 0 && s.left <= width && s.bottom >= 0 && s.top <= tall && s.right - s.left >= 3
}

function paintArea(c: Context, g: Ground, s: Seen): void {
  const { palette } = g
  const { restriction } = s.zone
  c.beginPath()
  for (const ring of s.zone.rings) ringPath(c, g.view, ring)
  const quiet = restriction === 'information' ? 0 : 0.08
  c.fillStyle = s.broken ? faded(palette.p1, palette.light ? 0.08 : 0.1) : faded(palette.zone, quiet)
  c.fill('evenodd')
  c.strokeStyle = s.broken ? palette.p1 : palette.zone
  c.lineWidth = s.broken ? 1.6 : WIDTH[restriction]
  c.lineCap = restriction === 'conditional' ? 'round' : 'butt'
  c.setLineDash(DASH[restriction])
  c.stroke()
  c.setLineDash([])
  c.lineCap = 'butt'
}

/** Along its longest upper edge where the name fits there, else over its top; left out where it would cover one. */
function paintName(c: Context, g: Ground, s: Seen, taken: Occupied): void {
  const css = font(g.palette, 12 * g.text, 400)
  const text = [s.zone.name, limits(g, s.zone)].filter(Boolean).join(' · ')
  const width = textWidth(c, text, css)
  const edge = upperEdge(s, width + 12)
  const at = edge ?? { x: (s.left + s.right) / 2, y: s.top, angle: 0 }
  const away = 10 * g.text
  const p = { x: at.x + Math.sin(at.angle) * away, y: at.y - Math.cos(at.angle) * away }
  const [half_x, half_y] = [(Math.abs(Math.cos(at.angle)) * width) / 2, 8 * g.text + (Math.abs(Math.sin(at.angle)) * width) / 2]
  const rect = { x: p.x - half_x, y: p.y - half_y, width: 2 * half_x, height: 2 * half_y }
  if (!taken.free(rect, SOFT | CONTROL)) return
  taken.take(rect, SOFT)
  c.save()
  c.translate(p.x, p.y)
  c.rotate(at.angle)
  c.font = css
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  haloText(c, text, 0, 0, s.broken ? g.palette.text : g.palette.text2, g.palette.map)
  c.restore()
}

/** The longest edge that looks up and has room for `room_px`; its middle and its slope. */
function upperEdge(s: Seen, room_px: number): (Point & { angle: number }) | null {
  const ring = s.rings[0] ?? []
  const middle_y = (s.top + s.bottom) / 2
  let best: (Point & { angle: number }) | null = null
  let longest = room_px
  ring.forEach((a, i) => {
    const b = ring[(i + 1) % ring.length] ?? a
    const length = Math.hypot(b.x - a.x, b.y - a.y)
    const y = (a.y + b.y) / 2
    if (length <= longest || y > middle_y) return
    const slope = Math.atan2(b.y - a.y, b.x - a.x)
    longest = length
    best = { x: (a.x + b.x) / 2, y, angle: Math.cos(slope) < 0 ? slope + Math.PI : slope }
  })
  return best
}

/** `0–450 m`; what counts from the ground says so. */
function limits(g: Ground, zone: Zone): string {
  if (zone.upper_m === null && !zone.lower_m) return ''
  const low = number((zone.lower_m ?? 0) / (g.units === 'aviation' ? M_PER_FT : 1), 0, g.language)
  const said = zone.upper_m === null
    ? g.t('map.above', { low: height(zone.lower_m ?? 0, g.language, g.units) })
    : `${low}–${height(zone.upper_m, g.language, g.units)}`
  return zone.datum === 'ground' && zone.lower_m ? g.t('map.over-ground', { limits: said }) : said
}
