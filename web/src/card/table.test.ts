import { describe, expect, it } from 'vitest'

import { cells, type Table } from './cells'
import type { Reader } from './figures'
import { as_said, of_sign, of_source, of_track, type Moving } from './figures'
import { claim } from './identity'
import { Places } from './place'
import { worst_first } from './site'
import type { Sign, SiteInfo, SourceState } from '../wire'

const BY: Reader = { language: 'en', units: 'metric', t: (key, params) => [key, ...Object.values(params ?? {})].join(' ') }
const SITE: SiteInfo = {
  name: 'Scene', lat_deg: 48.7, lon_deg: 2.4, elevation_m: 87, languages: ['en'], units: 'metric', runways: [], aerodromes: [], zones: [],
  sources: [], recorded_on: null, basemap: false, borders: false,
}
const IT: Moving = {
  alt_m: 147.4, alt_sigma_m: null, speed_mps: 14, track_deg: 228, climb_mps: 0, age_s: 0,
  place: { distance_m: 1234, bearing_deg: 40, ref: 'threshold', name: '25' },
}
const SIGN: Sign = {
  key: 'k', number: 1, rule: 'r', track: 3, priority: 'urgent', state: 'new', over: false, opened_s: 1000, changed_s: 1000,
  over_s: null, params: {}, reasons: [], lat_deg: null, lon_deg: null, source: null, simulated: false, exercise: false,
  life: null,
  flights: [
    { callsign: 'LATER', subject: 'b', track: null, at_s: 1147, distance_m: 1, vertical_m: null, probability: 1, runway: null },
    { callsign: 'GONE', subject: 'c', track: null, at_s: 990, distance_m: 1, vertical_m: null, probability: 1, runway: null },
    { callsign: 'BFI214', subject: 'a', track: null, at_s: 1059, distance_m: 1, vertical_m: null, probability: 1, runway: null },
  ],
}
const said = (figures: { value: string; unit: string }[]) => figures.map((f) => `${f.value} ${f.unit}`.trim())

describe('the figures of a sign', () => {
  it('are height above the aerodrome, speed, distance, and the time to the next flight', () => {
    expect(said(of_sign(SIGN, IT, 87, 1000, BY))).toEqual(['60 m', '14 m/s', '1.2 km', '59 s'])
    expect(of_sign(SIGN, IT, 87, 1000, BY)[3]?.label).toBe('card.figure.to_flight BFI214')
  })
  it('say how long it lasts where no flight comes, and stop when it is over', () => {
    expect(said(of_sign({ ...SIGN, flights: [] }, IT, 87, 1038, BY))[3]).toBe('0:38')
    expect(said(of_sign({ ...SIGN, over: true, over_s: 1010 }, IT, 87, 9000, BY))[3]).toBe('0:10')
  })
  it('are never finer than what is known, and a dash where nothing is', () => {
    expect(said(of_sign(SIGN, { ...IT, alt_sigma_m: 30 }, 87, 1000, BY))[0]).toBe('60 m')
    expect(said(of_track({ ...IT, alt_m: 1234, alt_sigma_m: 80 }, BY))[0]).toBe('1\u202f200 m')
    expect(said(of_sign(SIGN, as_said(SIGN, null), 87, 1000, BY)).slice(0, 3)).toEqual(['–', '–', '–'])
  })
  it('say what the height is counted from', () => {
    expect(of_sign(SIGN, IT, null, 1000, BY)[0]).toEqual({ value: '147', unit: 'm', label: 'card.figure.amsl' })
    expect(of_sign(SIGN, IT, 160, 1000, BY)[0]?.value).toBe('−13')
  })
  it('come from the sign itself where the track is gone', () => {
    const params = { level: { height_m: 100, datum: 'amsl' }, motion: { speed_mps: null, track_deg: 3 } }
    const it = as_said({ ...SIGN, params }, null)
    expect([it.alt_m, it.speed_mps, it.track_deg]).toEqual([100, null, 3])
  })
})

const source = (id: string, state: SourceState['state'], last_s: number | null): SourceState => ({
  id, state, last_s, period_s: 5, observations: 12000, late: 0, unplaced: 0, refused: 3, dropped: 0, range_bias_m: null, azimuth_bias_deg: null,
  time_bias_s: null,
})

describe('sources', () => {
  it('stand worst first', () => {
    const all = [source('b', 'ok', 1), source('a', 'ok', 1), source('w', 'waiting', null), source('s', 'silent', 1), source('f', 'fault', 1)]
    expect(worst_first(all).map((s) => s.id)).toEqual(['f', 's', 'w', 'a', 'b'])
  })
  it('tell when they were last heard', () => {
    expect(said(of_source(source('r', 'silent', 958), 1000, BY))).toEqual(['42 s', '5.0 s', '12\u202f000', '3'])
    expect(said(of_source(source('r', 'waiting', null), 1000, BY))[0]).toBe('–')
  })
})

describe('a claimed identity', () => {
  it('is named by its kind, and shown whole where that is not known', () => {
    expect(claim('uas:1588E040')).toEqual({ kind: 'uas', value: '1588E040' })
    expect(claim('mac:60:60:1f')).toEqual({ kind: 'mac', value: '60:60:1f' })
    expect(claim('constructor:x')).toEqual({ kind: 'other', value: 'constructor:x' })
  })
})

describe('a row of the table', () => {
  const table: Table = {
    ...BY, tracks: null, places: new Places(SITE), now_s: 1038, name: () => '', kind: (k) => k.toUpperCase(), headline: () => 'Drone!',
  }
  const row = (signs: Sign[], track: number | null) => ({ id: 's', index: -1, track, signs, rank: 0, away_m: 0 })

  it('of what is gone keeps its sign, its place and its kind, and no old figures', () => {
    const sign = { ...SIGN, params: { kind: 'drone' }, lat_deg: 48.75, lon_deg: 2.4 }
    const made = cells(row([sign, SIGN], 3), table)
    expect(made).toMatchObject({ kind: 'DRONE', height: '–', speed: '–', name: 'card.track 3', age: '0:38' })
    expect(made?.sign).toBe('Drone! card.and_more 1')
    expect(made?.place).toContain('Scene')
  })
  it('is named after its source or its number, outside text made harmless', () => {
    expect(cells(row([{ ...SIGN, track: null, source: 'r\u202e1' }], null), table)?.name).toBe('r·1')
    expect(cells(row([{ ...SIGN, track: null }], null), table)?.name).toBe('card.sign 1')
    expect(cells(row([], 9), table)).toBeNull()
  })
})
