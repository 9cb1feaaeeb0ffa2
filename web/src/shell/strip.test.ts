import { describe, expect, it } from 'vitest'

import { byHealth, health } from './sources'
import { kept, Scale } from './strip'
import type { SourceState } from '../wire'

describe('the time strip', () => {
  const scale = new Scale(7300, 720)
  it('puts times on pixels and back', () => {
    expect([scale.x_px(3700), scale.x_px(7300)]).toEqual([0, 720])
    expect(scale.at_s(scale.x_px(5000))).toBeCloseTo(5000)
    expect([scale.at_s(-50), scale.at_s(9999)]).toEqual([3700, 7300])
  })
  it('has a tick at each whole ten minutes', () => {
    expect(scale.ticks()).toEqual([4200, 4800, 5400, 6000, 6600, 7200])
  })
  it('breaks where the record has a gap', () => {
    expect(kept(0, 100, [])).toEqual([[0, 100]])
    expect(kept(0, 100, [[60, 70], [-10, 20]])).toEqual([[20, 60], [70, 100]])
    expect(kept(0, 100, [[10, 50], [30, 40], [90, 200]])).toEqual([[0, 10], [50, 90]])
    expect(kept(0, 100, [[-1, 101]])).toEqual([])
    expect(kept(0, 100, [[20, 22], [40, 60]], 5)).toEqual([[0, 40], [60, 100]])
  })
})

describe('the health of sources', () => {
  const source = (id: string, state: SourceState['state'], last_s: number | null = 10): SourceState => ({
    id, state, last_s, period_s: 1, observations: 0, late: 0, unplaced: 0, refused: 0, dropped: 0, range_bias_m: null, azimuth_bias_deg: null, time_bias_s: null,
  })
  it('names the worst, and of two alike the one that has been quiet longer', () => {
    const all = [source('a', 'ok'), source('b', 'silent', 9), source('c', 'silent', 4), source('d', 'degraded')]
    expect(byHealth(all).map((s) => s.id)).toEqual(['c', 'b', 'd', 'a'])
    expect(health(all)).toMatchObject({ working: 1, all: 4, worst: { id: 'c' } })
  })
  it('names none when all work', () => {
    expect(health([source('a', 'ok')]).worst).toBeNull()
  })
})
