/**
 * Symbols of the guide as paths in a 24-unit box, nose up. Shape says what it is; fill says that a sensor
 * measured it, an outline that it is only declared.
 */

import type { SymbolSet } from '../url'
import type { Kind } from '../wire'
import { APP6, app6Of, type App6 } from './app6'
import type { Context } from './pen'

export type Glyph =
  | 'airliner' | 'light' | 'glider' | 'helicopter' | 'paraglider' | 'ultralight' | 'drone' | 'unknown'
  | 'balloon' | 'vehicle' | 'operator' | 'bird' | App6

export interface Drawing {
  size_px: number
  /** Filled when measured, outlined when declared. */
  fill: string
  /** Stroked in both. */
  stroke?: string
  stroke_width?: number
  /** Balloons, birds and persons have no nose. */
  upright?: true
  /** Parts inside another are cut out of it. */
  cut?: true
}

/** A circle as path data, for the rotors of the drone. */
function ring(x: number, y: number, r: number): string {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`
}
const ROTORS = [[4.7, 4.7], [19.3, 4.7], [4.7, 19.3], [19.3, 19.3]].map(([x = 0, y = 0]) => ring(x, y, 3.4)).join('')

const DRAWINGS: Record<Glyph, Drawing> = {
  ...APP6,
  airliner: {
    size_px: 24,
    fill: 'M12 1.2c-.9 0-1.4 1.3-1.4 3v4.5L1.6 14.4v2.1l9-2.5v4.7l-2.8 2v1.6l4.2-1.2 4.2 1.2v-1.6l-2.8-2V14l9 2.5v-2.1l-9-5.7V4.2c0-1.7-.5-3-1.4-3z',
  },
  light: {
    size_px: 24,
    fill: 'M8.6 2.6h6.8v1.3h-2.1q.2.8.2 1.6v2.1h9.1v2.9l-9.1.8-.5 6.3 3.2 1.3v1.7l-4.2-.5-4.2.5v-1.7l3.2-1.3-.5-6.3-9.1-.8V7.6h9.1V5.5q0-.8-.2-1.6H8.6z',
  },
  glider: {
    size_px: 24,
    fill: 'M11.2 2.5h1.6l.5 6.6 10.2 1v1.7l-10.2.6-.6 7h2.6v1.5H8.7v-1.5h2.6l-.6-7-10.2-.6v-1.7l10.2-1z',
  },
  helicopter: {
    size_px: 26,
    fill: 'M12 5.6c-2.3 0-3.5 2.2-3.5 5 0 2.5 1 4.5 2.6 4.9l.2 5.2H8.6v1.5h6.8v-1.5h-2.7l.2-5.2c1.6-.4 2.6-2.4 2.6-4.9 0-2.8-1.2-5-3.5-5z',
    stroke: 'M4.2 3.1 19.8 18.7M19.8 3.1 4.2 18.7',
    stroke_width: 1.7,
  },
  paraglider: {
    size_px: 24,
    fill: 'M1.5 12.5C2.5 6.8 6.8 3.2 12 3.2s9.5 3.6 10.5 9.3l-2.7.3C18.9 9.3 16 7.3 12 7.3s-6.9 2-7.8 5.5zM9.7 19.5a2.3 2.3 0 1 0 4.6 0a2.3 2.3 0 1 0-4.6 0z',
    stroke: 'M5 13l6 5M19 13l-6 5',
    stroke_width: 1.2,
  },
  ultralight: {
    size_px: 21,
    fill: 'M12 3 23 16.5 13.5 14v2.5h-3V14L1 16.5zM10 19.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0z',
  },
  drone: {
    size_px: 21,
    fill: `M12 4.2l2.3 3.6H9.7zM8.8 8.8h6.4v6.4H8.8z${ROTORS}`,
    stroke: 'M5.5 5.5 18.5 18.5M18.5 5.5 5.5 18.5',
    stroke_width: 1.9,
  },
  unknown: { size_px: 21, fill: 'M6 6.5h12v12H6z', stroke: 'M12 6.5V1', stroke_width: 2 },
  balloon: {
    size_px: 24,
    fill: 'M12 2.5a7 7 0 0 0-3 13.3l1.5 2.7h3l1.5-2.7A7 7 0 0 0 12 2.5zM10 20h4v2h-4z',
    upright: true,
  },
  vehicle: {
    size_px: 16,
    cut: true,
    fill: 'M8.5 2.5h7c1.4 0 2.5 1.1 2.5 2.5v14c0 1.4-1.1 2.5-2.5 2.5h-7A2.5 2.5 0 0 1 6 19V5c0-1.4 1.1-2.5 2.5-2.5zM8.2 9.5h7.6l-.8-3.2H9z',
  },
  operator: {
    size_px: 16,
    fill: 'M8 6.5a4 4 0 1 0 8 0a4 4 0 1 0-8 0zM4 21.5c0-5.5 3.2-9 8-9s8 3.5 8 9z',
    upright: true,
  },
  bird: {
    size_px: 16,
    fill: 'M2 10c3.5-3 7-2.5 10 2 3-4.5 6.5-5 10-2-3.5 0-7 2-10 6.5C9 12 5.5 10 2 10z',
    upright: true,
  },
}

const PLAIN: Record<Kind, Glyph> = {
  unknown: 'unknown', aircraft: 'airliner', light: 'light', glider: 'glider', helicopter: 'helicopter',
  ultralight: 'ultralight', paraglider: 'paraglider', parachute: 'paraglider', drone: 'drone', balloon: 'balloon',
  bird: 'bird', vehicle: 'vehicle', clutter: 'unknown',
}

const GROUND_PX = 16
const OUTLINE_PX = 1.4

const paths = new Map<Glyph, { fill: Path2D; stroke: Path2D | null }>()

function pathsOf(glyph: Glyph): { fill: Path2D; stroke: Path2D | null } {
  let found = paths.get(glyph)
  if (!found) {
    const d = DRAWINGS[glyph]
    found = { fill: new Path2D(d.fill), stroke: d.stroke ? new Path2D(d.stroke) : null }
    paths.set(glyph, found)
  }
  return found
}

/** The symbol of a kind in the set that a person chose. */
export function glyphOf(kind: Kind, set: SymbolSet, isProtected: boolean): Glyph {
  return set === 'app6' ? app6Of(kind, isProtected) : PLAIN[kind]
}

export function sizeOf(glyph: Glyph, on_ground: boolean): number {
  const size = DRAWINGS[glyph].size_px
  return on_ground ? Math.min(GROUND_PX, size) : size
}

export interface Style {
  colour: string
  /** The ground inside an outline. */
  inside: string
  filled: boolean
  size_px: number
  /** null: it has no direction; the symbol stands. */
  turned_deg: number | null
}

/** Draws a symbol with its middle at (x, y) of a context whose unit is the CSS pixel. */
export function drawGlyph(
  c: Context, glyph: Glyph, x: number, y: number, style: Style,
): void {
  const d = DRAWINGS[glyph]
  const path = pathsOf(glyph)
  const k = style.size_px / 24
  c.save()
  c.translate(x, y)
  if (style.turned_deg !== null && !d.upright) c.rotate((style.turned_deg * Math.PI) / 180)
  c.scale(k, k)
  c.translate(-12, -12)
  c.strokeStyle = style.colour
  if (path.stroke) {
    c.lineWidth = style.filled ? (d.stroke_width ?? 1) : OUTLINE_PX / k
    c.stroke(path.stroke)
  }
  c.fillStyle = style.filled ? style.colour : style.inside
  c.fill(path.fill, d.cut ? 'evenodd' : 'nonzero')
  if (!style.filled) {
    c.lineWidth = OUTLINE_PX / k
    c.lineJoin = 'round'
    c.stroke(path.fill)
  }
  c.restore()
}

/** Marks of priority: urgent = filled diamond, high = triangle, notice = ring; side about 10 px. */
export function drawMark(
  c: Context, priority: 'urgent' | 'high' | 'notice', x: number, y: number, colour: string,
): void {
  c.beginPath()
  if (priority === 'urgent') {
    c.moveTo(x, y - 5.5)
    c.lineTo(x + 5.5, y)
    c.lineTo(x, y + 5.5)
    c.lineTo(x - 5.5, y)
    c.closePath()
  } else if (priority === 'high') {
    c.moveTo(x, y - 5)
    c.lineTo(x + 5.8, y + 5)
    c.lineTo(x - 5.8, y + 5)
    c.closePath()
  } else {
    c.arc(x, y, 4.2, 0, 2 * Math.PI)
    c.strokeStyle = colour
    c.lineWidth = 1.4
    c.stroke()
    return
  }
  c.fillStyle = colour
  c.fill()
}
