import { describe, expect, it } from 'vitest'

import { concerning, designators, ordered, standing, suspended } from './places'
import type { Aerodrome, Closure } from './wire'

const place = (name: string, more: Partial<Closure> = {}): Closure => ({
  place: `runway:${name}`, name, kind: 'runway', state: 'open', since_s: 0, by: null, why: '', case: null,
  may_resume_s: null, lost_today_min: 0, ...more,
})
const zone = (name: string, more: Partial<Closure> = {}): Closure => place(name, { kind: 'zone', place: `zone:${name}`, ...more })
const all = [zone('Z1'), place('06/24'), zone('Z2', { state: 'restricted' }), place('07/25', { state: 'suspended' })]
const aerodrome: Aerodrome = { version: 1, wait_s: 600, places: all, tower: [] }

describe('runways and zones', () => {
  it('stand with what is suspended first, runways before zones', () => {
    expect(ordered(all).map((p) => p.name)).toEqual(['07/25', 'Z2', '06/24', 'Z1'])
  })
  it('are suspended or not; nothing is known before the server spoke', () => {
    expect(suspended(aerodrome).map((p) => p.name)).toEqual(['07/25'])
    expect(suspended(null)).toEqual([])
  })
  it('concern a case: every runway, zones that are not open, zones that it decided on', () => {
    expect(concerning(aerodrome, []).map((p) => p.name)).toEqual(['07/25', 'Z2', '06/24'])
    expect(concerning(aerodrome, [zone('Z1')]).map((p) => p.name)).toContain('Z1')
  })
  it('stand apart in an exercise: what it decides holds in it alone', () => {
    const closures = [place('06/24', { state: 'suspended', case: '7' })]
    const apart = standing(aerodrome, { exercise: true, closures })
    expect(suspended(apart).map((p) => p.name)).toEqual(['06/24'])
    expect(apart?.places.find((p) => p.name === '07/25')?.state).toBe('open')
    expect(standing(aerodrome, { exercise: false, closures })).toBe(aerodrome)
    expect(standing(null, { exercise: true, closures })).toBeNull()
  })
  it('are called by both ends', () => {
    expect(designators([{ designator: '06' }, { designator: '24' }])).toBe('06/24')
  })
})
