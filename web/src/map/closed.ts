/** Closed: a suspended runway or zone is hatched, so that it is seen without colour. */

import { designators } from '../desk/places'
import type { SiteInfo, Zone } from '../wire'
import type { Point } from './camera'
import type { Ground } from './ground'
import { line, ringPath, type Context } from './pen'

const STRIPE_PX = 8
const BESIDE_PX = 4
const MIN_PX = 14

/** Hatches what is suspended: keys as the aerodrome has them, `runway:06/24` or `zone:ID`. */
export function paintClosed(c: Context, g: Ground): void {
  if (g.closed.length === 0) return
  const closed = new Set(g.closed)
  for (const zone of g.site.zones) if (closed.has(`zone:${zone.id}`)) paintZone(c, g, zone)
  for (const runway of g.site.runways) if (keys(runway).some((key) => closed.has(key))) paintRunway(c, g, runway)
}

/** Where a site has several aerodromes, a runway is named with its own. */
function keys(runway: SiteInfo['runways'][number]): string[] {
  const name = designators(runway.ends)
  return [`runway:${name}`, `runway:${runway.aerodrome} ${name}`]
}

function paintRunway(c: Context, g: Ground, runway: SiteInfo['runways'][number]): void {
  const [a, b] = [g.view.point(runway.ends[0]), g.view.point(runway.ends[1])]
  const wide_px = Math.max(MIN_PX, runway.width_m * g.view.pxPerMeter(runway.ends[0].lat_deg) + 2 * BESIDE_PX)
  const long_px = Math.hypot(b.x - a.x, b.y - a.y)
  if (long_px < 3) return
  c.save()
  c.translate(a.x, a.y)
  c.rotate(Math.atan2(b.y - a.y, b.x - a.x))
  c.beginPath()
  c.rect(0, -wide_px / 2, long_px, wide_px)
  hatch(c, g, { x: 0, y: -wide_px / 2 }, { x: long_px, y: wide_px / 2 })
  c.restore()
}

function paintZone(c: Context, g: Ground, zone: Zone): void {
  const [outer] = zone.rings
  if (!outer) return
  c.save()
  c.beginPath()
  ringPath(c, g.view, outer)
  hatch(c, g, { x: 0, y: 0 }, { x: g.view.size.width, y: g.view.size.height }, false)
  c.restore()
}

/** Stripes within the path that has been begun, from one corner to the other; its edge. */
function hatch(c: Context, g: Ground, from: Point, to: Point, isFilled = true): void {
  if (isFilled) {
    c.fillStyle = g.palette.map
    c.fill()
  }
  c.strokeStyle = g.palette.text
  c.lineWidth = 1.6
  c.stroke()
  c.clip()
  const high = to.y - from.y
  for (let x = from.x - high; x < to.x; x += STRIPE_PX) line(c, { x, y: to.y }, { x: x + high, y: from.y })
}
