import { describe, expect, it } from 'vitest'

import { blank, decode, encode, isStep, type Address } from './url'

const FULL: Address = {
  sign: '7fQx-2_a', track: 1042, case_key: '12', view: 'sources', pane: 'table', shelf: 'shelved', camera: { lat_deg: 48.72345, lon_deg: -2.37, zoom: 11.25 },
  heights: [0, 3000], layers: { trails: false, labels: true, carpet: false, zones: true, height_colours: true },
  language: 'vi', units: 'aviation', theme: 'light', textSize: 115, symbols: 'app6', at_s: 1_633_600_000,
}

describe('the address', () => {
  it('says everything and reads it back', () => {
    expect(decode(encode(FULL))).toEqual(FULL)
  })
  it('is empty when all is as usual', () => {
    expect(encode(blank())).toBe('')
    expect(decode('')).toEqual(blank())
  })
  it('can say that no layer is shown', () => {
    const none = { trails: false, labels: false, carpet: false, zones: false, height_colours: false }
    expect(decode(encode({ ...blank(), layers: none })).layers).toEqual(none)
  })
  it.each([
    '?sign=<script>', '?sign=a%20b', '?track=-1', '?track=1e9', '?view=admin', '?at=1,2', '?at=91,0,3', '?at=a,b,c',
    '?height=5..1', '?height=x..y', '?lang=de', '?text=400', '?t=yesterday', '?theme=__proto__', '?at=,,', '?shelf=mine',
  ])('takes %s as usual', (search) => {
    expect(decode(search)).toEqual(blank())
  })
  it('makes an entry of the history for another object or view, not for a moved map', () => {
    expect(isStep(blank(), { ...blank(), sign: 'a' })).toBe(true)
    expect(isStep(blank(), { ...blank(), at_s: 5 })).toBe(true)
    expect(isStep({ ...blank(), at_s: 4 }, { ...blank(), at_s: 5 })).toBe(false)
    expect(isStep(blank(), { ...blank(), camera: { lat_deg: 1, lon_deg: 2, zoom: 3 } })).toBe(false)
  })
})
