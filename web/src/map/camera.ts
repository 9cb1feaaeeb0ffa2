/**
 * Camera: Web Mercator (EPSG:3857) between degrees, the world square and pixels of the map; always north up.
 *
 * The world is a square of side 1, x from 180° W eastward, y from 85.05° N southward. `zoom` counts as in
 * MapLibre: at zoom z the square is 512 · 2^z CSS pixels wide.
 */

export interface Place {
  lat_deg: number
  lon_deg: number
}
export interface Camera extends Place {
  zoom: number
}
export interface Point {
  x: number
  y: number
}
export interface Size {
  width: number
  height: number
}
export interface Padding {
  top: number
  right: number
  bottom: number
  left: number
}

export const MIN_ZOOM = 1
export const MAX_ZOOM = 19
const TILE_PX = 512
/** Length of the equator on the sphere of Web Mercator. */
const EQUATOR_M = 2 * Math.PI * 6378137
const MAX_LAT_DEG = 85.0511287798066
const METERS_PER_DEG = EQUATOR_M / 360

export function worldX(lon_deg: number): number {
  return lon_deg / 360 + 0.5
}

export function worldY(lat_deg: number): number {
  const s = Math.sin((clamp(lat_deg, -MAX_LAT_DEG, MAX_LAT_DEG) * Math.PI) / 180)
  return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)
}

export function lonOf(x: number): number {
  return (x - Math.floor(x)) * 360 - 180
}

export function latOf(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI
}

/** The square, seen by a camera on a map of some size: everything that is drawn asks this. */
export class View {
  readonly scale: number
  readonly cx: number
  readonly cy: number

  constructor(
    readonly camera: Camera,
    readonly size: Size,
  ) {
    this.scale = TILE_PX * 2 ** camera.zoom
    this.cx = worldX(camera.lon_deg)
    this.cy = worldY(camera.lat_deg)
  }

  /** Pixel of a world x; the copy of the world that is nearest to the middle. */
  px(x: number): number {
    const d = x - this.cx
    return (d - Math.round(d)) * this.scale + this.size.width / 2
  }
  py(y: number): number {
    return (y - this.cy) * this.scale + this.size.height / 2
  }
  point(place: Place): Point {
    return { x: this.px(worldX(place.lon_deg)), y: this.py(worldY(place.lat_deg)) }
  }
  place(p: Point): Place {
    return {
      lat_deg: latOf(this.cy + (p.y - this.size.height / 2) / this.scale),
      lon_deg: lonOf(this.cx + (p.x - this.size.width / 2) / this.scale),
    }
  }
  /** Pixels of a metre, at a latitude (Mercator stretches by its secant). */
  pxPerMeter(lat_deg: number = this.camera.lat_deg): number {
    return this.scale / (EQUATOR_M * Math.cos((lat_deg * Math.PI) / 180))
  }
  holds(p: Point, margin_px = 0): boolean {
    const { width, height } = this.size
    return p.x >= -margin_px && p.y >= -margin_px && p.x <= width + margin_px && p.y <= height + margin_px
  }
}

/** The place at `distance_m` in a direction (flat: for what lies within some 50 km). */
export function destination(from: Place, bearing_deg: number, distance_m: number): Place {
  const bearing = (bearing_deg * Math.PI) / 180
  const east_m = Math.sin(bearing) * distance_m
  return {
    lat_deg: from.lat_deg + (Math.cos(bearing) * distance_m) / METERS_PER_DEG,
    lon_deg: from.lon_deg + east_m / (METERS_PER_DEG * Math.cos((from.lat_deg * Math.PI) / 180)),
  }
}

/** Distance and direction from one place to another on the sphere. */
export function between(a: Place, b: Place): { distance_m: number; bearing_deg: number } {
  const rad = Math.PI / 180
  const [p, q, dl] = [a.lat_deg * rad, b.lat_deg * rad, (b.lon_deg - a.lon_deg) * rad]
  const h = Math.sin((q - p) / 2) ** 2 + Math.cos(p) * Math.cos(q) * Math.sin(dl / 2) ** 2
  const turn = Math.atan2(Math.sin(dl) * Math.cos(q), Math.cos(p) * Math.sin(q) - Math.sin(p) * Math.cos(q) * Math.cos(dl))
  return {
    distance_m: (EQUATOR_M / Math.PI) * Math.asin(Math.min(1, Math.sqrt(h))),
    bearing_deg: (turn / rad + 360) % 360,
  }
}

