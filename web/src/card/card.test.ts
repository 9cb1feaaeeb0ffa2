import { describe, expect, it } from 'vitest'

import { Tracks } from '../frame'
import type { Reason, Sign, SiteInfo } from '../wire'
import { along, line, scale } from './chart'
import { bearing_deg, distance_m, Places } from './place'
import { csv, in_order, rows, window_of } from './rows'
import { evidence, ordered, tally } from './why'

const SITE: SiteInfo = {
  name: 'Scene', lat_deg: 48.7233, lon_deg: 2.3794, elevation_m: 89, languages: ['en'], units: 'metric',
  runways: [
    {
      aerodrome: 'LFPX', width_m: 45,
      ends: [
        { designator: '07', lat_deg: 48.72, lon_deg: 2.36, elevation_m: 89 },
        { designator: '25', lat_deg: 48.73, lon_deg: 2.40, elevation_m: 89 },
      ],
    },
  ],
  aerodromes: [], zones: [], sources: [], recorded_on: null, basemap: false, borders: false,
}
const PLACES = new Places(SITE)

const reason = (weight: number, ...of: string[]): Reason => ({ code: 'r', params: {}, weight, evidence: of })
const sign = (key: string, priority: Sign['priority'], track: number | null): Sign => ({
  key, number: 1, rule: 'loitering', track, priority, state: 'new', over: false, opened_s: 0, changed_s: 0, over_s: null,
  params: {}, reasons: [], lat_deg: null, lon_deg: null, flights: [], source: null, simulated: false, exercise: false,
  life: null,
})

const bytes = (array: Int32Array | Int16Array | Uint16Array | Uint8Array) => new Uint8Array(array.buffer)
/** Tracks 1..n, each 1 km farther east of threshold 25, 100 m higher. */
function tracks(n: number): Tracks {
  const each = <T>(of: (i: number) => T) => Array.from({ length: n }, (_, i) => of(i))
  const u2 = bytes(new Uint16Array(n))
  return new Tracks({
    n,
    tracks: {
      id: bytes(new Int32Array(each((i) => i + 1))),
      lat: bytes(new Int32Array(each(() => 48.73e7))),
      lon: bytes(new Int32Array(each((i) => 2.4e7 + 136_000 * i))),
      alt: bytes(new Int16Array(each((i) => (i === 0 ? -32768 : 100 * i)))),
      climb: bytes(new Int16Array(n)), speed: u2, course: u2, major: u2, minor: u2,
      turned: new Uint8Array(n), kind: new Uint8Array(n), flags: new Uint8Array(n), age: u2,
      names: each(() => '').join('\n'),
    },
  })
}

describe('a place', () => {
  it('is told from the nearest threshold, far away from the site', () => {
    const near = PLACES.of({ lat_deg: 48.74, lon_deg: 2.40 })
    expect(near.name).toBe('25')
    expect(near.distance_m).toBeCloseTo(1112, -1)
    expect(Math.round(near.bearing_deg) % 360).toBe(0)
    expect(PLACES.of({ lat_deg: 49.5, lon_deg: 2.4 }).ref).toBe('aerodrome')
  })
  it('is measured as on the globe', () => {
    const [paris, lyon] = [{ lat_deg: 48.8566, lon_deg: 2.3522 }, { lat_deg: 45.764, lon_deg: 4.8357 }]
    expect(distance_m(paris, lyon)).toBeGreaterThan(391_000)
    expect(distance_m(paris, lyon)).toBeLessThan(393_000)
    expect(bearing_deg({ lat_deg: 0, lon_deg: 179.9 }, { lat_deg: 0, lon_deg: -179.9 })).toBeCloseTo(90, 6)
  })
})

describe('reasons', () => {
  const three = [reason(-1, 'track:7'), reason(1, 'frame:aa', 'frame:ab', 'frame:aa', 'zone:RING'), reason(0, 'source:r1', 'flight:AFR1')]
  it('are counted for and against; one that weighs nothing is neither', () => {
    expect(tally(three)).toEqual({ for: 1, against: 1 })
    expect(ordered(three).map((r) => r.weight)).toEqual([1, 0, -1])
  })
  it('name what they rest on once', () => {
    expect(three.map(evidence)).toEqual([
      { frames: 0, tracks: [7], zones: [], others: [] },
      { frames: 2, tracks: [], zones: ['RING'], others: [] },
      { frames: 0, tracks: [], zones: [], others: ['r1', 'AFR1'] },
    ])
  })
})

describe('a scale', () => {
  it('is round, holds every value, and has few ticks', () => {
    for (const values of [[0, 61], [0.1, 19.8], [1000, 1003], [-5, 80], [42], [9_999, 12_345]]) {
      const { low, high, ticks } = scale(values, 10)
      expect(low).toBeLessThanOrEqual(Math.min(...values))
      expect(high).toBeGreaterThanOrEqual(Math.max(...values))
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(6)
    }
    expect(scale([0, 61], 10).ticks).toEqual([0, 25, 50, 75])
    expect(scale([], 10)).toEqual({ low: 0, high: 10, ticks: [0, 10] })
  })
  it('places values, and a line breaks where one is absent', () => {
    expect(along(5, 0, 10, 100, 0)).toBe(50)
    expect(line([[0, 1], [1, null], [2, 3], [3, 4]], (v) => v, (v) => v)).toBe('M0.0 1.0M2.0 3.0L3.0 4.0')
  })
})

describe('the table', () => {
  it('puts the most pressing first, then the nearest to a runway, and signs without a track too', () => {
    const signs = [sign('u', 'urgent', 3), sign('s', 'notice', null), sign('g', 'high', 99)]
    expect(rows(tracks(4), signs, PLACES, [0, 9000]).map((r) => r.id)).toEqual(['t3', 'sg', 'ss', 't1', 't2', 't4'])
    expect(rows(null, signs, PLACES, [0, 9000]).map((r) => r.id)).toEqual(['su', 'sg', 'ss'])
  })
  it('filters by height, but never a sign nor an unknown height', () => {
    const shown = rows(tracks(5), [sign('u', 'urgent', 5)], PLACES, [150, 250])
    expect(shown.map((r) => r.id)).toEqual(['t5', 't1', 't3'])
  })
  it('holds its order: who is gone keeps the place, who is new comes last', () => {
    const fresh = rows(tracks(2), [sign('u', 'urgent', null)], PLACES, [0, 9000])
    const held = in_order(['t2', 't9', 't1'], fresh)
    expect(held.map((h) => h.id)).toEqual(['t2', 't9', 't1', 'su'])
    expect(held.map((h) => h.row === null)).toEqual([false, true, false, false])
  })
  it('draws all of a few rows and only those in sight of many', () => {
    expect(window_of(299, 900, 400, 36)).toEqual([0, 299])
    expect(window_of(5000, 3600, 720, 36)).toEqual([92, 128])
    expect(window_of(300, 1e6, 720, 36)[1]).toBe(300)
  })
})

describe('CSV', () => {
  it('quotes, leaves absent cells empty, and runs no formula', () => {
    expect(csv([['a,b', 'say "x"', null, 1.5, NaN], ['=1+1', '-x', 'é', 0, 'l\nm']])).toBe(
      '"a,b","say ""x""",,1.5,\r\n\'=1+1,\'-x,é,0,"l\nm"\r\n',
    )
  })
})
