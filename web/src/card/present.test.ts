import { describe, expect, it } from 'vitest'

import type { Sign } from '../wire'
import type { Moving } from './figures'
import { present } from './present'

const PLACE = { distance_m: 900, bearing_deg: 225, ref: 'threshold' as const, name: '06' }
const NOW: Moving = { alt_m: 164, alt_sigma_m: 12, speed_mps: 14, track_deg: 228, climb_mps: 0, place: PLACE, age_s: 0 }
const SIGN: Sign = {
  key: 'k', number: 1, rule: 'flight_conflict', track: 7, priority: 'urgent', state: 'new', over: false, opened_s: 100,
  changed_s: 100, over_s: null, lat_deg: 48.7, lon_deg: 2.3, source: null, simulated: false, exercise: false, life: null,
  params: {
    kind: 'drone', place: { distance_m: 1500, bearing_deg: 200, ref: 'threshold', name: '06' },
    level: { height_m: 160, datum: 'amsl' }, motion: { speed_mps: 3, track_deg: 10 }, flight: 'BFI214', in_s: 51,
  },
  reasons: [{ code: 'closest', params: { flight: 'BFI214', in_s: 51, miss_m: 71 }, weight: 1, evidence: [] }],
  flights: [{ callsign: 'BFI214', subject: 'icao24:1', track: 9, at_s: 151, distance_m: 71, vertical_m: 37, probability: 0.9, runway: null }],
}

describe('a sign as it is now', () => {
  it('tells place, movement and height of the picture, no finer than its sigma', () => {
    expect(present(SIGN, NOW, 89, 115).params).toMatchObject({
      kind: 'drone', place: PLACE, motion: { speed_mps: 14, track_deg: 228 }, level: { height_m: 80, datum: 'aerodrome' },
    })
  })
  it('counts down to the flight, in the sentence as in the reasons, and no further than to now', () => {
    const at = (now_s: number) => present(SIGN, NOW, 89, now_s)
    expect([at(115).params['in_s'], at(115).reasons[0]?.params['in_s']]).toEqual([36, 36])
    expect(at(200).params['in_s']).toBe(0)
  })
  it('counts down what names no flight since it was said, and never says that it is there', () => {
    const entering = { ...SIGN, params: { zone: 'R1', in_s: 20 }, flights: [], reasons: [] }
    expect(present(entering, NOW, 89, 112).params).toEqual({ zone: 'R1', in_s: 8 })
    expect(present(entering, NOW, 89, 190).params['in_s']).toBe(1)
    const life = { act: 1, code: 'acknowledge' as const, by: 'A', at_s: 100, until_s: null, reason: null, outcome: null }
    expect(present({ ...entering, life }, NOW, 89, 112).params['in_s']).toBe(20)
  })
  it('leaves what it does not know as it was said, and what is over too', () => {
    const blind = { ...NOW, alt_m: null, place: null, speed_mps: null }
    expect(present(SIGN, blind, 89, 100).params).toEqual(SIGN.params)
    expect(present({ ...SIGN, over: true }, NOW, 89, 200).params).toBe(SIGN.params)
  })
})
