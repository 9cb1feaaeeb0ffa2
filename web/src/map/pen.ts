/** Pen: the few strokes that all painters of the map share. */

import type { Point, View } from './camera'
import { worldX, worldY } from './camera'
import { faded, type Palette } from './palette'

/** Of a canvas that a worker paints on. */
export type Context = OffscreenCanvasRenderingContext2D

export function font(palette: Palette, size_px: number, weight: 400 | 500 | 600): string {
  return `${weight} ${size_px}px ${palette.family}`
}

const widths = new Map<string, number>()

/** Width of a text; measured once (a crowd asks for the same names each second). */
export function textWidth(c: Context, text: string, css_font: string): number {
  const key = `${css_font}\n${text}`
  let width = widths.get(key)
  if (width === undefined) {
    if (widths.size > 5000) widths.clear()
    c.font = css_font
    width = c.measureText(text).width
    widths.set(key, width)
  }
  return width
}

/** Text on a halo of the ground, so that lines under it do not cut it. */
export function haloText(c: Context, text: string, x: number, y: number, colour: string, ground: string): void {
  c.lineJoin = 'round'
  c.lineWidth = 3
  c.strokeStyle = faded(ground, 0.8)
  c.strokeText(text, x, y)
  c.fillStyle = colour
  c.fillText(text, x, y)
}

export function line(c: Context, a: Point, b: Point): void {
  c.beginPath()
  c.moveTo(a.x, a.y)
  c.lineTo(b.x, b.y)
  c.stroke()
}

export function circle(c: Context, x: number, y: number, r: number): void {
  c.beginPath()
  c.arc(x, y, r, 0, 2 * Math.PI)
}

export function box(c: Context, x: number, y: number, width: number, height: number, radius = 4): void {
  c.beginPath()
  c.roundRect(x, y, width, height, radius)
}

/** Adds a ring of [lon, lat] to the path. */
export function ringPath(c: Context | Path2D, view: View, ring: readonly [number, number][]): void {
  ring.forEach(([lon, lat], i) => {
    const [x, y] = [view.px(worldX(lon)), view.py(worldY(lat))]
    if (i === 0) c.moveTo(x, y)
    else c.lineTo(x, y)
  })
  c.closePath()
}
