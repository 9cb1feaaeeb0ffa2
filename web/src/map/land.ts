/**
 * Land: coast and, where the site is configured so, borders, from Natural Earth at 1:50 million. Loaded when a
 * coast of that scale can be in view; nearer it would only mislead.
 */

import { feature, mesh } from 'topojson-client'
import type { Topology, GeometryCollection } from 'topojson-specification'
import countriesUrl from 'world-atlas/countries-50m.json?url'
import landUrl from 'world-atlas/land-50m.json?url'

import { worldX, worldY, type View } from './camera'
import { LAND_ZOOM } from './ground'
import { faded, type Palette } from './palette'
import type { Context } from './pen'

type Ring = number[][]
interface Shape {
  path: Path2D
  left: number
  right: number
  top: number
  bottom: number
}

export class Land {
  private constructor(
    private readonly shapes: Shape[],
    private readonly borders: Path2D | null,
  ) {}

  static async load(with_borders: boolean): Promise<Land> {
    const [land, countries] = await Promise.all([read(landUrl), with_borders ? read(countriesUrl) : null])
    const found = feature(land, land.objects['land'] as GeometryCollection)
    const polygons = found.features.flatMap(({ geometry: g }) =>
      g.type === 'MultiPolygon' ? g.coordinates : g.type === 'Polygon' ? [g.coordinates] : [],
    )
    return new Land(polygons.map(shape), countries && borderPath(countries))
  }

  paint(c: Context, view: View, palette: Palette, ratio: number): void {
    const opacity = Math.min(1, LAND_ZOOM - view.camera.zoom)
    if (opacity <= 0) return
    const half = view.size.width / 2 / view.scale
    const tall = view.size.height / 2 / view.scale
    for (const copy of [-1, 0, 1]) {
      const [x, y] = [view.cx - copy, view.cy]
      if (x + half < 0 || x - half > 1) continue
      place(c, view, copy, ratio)
      for (const s of this.shapes) {
        if (s.right < x - half || s.left > x + half || s.bottom < y - tall || s.top > y + tall) continue
        this.paintShape(c, view, palette, s, opacity)
      }
      if (this.borders) this.paintBorders(c, view, palette, this.borders, opacity)
    }
    c.setTransform(ratio, 0, 0, ratio, 0, 0)
  }

  private paintShape(c: Context, view: View, palette: Palette, s: Shape, opacity: number): void {
    c.fillStyle = faded(palette.panel, opacity)
    c.fill(s.path, 'evenodd')
    c.lineWidth = 1 / view.scale
    c.strokeStyle = faded(palette.edge, opacity * 0.7)
    c.stroke(s.path)
  }

  private paintBorders(c: Context, view: View, palette: Palette, borders: Path2D, opacity: number): void {
    c.lineWidth = 0.8 / view.scale
    c.setLineDash([3 / view.scale, 2 / view.scale])
    c.strokeStyle = faded(palette.edge, opacity * 0.8)
    c.stroke(borders)
    c.setLineDash([])
  }
}

/** Units of the context become the world square, of which there are copies side by side. */
function place(c: Context, view: View, copy: number, ratio: number): void {
  const k = view.scale * ratio
  const left = (copy - view.cx) * view.scale + view.size.width / 2
  c.setTransform(k, 0, 0, k, left * ratio, view.py(0) * ratio)
}

async function read(url: string): Promise<Topology> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return (await answer.json()) as Topology
}

function shape(rings: Ring[]): Shape {
  const path = new Path2D()
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const ring of rings) {
    ring.forEach(([lon = 0, lat = 0], i) => {
      const [x, y] = [worldX(lon), worldY(lat)]
      if (i === 0) path.moveTo(x, y)
      else path.lineTo(x, y)
      ;[left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)]
    })
    path.closePath()
  }
  return { path, left, right, top, bottom }
}

function borderPath(countries: Topology): Path2D {
  const inner = mesh(countries, countries.objects['countries'] as GeometryCollection, (a, b) => a !== b)
  const path = new Path2D()
  for (const run of inner.coordinates) {
    run.forEach(([lon = 0, lat = 0], i) => {
      if (i === 0) path.moveTo(worldX(lon), worldY(lat))
      else path.lineTo(worldX(lon), worldY(lat))
    })
  }
  return path
}
