import { describe, expect, it } from 'vitest'

import { destination } from './camera'
import { rulerText, scaleBar } from './measure'

describe('ruler', () => {
  it('says distance and true direction in the units of the page', () => {
    const from = { lat_deg: 48.7233, lon_deg: 2.3794 }
    const ruler = { from, to: destination(from, 228, 4300) }
    expect(rulerText(ruler, 'en', 'metric')).toBe('4.3\u00a0km · 228°')
    expect(rulerText(ruler, 'fr', 'aviation')).toBe('2,3\u00a0NM · 228°')
  })
})

describe('scaleBar', () => {
  it('is a round length that fits', () => {
    for (let power = -6; power < 1; power += 0.1) {
      for (const units of ['metric', 'aviation'] as const) {
        const bar = scaleBar(10 ** power, 100, units, 'en')
        expect(bar.width_px).toBeLessThanOrEqual(100)
        expect(bar.width_px).toBeGreaterThan(30)
        expect(bar.said).toMatch(/^(0\.[125]|[125][0\u202f]*)\u00a0(km|m|NM|ft)$/)
      }
    }
    expect(scaleBar(0.074, 90, 'metric', 'en')).toMatchObject({ length_m: 1000, said: '1\u00a0km' })
  })
})
