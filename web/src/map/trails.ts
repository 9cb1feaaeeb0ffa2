/**
 * Trails: where each track was in the last three minutes, kept in the browser in world coordinates, and where
 * tracks that are gone were last. A straight piece is two points, so an airliner needs a handful.
 */

export const TRAIL_S = 180
const LOST_S = 60
/** A piece ends after this, however straight, so that the end of the trail moves on smoothly. */
const PIECE_S = 20
/** How far a left-out point may stand off the line, in the world square: 4 m at 48° of latitude. */
const OFF_LINE = 1.5e-7
/** Faster than this no aircraft flies (500 m/s at 48°): the track was given to another object. */
const LEAP_PER_S = 1.9e-5
/** A frame that is this far from the one before belongs to another moment (replay, a long cut). */
const JUMP_S = 30

/** What a frame says, columns of one element a track. */
export interface Positions {
  now_s: number
  n: number
  id: Int32Array
  x: Float64Array
  y: Float64Array
  /** NaN: no height. */
  alt_m: Float64Array
  /** Whether it is worth a word when it ends: not what parks. */
  lasting: (i: number) => boolean
}

export interface Trail {
  t: number[]
  x: number[]
  y: number[]
  alt_m: number[]
  /** The frame in which it was last. */
  frame: number
}

export interface Lost {
  id: number
  x: number
  y: number
  at_s: number
}

export class Trails {
  readonly lost = new Map<number, Lost>()
  private readonly trails = new Map<number, Trail>()
  private frame = 0
  private now_s = -Infinity

  of(id: number): Trail | undefined {
    return this.trails.get(id)
  }

  /** Takes a new frame; one of the same moment changes nothing, one of another starts anew. */
  take(p: Positions): void {
    if (p.now_s === this.now_s) return
    if (p.now_s < this.now_s || p.now_s - this.now_s > JUMP_S) this.clear()
    this.now_s = p.now_s
    this.frame += 1
    for (let i = 0; i < p.n; i++) this.extend(p, i)
    this.drop(p)
  }

  clear(): void {
    this.trails.clear()
    this.lost.clear()
  }

  private extend(p: Positions, i: number): void {
    const id = p.id[i] ?? 0
    const [x, y, alt] = [p.x[i] ?? 0, p.y[i] ?? 0, p.alt_m[i] ?? NaN]
    let trail = this.trails.get(id)
    if (!trail) {
      trail = { t: [], x: [], y: [], alt_m: [], frame: 0 }
      this.trails.set(id, trail)
      this.lost.delete(id)
    }
    // What is not to be spoken of when it ends is marked by the frame's sign.
    trail.frame = p.lasting(i) ? this.frame : -this.frame
    append(trail, p.now_s, x, y, alt)
  }

  private drop(p: Positions): void {
    const from_s = p.now_s - TRAIL_S
    for (const [id, trail] of this.trails) {
      if (Math.abs(trail.frame) !== this.frame) this.end(id, trail, p.now_s)
      else while (trail.t.length > 1 && (trail.t[1] ?? Infinity) < from_s) shift(trail)
    }
    for (const [id, lost] of this.lost) if (p.now_s - lost.at_s > LOST_S) this.lost.delete(id)
  }

  private end(id: number, trail: Trail, now_s: number): void {
    this.trails.delete(id)
    const last = trail.t.length - 1
    if (trail.frame > 0) this.lost.set(id, { id, x: trail.x[last] ?? 0, y: trail.y[last] ?? 0, at_s: now_s })
  }
}

/** The last point always is where the track is now; the one before is fixed once a turn or time asks for it. */
function append(trail: Trail, t: number, x: number, y: number, alt_m: number): void {
  const leap = Math.hypot(x - (trail.x.at(-1) ?? x), y - (trail.y.at(-1) ?? y))
  if (leap > LEAP_PER_S * (t - (trail.t.at(-1) ?? t) + 1)) empty(trail)
  const n = trail.t.length
  const a = n - 2
  const straight = n >= 2 && t - (trail.t[a] ?? 0) < PIECE_S && offLine(trail, a, x, y) < OFF_LINE
  const k = straight ? n - 1 : n
  trail.t[k] = t
  trail.x[k] = x
  trail.y[k] = y
  trail.alt_m[k] = alt_m
}

/** How far the last point would stand off the line from point `a` to (x, y). */
function offLine(trail: Trail, a: number, x: number, y: number): number {
  const [ax, ay] = [trail.x[a] ?? 0, trail.y[a] ?? 0]
  const [bx, by] = [trail.x[a + 1] ?? 0, trail.y[a + 1] ?? 0]
  const length = Math.hypot(x - ax, y - ay)
  if (length === 0) return Math.hypot(bx - ax, by - ay)
  return Math.abs((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length
}

function empty(trail: Trail): void {
  for (const column of [trail.t, trail.x, trail.y, trail.alt_m]) column.length = 0
}

function shift(trail: Trail): void {
  trail.t.shift()
  trail.x.shift()
  trail.y.shift()
  trail.alt_m.shift()
}
