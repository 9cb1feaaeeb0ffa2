import { describe, expect, it } from 'vitest'

import { ALARM, CONTROL, LABEL, Labels, Occupied, SOFT, SYMBOL, type Placed, type Rect, type Want } from './labels'

const SIZE = { width: 1120, height: 952 }

function want(key: string, x: number, y: number, over: Partial<Want> = {}): Want {
  return { key, x, y, radius_px: 14, width: 90, height: 36, always: false, ...over }
}
function taken(wants: Want[]): Occupied {
  const all = new Occupied(SIZE)
  for (const w of wants) all.takeRound(w.x, w.y, 12, w.always ? ALARM : SYMBOL)
  return all
}
function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
/** A fixed sequence that looks random (Lehmer). */
function numbers(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

describe('Labels', () => {
  it('stands to the right first, without a leader', () => {
    const w = want('a', 400, 400)
    const [label] = new Labels().place([w], taken([w]))
    expect(label).toMatchObject({ x: 419, y: 382, leader: null })
  })

  it('covers no label, symbol or control in a crowd', () => {
    const next = numbers(7)
    const wants = Array.from({ length: 60 }, (_, i) => want(`${i}`, 100 + next() * 900, 100 + next() * 750))
    const control: Rect = { x: 1040, y: 0, width: 80, height: 952 }
    const all = taken(wants)
    all.take(control, CONTROL)
    const placed = new Labels().place(wants, all)
    expect(placed.length).toBeGreaterThan(40)
    placed.forEach((a, i) => {
      for (const b of placed.slice(i + 1)) expect(overlap(a, b)).toBe(false)
      for (const w of wants) expect(overlap(a, { x: w.x - 12, y: w.y - 12, width: 24, height: 24 })).toBe(false)
      expect(overlap(a, control)).toBe(false)
    })
  })

  it('keeps its place while it fits, though a better one comes free', () => {
    const labels = new Labels()
    const w = want('a', 400, 400)
    const blocked = taken([w])
    blocked.take({ x: 416, y: 300, width: 120, height: 200 }, LABEL)
    const [first] = labels.place([w], blocked)
    expect(first?.x).toBeLessThan(400)
    const [again] = labels.place([w], taken([w]))
    expect(again?.x).toBe(first?.x)
  })

  it('goes when it no longer fits', () => {
    const labels = new Labels()
    const w = want('a', 400, 400)
    labels.place([w], taken([w]))
    const blocked = taken([w])
    blocked.take({ x: 416, y: 370, width: 120, height: 60 }, SYMBOL)
    const [moved] = labels.place([w], blocked)
    expect(moved?.x).not.toBe(419)
  })

  it('finds a place for an alarm where quiet traffic is dense, never on an alarm', () => {
    const dense = new Occupied(SIZE)
    for (let x = 0; x < 1120; x += 20) for (let y = 0; y < 952; y += 20) dense.takeRound(x, y, 10, SYMBOL)
    const alarm = want('alarm', 500, 500, { always: true, radius_px: 24 })
    dense.takeRound(500, 500, 24, ALARM)
    expect(new Labels().place([want('quiet', 300, 300)], dense)).toEqual([])
    const [placed] = new Labels().place([alarm], dense)
    expect(placed).toBeDefined()
    expect(overlap(placed as Placed, { x: 476, y: 476, width: 48, height: 48 })).toBe(false)
  })

  it('draws a leader from 24 px on', () => {
    const alarm = want('alarm', 500, 500, { always: true, radius_px: 24 })
    const ringed = taken([])
    ringed.take({ x: 400, y: 440, width: 200, height: 120 }, LABEL)
    const [placed] = new Labels().place([alarm], ringed)
    expect(placed?.leader).not.toBeNull()
    const [from, to] = placed?.leader ?? []
    expect(Math.hypot((from?.x ?? 0) - 500, (from?.y ?? 0) - 500)).toBeCloseTo(24, 6)
    expect(Math.hypot((to?.x ?? 0) - 500, (to?.y ?? 0) - 500)).toBeGreaterThanOrEqual(48)
    expect(new Labels().place([alarm], taken([]))[0]?.leader).toBeNull()
  })

  it('keeps off lines while there is a choice', () => {
    const w = want('a', 400, 400)
    const all = taken([w])
    all.takeLine({ x: 412, y: 400 }, { x: 600, y: 400 }, SOFT)
    const [placed] = new Labels().place([w], all)
    expect(overlap(placed as Placed, { x: 412, y: 398, width: 188, height: 4 })).toBe(false)
  })

  it('stays on the map', () => {
    for (const [x, y] of [[5, 5], [1115, 5], [5, 947], [1115, 947]] as const) {
      const w = want('a', x, y)
      const [p] = new Labels().place([w], taken([w]))
      expect(p && p.x >= 0 && p.y >= 0 && p.x + p.width <= 1120 && p.y + p.height <= 952).toBe(true)
    }
  })
})
