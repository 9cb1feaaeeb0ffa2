import { describe, expect, it } from 'vitest'

import { byUrgency, isRinging, onShelf, shelf } from '../order'
import type { Sign } from '../wire'
import { arrange, step, stops } from './arrange'
import { fold, unfolded, type Row } from './fold'

let number = 0
function sign(more: Partial<Sign> = {}): Sign {
  number += 1
  return {
    key: `k${number}`, number, rule: 'loitering', track: null, priority: 'notice', state: 'new', over: false,
    opened_s: 1000 + number, changed_s: 1000 + number, over_s: null, params: {}, reasons: [], lat_deg: 48.7,
    lon_deg: 2.4, flights: [], source: null, simulated: false, exercise: false, life: null, ...more,
  }
}
const keys = (rows: readonly Row[]): string[][] => rows.map((row) => row.signs.map((s) => s.key))
const finder = (...signs: Sign[]) => (key: string): Sign | undefined => signs.find((s) => s.key === key)

describe('order', () => {
  it('puts priority first, then what nobody acknowledged, then the newest', () => {
    const old = sign({ priority: 'high' })
    const acknowledged = sign({ priority: 'high', state: 'acknowledged' })
    const young = sign({ priority: 'high' })
    const urgent = sign({ priority: 'urgent', state: 'acknowledged' })
    expect([old, acknowledged, young, urgent].sort(byUrgency)).toEqual([urgent, young, old, acknowledged])
  })
  it('puts what is real before an exercise of the same priority', () => {
    const real = sign({ priority: 'high', state: 'acknowledged' })
    const drill = sign({ priority: 'high', exercise: true })
    const worse = sign({ priority: 'urgent', exercise: true })
    expect([drill, real, worse].sort(byUrgency)).toEqual([worse, real, drill])
  })
  it('keeps a sign that is over open until it is acknowledged', () => {
    expect(shelf(sign({ over: true }))).toBe('open')
    expect(shelf(sign({ over: true, state: 'acknowledged' }))).toBe('ended')
    expect(shelf(sign({ state: 'closed' }))).toBe('ended')
    expect(shelf(sign({ over: true, state: 'shelved' }))).toBe('shelved')
  })
  it('counts only urgent and high signs as alarms', () => {
    expect(isRinging(sign({ priority: 'high' }))).toBe(true)
    expect(isRinging(sign({ priority: 'high', state: 'acknowledged' }))).toBe(false)
    expect(isRinging(sign({ priority: 'notice' }))).toBe(false)
  })
  it('puts the shelved sign first that returns first', () => {
    const life = { act: 1, code: 'shelve' as const, by: '', at_s: 0, reason: null, outcome: null }
    const late = sign({ state: 'shelved', life: { ...life, until_s: 9000 } })
    const soon = sign({ state: 'shelved', life: { ...life, until_s: 5000 } })
    expect(onShelf([late, soon, sign()], 'shelved')).toEqual([soon, late])
  })
})

describe('fold', () => {
  it('makes one row of three signs of one rule, place and time', () => {
    const [a, b, c] = [sign(), sign({ lat_deg: 48.705 }), sign({ priority: 'high' })]
    expect(keys(fold([c, b, a].sort(byUrgency)))).toEqual([[c.key, b.key, a.key]])
  })
  it.each([
    ['two', [{}, {}]],
    ['another rule', [{}, {}, { rule: 'swarm' }]],
    ['1.1 km away', [{}, {}, { lat_deg: 48.71 }]],
    ['eleven minutes later', [{}, {}, { opened_s: 9999 }]],
    ['no place', [{}, {}, { lat_deg: null, lon_deg: null }]],
    ['an exercise', [{}, {}, { exercise: true }]],
  ])('does not fold %s', (_, more) => {
    expect(fold(more.map((m) => sign(m))).every((row) => row.signs.length === 1)).toBe(true)
  })
  it('never folds an urgent sign', () => {
    const urgent = sign({ priority: 'urgent' })
    const rows = fold([urgent, sign(), sign(), sign()])
    expect(rows.map((row) => row.signs.length)).toEqual([1, 3])
    expect(rows[0]?.key).toBe(urgent.key)
  })
  it('loses no sign of a flood', () => {
    const flood = Array.from({ length: 200 }, (_, i) => sign({ lat_deg: 48 + (i % 7) / 10, rule: `r${i % 3}` }))
    expect(new Set(keys(fold(flood)).flat()).size).toBe(200)
  })
})

describe('arrange', () => {
  const [a, b] = [sign(), sign()]
  const before = unfolded([a, b])

  it('follows the order while nobody is in the list', () => {
    expect(arrange(before, unfolded([b, a]), finder(a, b), false).rows).toEqual(unfolded([b, a]))
  })
  it('moves no row under a pointer, and lets new ones wait', () => {
    const fresh = sign({ priority: 'high' })
    const found = arrange(before, unfolded([fresh, b, a]), finder(a, b, fresh), true)
    expect(keys(found.rows)).toEqual([[a.key], [b.key]])
    expect(found.waiting).toBe(1)
  })
  it('lets an urgent one enter at the top', () => {
    const urgent = sign({ priority: 'urgent' })
    const found = arrange(before, unfolded([urgent, a, b]), finder(a, b, urgent), true)
    expect(keys(found.rows)).toEqual([[urgent.key], [a.key], [b.key]])
    expect(found).toMatchObject({ waiting: 0, entered: [urgent.key] })
  })
  it('keeps a row whose sign has left, and shows it as it is now', () => {
    const closed = { ...a, state: 'closed' as const }
    const found = arrange(before, unfolded([b]), finder(closed, b), true)
    expect(found.rows[0]?.signs).toEqual([closed])
  })
  it('takes a sign that became urgent out of its fold', () => {
    const [c, d, e] = [sign(), sign(), sign()] as const
    const urgent = { ...d, priority: 'urgent' as const }
    const found = arrange(fold([c, d, e]), fold([urgent, c, e]), finder(c, urgent, e), true)
    expect(keys(found.rows)).toEqual([[d.key], [e.key, c.key]])
  })
})

describe('step', () => {
  const [a, b, c, d] = [sign(), sign(), sign(), sign()]
  const rows: Row[] = [{ key: 'fold:1', signs: [a, b, c] }, { key: d.key, signs: [d] }]
  const closed = new Set<string>()

  it('stops once at a closed fold, at each sign of an open one', () => {
    expect(stops(rows, closed)).toEqual([a.key, d.key])
    expect(stops(rows, new Set(['fold:1']))).toEqual([a.key, b.key, c.key, d.key])
  })
  it('goes on from the fold that holds the selected sign, and stays within the list', () => {
    expect(step(rows, closed, b.key, 1)).toBe(d.key)
    expect(step(rows, closed, d.key, 1)).toBe(d.key)
    expect(step(rows, closed, a.key, -1)).toBe(a.key)
    expect(step(rows, closed, null, 1)).toBe(a.key)
    expect(step(rows, closed, 'gone', -1)).toBe(d.key)
    expect(step([], closed, null, 1)).toBeNull()
  })
})
