/** Measure: distance and direction between two places of the map; lengths of the scale bar. */

import { course, distance, number } from '../format'
import type { Language, Units } from '../wire'
import { between, type Place, type View } from './camera'
import type { Palette } from './palette'
import { circle, font, haloText, line, type Context } from './pen'

const M_PER_NM = 1852
const M_PER_FT = 0.3048

export interface Ruler {
  from: Place
  to: Place
}

export function rulerText(ruler: Ruler, language: Language, units: Units): string {
  const { distance_m, bearing_deg } = between(ruler.from, ruler.to)
  return `${distance(distance_m, language, units)} · ${course(bearing_deg)}`
}

export function paintRuler(
  c: Context, view: View, palette: Palette, text_scale: number, ruler: Ruler, language: Language, units: Units,
): void {
  const [a, b] = [view.point(ruler.from), view.point(ruler.to)]
  c.strokeStyle = palette.accent
  c.lineWidth = 2
  line(c, a, b)
  for (const p of [a, b]) {
    circle(c, p.x, p.y, 4)
    c.fillStyle = palette.map
    c.fill()
    c.stroke()
  }
  c.font = font(palette, 14 * text_scale, 500)
  c.textAlign = 'center'
  c.textBaseline = 'bottom'
  haloText(c, rulerText(ruler, language, units), (a.x + b.x) / 2, (a.y + b.y) / 2 - 8, palette.text, palette.map)
}

/** The longest of 1, 2, 5 · 10^n units that is at most `max_px` wide. */
export function scaleBar(px_per_m: number, max_px: number, units: Units, language: Language): { length_m: number; width_px: number; said: string } {
  const large = units === 'aviation' ? { m: M_PER_NM, name: 'NM' } : { m: 1000, name: 'km' }
  const small = units === 'aviation' ? { m: M_PER_FT, name: 'ft' } : { m: 1, name: 'm' }
  const unit = large.m * px_per_m * 0.5 > max_px ? small : large
  const room = max_px / (unit.m * px_per_m)
  const power = 10 ** Math.floor(Math.log10(room))
  const step = [5, 2, 1].find((k) => k * power <= room) ?? 1
  const count = Number((step * power).toPrecision(1))
  const length_m = count * unit.m
  return { length_m, width_px: length_m * px_per_m, said: `${number(count, count < 1 ? 1 : 0, language)}\u00a0${unit.name}` }
}
