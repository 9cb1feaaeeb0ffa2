import { describe, expect, it } from 'vitest'

import { hit, type Target } from './hit'

function target(track: number, x: number, y: number, alarmed = false): Target {
  return { track, x, y, radius_px: 12, alarmed }
}

describe('hit', () => {
  it('means the nearest symbol within a target of 24 px', () => {
    const targets = [target(1, 100, 100), target(2, 110, 100)]
    expect(hit(108, 100, targets, [])).toEqual({ track: 2, sign: null })
    expect(hit(88, 100, targets, [])).toEqual({ track: 1, sign: null })
    expect(hit(60, 100, targets, [])).toBeNull()
  })

  it('means the alarm among quiet traffic', () => {
    const crowd = [target(1, 100, 100), target(2, 109, 100, true), target(3, 101, 101)]
    expect(hit(100, 100, crowd, [])?.track).toBe(2)
    expect(hit(87, 100, crowd, [])?.track).toBe(1)
  })

  it('means a label before a symbol, and its sign', () => {
    const label = { x: 90, y: 90, width: 80, height: 30, track: 9, sign: 'k1' }
    expect(hit(100, 100, [target(1, 100, 100)], [label])).toEqual({ track: 9, sign: 'k1' })
  })
})
