/**
 * Places of labels: eight places round a symbol are tried, the last one is kept while it fits, no label covers
 * a symbol, another label or a control. What is taken is a raster of 4-pixel cells: one look-up costs the same
 * for one neighbour as for five thousand.
 */

import type { Point, Size } from './camera'

export interface Rect {
  x: number
  y: number
  width: number
  height: number
}

/** A label that wants a place; in the order of their importance. */
export interface Want {
  key: string
  /** Middle of its symbol and how much round it belongs to it. */
  x: number
  y: number
  radius_px: number
  width: number
  height: number
  /** Placed even where nothing fits: alarmed and selected. */
  always: boolean
}

export interface Placed extends Rect {
  key: string
  /** From the edge of the symbol to the box, where it stands 24 px off or more. */
  leader: [Point, Point] | null
}

const CELL_PX = 4
export const SYMBOL = 1
/** The symbol of an alarm or of the selection: not even an alarm's label covers it. */
export const ALARM = 2
export const LABEL = 4
export const CONTROL = 8
/** Lines and texts of the ground: a label keeps off them where it has the choice. */
export const SOFT = 16

/** East, south-east, north-east, west, north, south, south-west, north-west: names read best to the right. */
const DIRECTIONS: readonly (readonly [number, number])[] = [
  [1, 0], [0.8, 0.8], [0.8, -0.8], [-1, 0], [0, -1], [0, 1], [-0.8, 0.8], [-0.8, -0.8],
]
/** How far from the symbol; the further ones only for labels that must be there. */
const GAPS_PX = [5, 34, 68, 110]
const LEADER_PX = 24

/** What of the map is taken. */
export class Occupied {
  private readonly columns: number
  private readonly rows: number
  private readonly cells: Uint8Array

  constructor(private readonly size: Size) {
    this.columns = Math.ceil(size.width / CELL_PX)
    this.rows = Math.ceil(size.height / CELL_PX)
    this.cells = new Uint8Array(this.columns * this.rows)
  }

  take(r: Rect, what: number): void {
    const { left, right, top, bottom } = this.span(r)
    for (let row = top; row < bottom; row++) {
      for (let at = row * this.columns + left; at < row * this.columns + right; at++) this.cells[at] = (this.cells[at] ?? 0) | what
    }
  }

  takeRound(x: number, y: number, radius_px: number, what: number): void {
    this.take({ x: x - radius_px, y: y - radius_px, width: 2 * radius_px, height: 2 * radius_px }, what)
  }

  /** Whether it lies wholly on the map and on nothing of `what`. */
  free(r: Rect, what: number): boolean {
    if (r.x < 0 || r.y < 0 || r.x + r.width > this.size.width || r.y + r.height > this.size.height) return false
    const { left, right, top, bottom } = this.span(r)
    for (let row = top; row < bottom; row++) {
      for (let at = row * this.columns + left; at < row * this.columns + right; at++) if (((this.cells[at] ?? 0) & what) !== 0) return false
    }
    return true
  }

  takeLine(a: Point, b: Point, what: number): void {
    const steps = Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / CELL_PX)
    for (let k = 0; k <= steps; k++) {
      const f = k / Math.max(steps, 1)
      this.takeRound(a.x + f * (b.x - a.x), a.y + f * (b.y - a.y), 1, what)
    }
  }

  /** Begins with what another one of the same size holds. */
  takeAll(other: Occupied): void {
    if (other.cells.length === this.cells.length) this.cells.set(other.cells)
  }

  private span(r: Rect): { left: number; right: number; top: number; bottom: number } {
    return {
      left: Math.max(0, Math.floor(r.x / CELL_PX)),
      right: Math.min(this.columns, Math.ceil((r.x + r.width) / CELL_PX)),
      top: Math.max(0, Math.floor(r.y / CELL_PX)),
      bottom: Math.min(this.rows, Math.ceil((r.y + r.height) / CELL_PX)),
    }
  }
}

/** Gives places to labels; remembers which it gave. */
export class Labels {
  private kept = new Map<string, number>()

  /** After a change of scale every label may look for its best place again. */
  forget(): void {
    this.kept.clear()
  }

  /** The labels that found a place. `taken` holds symbols and controls, and then the labels too. */
  place(wants: Want[], taken: Occupied): Placed[] {
    const next = new Map<string, number>()
    const placed: Placed[] = []
    for (const want of wants) {
      const slot = this.slot(want, taken)
      if (slot === null) continue
      next.set(want.key, slot)
      const rect = rectAt(want, slot)
      taken.take(rect, LABEL)
      placed.push({ key: want.key, ...rect, leader: leader(want, rect) })
    }
    this.kept = next
    return placed
  }

  private slot(want: Want, taken: Occupied): number | null {
    const fits = (slot: number, what: number) => taken.free(rectAt(want, slot), what)
    const last = this.kept.get(want.key)
    const all = SYMBOL | ALARM | LABEL | CONTROL
    if (last !== undefined && fits(last, all)) return last
    const near = DIRECTIONS.length
    for (let slot = 0; slot < near; slot++) if (fits(slot, all | SOFT)) return slot
    const slots = want.always ? near * GAPS_PX.length : near
    // In a crowd an alarm's label may cover quiet traffic; it never covers an alarm, a label or a control.
    for (const what of want.always ? [all, ALARM | LABEL | CONTROL, CONTROL] : [all]) {
      for (let slot = 0; slot < slots; slot++) if (fits(slot, what)) return slot
    }
    return null
  }
}

function rectAt(want: Want, slot: number): Rect {
  const [dx, dy] = DIRECTIONS[slot % DIRECTIONS.length] ?? [1, 0]
  const away = want.radius_px + (GAPS_PX[Math.floor(slot / DIRECTIONS.length)] ?? 0)
  const along = (d: number, side: number) => (d === 0 ? -side / 2 : d > 0 ? d * away : d * away - side)
  return {
    x: Math.round(want.x + along(dx, want.width)),
    y: Math.round(want.y + along(dy, want.height)),
    width: want.width,
    height: want.height,
  }
}

function leader(want: Want, r: Rect): [Point, Point] | null {
  const x = Math.min(Math.max(want.x, r.x), r.x + r.width)
  const y = Math.min(Math.max(want.y, r.y), r.y + r.height)
  const length = Math.hypot(x - want.x, y - want.y)
  if (length - want.radius_px < LEADER_PX) return null
  const k = want.radius_px / length
  return [
    { x: want.x + (x - want.x) * k, y: want.y + (y - want.y) * k },
    { x, y },
  ]
}
