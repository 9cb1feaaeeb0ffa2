/** Looks: where a camera of the case looked, a wedge from it. */

import type { Look } from '../state.svelte'
import { destination } from './camera'
import { faded } from './palette'
import { line, type Context } from './pen'
import type { Scene } from './scene'

/** How far one is drawn whose range nobody knows, and how wide one whose field of view nobody knows. */
const RANGE_M = 2000
const WIDTH_DEG = 6
const STEPS = 8

export function paintLooks(c: Context, scene: Scene): void {
  for (const look of scene.looks) paintLook(c, scene, look)
}

function paintLook(c: Context, { view, palette }: Scene, look: Look): void {
  const [range_m, width_deg] = [look.range_m ?? RANGE_M, look.field_of_view_deg ?? WIDTH_DEG]
  const at = (turned_deg: number): ReturnType<typeof view.point> => view.point(destination(look, look.bearing_deg + turned_deg, range_m))
  const from = view.point(look)
  c.beginPath()
  c.moveTo(from.x, from.y)
  for (let i = 0; i <= STEPS; i += 1) {
    const p = at(width_deg * (i / STEPS - 0.5))
    c.lineTo(p.x, p.y)
  }
  c.closePath()
  c.fillStyle = faded(palette.text, 0.08)
  c.fill()
  c.strokeStyle = faded(palette.text2, 0.8)
  c.lineWidth = 1.2
  c.stroke()
  c.setLineDash([4, 4])
  line(c, from, at(0))
  c.setLineDash([])
}
