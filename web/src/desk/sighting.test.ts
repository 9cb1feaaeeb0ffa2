import { describe, expect, it } from 'vitest'

import { ABOUT_M, BLANK, bearing_deg, body, seen_at, wrong, type Draft } from './sighting'

const compass = 'N NE E SE S SW W NW'.split(' ')
const site = { lat_deg: 48.72, lon_deg: 2.38, name: 'Orly' }
const NOON_S = Date.UTC(2026, 10, 22, 12, 0) / 1000
const by = { now_s: NOON_S, units: 'metric' as const, compass, site }
const draft = (more: Partial<Draft>): Draft => ({ ...BLANK, what: 'drone', ...more })

describe('the form of a sighting', () => {
  it('needs nothing but what was seen, and says then that it is about the site', () => {
    expect(wrong(draft({}), compass)).toBeNull()
    expect(wrong(draft({ what: '' }), compass)).toBe('what')
    expect(body(draft({}), by)).toEqual({ reporter: 'staff', what: 'drone', lat_deg: 48.72, lon_deg: 2.38, sigma_m: ABOUT_M })
  })
  it('gives a place by words: distance and direction from a threshold', () => {
    const from = { lat_deg: 48.7, lon_deg: 2.3, name: '24' }
    const sent = body(draft({ distance: '0.7', bearing: 'ne', from }), { ...by, units: 'aviation' })
    expect(sent).toMatchObject({ from, bearing_deg: 45 })
    expect(sent['distance_m']).toBeCloseTo(1296.4)
    expect(sent).not.toHaveProperty('sigma_m')
    expect(body(draft({ distance: '1,2', bearing: '240' }), by)).toMatchObject({ from: site, bearing_deg: 240, distance_m: 1200 })
  })
  it('prefers a place that was clicked', () => {
    const sent = body(draft({ distance: '1', bearing: 'N', place: { lat_deg: 48.5, lon_deg: 2.5 } }), by)
    expect(sent).toMatchObject({ lat_deg: 48.5, lon_deg: 2.5 })
    expect(sent).not.toHaveProperty('from')
  })
  it('says which field cannot be read', () => {
    expect(wrong(draft({ count: '1.5' }), compass)).toBe('count')
    expect(wrong(draft({ count: 'two' }), compass)).toBe('count')
    expect(wrong(draft({ height: 'low' }), compass)).toBe('height')
    expect(wrong(draft({ bearing: 'N' }), compass)).toBe('distance')
    expect(wrong(draft({ distance: '1' }), compass)).toBe('bearing')
    expect(wrong(draft({ distance: '1', bearing: '361' }), compass)).toBe('bearing')
    expect(wrong(draft({ distance: '-1', bearing: 'N' }), compass)).toBe('distance')
  })
  it('reads a direction in the words of the language or in degrees', () => {
    expect(bearing_deg('ĐB', 'B ĐB Đ ĐN N TN T TB'.split(' '))).toBe(45)
    expect(bearing_deg('045°', compass)).toBe(45)
    expect(bearing_deg('', compass)).toBeNull()
  })
  it('takes a time of the clock as the last one that was', () => {
    expect(seen_at('11:59', NOON_S)).toBe('2026-11-22T11:59:00.000Z')
    expect(seen_at('12:30', NOON_S)).toBe('2026-11-21T12:30:00.000Z')
    expect(seen_at('', NOON_S)).toBeNull()
  })
  it('leaves out what was left empty', () => {
    expect(Object.values(body(draft({ text: '  ' }), by))).not.toContain(null)
    expect(body(draft({ grade: 'B2', count: '2', height: '100' }), { ...by, units: 'aviation' })).toMatchObject({ grade: 'B2', count: 2, height_agl_m: 30.48 })
  })
})