/** Zoomed by `steps` so that what is under the pixel stays under it. */
export function zoomedAt(view: View, at: Point, steps: number): Camera {
  const zoom = clamp(view.camera.zoom + steps, MIN_ZOOM, MAX_ZOOM)
  const held = view.place(at)
  const next = new View({ ...view.camera, zoom }, view.size)
  const moved = next.point(held)
  return panned(next, moved.x - at.x, moved.y - at.y)
}

/** Moved so that what was `dx`, `dy` pixels right of and below the middle is in the middle. */
export function panned(view: View, dx: number, dy: number): Camera {
  const { width, height } = view.size
  const middle = view.place({ x: width / 2 + dx, y: height / 2 + dy })
  return { lat_deg: clamp(middle.lat_deg, -MAX_LAT_DEG, MAX_LAT_DEG), lon_deg: middle.lon_deg, zoom: view.camera.zoom }
}

/** Two fingers: what was under their middle stays under it, and their spread is the scale. */
export function pinched(view: View, from: [Point, Point], to: [Point, Point]): Camera {
  const was = middle(...from)
  const is = middle(...to)
  const steps = Math.log2(spread(...to) / Math.max(spread(...from), 1))
  const zoomed = new View(zoomedAt(view, was, steps), view.size)
  return panned(zoomed, was.x - is.x, was.y - is.y)
}

/** The camera that shows all places inside the padding, no nearer than `max_zoom`. */
export function fitted(places: Place[], size: Size, padding: Padding, max_zoom: number): Camera | null {
  const [first] = places
  if (!first) return null
  const x0 = worldX(first.lon_deg)
  const xs = places.map((p) => x0 + nearest(worldX(p.lon_deg) - x0))
  const ys = places.map((p) => worldY(p.lat_deg))
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const room_x = Math.max(size.width - padding.left - padding.right, 40)
  const room_y = Math.max(size.height - padding.top - padding.bottom, 40)
  const scale = Math.min(room_x / Math.max(right - left, 1e-12), room_y / Math.max(bottom - top, 1e-12))
  const zoom = clamp(Math.log2(scale / TILE_PX), MIN_ZOOM, max_zoom)
  const per_px = 1 / (TILE_PX * 2 ** zoom)
  return {
    lat_deg: latOf((top + bottom) / 2 + ((padding.bottom - padding.top) / 2) * per_px),
    lon_deg: lonOf((left + right) / 2 + ((padding.right - padding.left) / 2) * per_px),
    zoom,
  }
}

/** Whether a pixel lies inside the padding: not under a control of a corner. */
export function clear(p: Point, size: Size, padding: Padding): boolean {
  return (
    p.x >= padding.left && p.x <= size.width - padding.right && p.y >= padding.top && p.y <= size.height - padding.bottom
  )
}

/** Where the line from the middle to `p` leaves the padded map, and its direction; null: `p` is inside. */
export function edgePoint(p: Point, size: Size, padding: Padding): (Point & { angle: number }) | null {
  if (clear(p, size, padding)) return null
  const x = (padding.left + size.width - padding.right) / 2
  const y = (padding.top + size.height - padding.bottom) / 2
  const [dx, dy] = [p.x - x, p.y - y]
  const half_x = (size.width - padding.left - padding.right) / 2
  const half_y = (size.height - padding.top - padding.bottom) / 2
  const k = Math.min(half_x / Math.max(Math.abs(dx), 1e-9), half_y / Math.max(Math.abs(dy), 1e-9))
  return { x: x + dx * k, y: y + dy * k, angle: Math.atan2(dy, dx) }
}

export function sameCamera(a: Camera, b: Camera): boolean {
  return a.lat_deg === b.lat_deg && a.lon_deg === b.lon_deg && a.zoom === b.zoom
}

function nearest(d: number): number {
  return d - Math.round(d)
}
function clamp(v: number, low: number, high: number): number {
  return Math.min(Math.max(v, low), high)
}
function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}
function spread(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}
