import { describe, expect, it } from 'vitest'

import { Trails, TRAIL_S, type Positions } from './trails'

function frame(now_s: number, tracks: [number, number, number][], lasting = true): Positions {
  return {
    now_s,
    n: tracks.length,
    id: Int32Array.from(tracks, (t) => t[0]),
    x: Float64Array.from(tracks, (t) => t[1]),
    y: Float64Array.from(tracks, (t) => t[2]),
    alt_m: new Float64Array(tracks.length).fill(NaN),
    lasting: () => lasting,
  }
}
/** 70 m/s at 48°, in the world square a second. */
const STEP = 70 / 2.68e7

describe('Trails', () => {
  it('keeps a straight flight in few points, from three minutes ago until now', () => {
    const trails = new Trails()
    for (let s = 0; s <= 400; s++) trails.take(frame(s, [[7, s * STEP, 0.35]]))
    const trail = trails.of(7)
    expect(trail?.x.at(-1)).toBe(400 * STEP)
    expect(trail?.t.length).toBeLessThanOrEqual(TRAIL_S / 20 + 3)
    expect(trail?.t[0]).toBeLessThanOrEqual(400 - TRAIL_S)
    expect(trail?.t[0]).toBeGreaterThan(400 - TRAIL_S - 25)
  })

  it('follows a circle to within a few metres', () => {
    const trails = new Trails()
    const r = 200 / 2.68e7
    const at = (s: number): [number, number] => [0.5 + r * Math.cos(s / 10), 0.35 + r * Math.sin(s / 10)]
    for (let s = 0; s <= 120; s++) trails.take(frame(s, [[7, ...at(s)]]))
    const trail = trails.of(7)
    expect(trail).toBeDefined()
    for (let s = 0; s <= 120; s++) {
      const off = Math.min(...segments(trail?.x ?? [], trail?.y ?? [], ...at(s)))
      expect(off * 2.68e7).toBeLessThan(12)
    }
  })

  it('says for a minute where a track was lost, and no longer', () => {
    const trails = new Trails()
    trails.take(frame(0, [[7, 0.5, 0.35], [8, 0.6, 0.35]]))
    trails.take(frame(1, [[8, 0.6, 0.35]]))
    expect([...trails.lost.values()]).toEqual([{ id: 7, x: 0.5, y: 0.35, at_s: 1 }])
    for (let s = 2; s <= 62; s++) trails.take(frame(s, [[8, 0.6, 0.35]]))
    expect(trails.lost.size).toBe(0)
  })

  it('forgets the loss of what comes back, and never tells of what parks', () => {
    const trails = new Trails()
    trails.take(frame(0, [[7, 0.5, 0.35]]))
    trails.take(frame(1, []))
    trails.take(frame(2, [[7, 0.5, 0.35]], false))
    expect(trails.lost.size).toBe(0)
    trails.take(frame(3, []))
    expect(trails.lost.size).toBe(0)
  })

  it('draws no line to where no aircraft could have flown', () => {
    const trails = new Trails()
    for (let s = 0; s < 5; s++) trails.take(frame(s, [[7, s * STEP, 0.35]]))
    trails.take(frame(5, [[7, 5 * STEP + 3000 / 2.68e7, 0.35]]))
    expect(trails.of(7)?.x).toEqual([5 * STEP + 3000 / 2.68e7])
  })

  it('starts anew when time jumps', () => {
    const trails = new Trails()
    trails.take(frame(100, [[7, 0.5, 0.35]]))
    trails.take(frame(101, [[7, 0.6, 0.35]]))
    trails.take(frame(50, [[7, 0.1, 0.35]]))
    expect(trails.of(7)?.x).toEqual([0.1])
    expect(trails.lost.size).toBe(0)
  })
})

function segments(x: number[], y: number[], px: number, py: number): number[] {
  return x.slice(1).map((bx, i) => {
    const [ax, ay, by] = [x[i] ?? 0, y[i] ?? 0, y[i + 1] ?? 0]
    const l2 = (bx - ax) ** 2 + (by - ay) ** 2
    const k = l2 === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / l2))
    return Math.hypot(px - ax - k * (bx - ax), py - ay - k * (by - ay))
  })
}
