import { describe, expect, it } from 'vitest'

import * as format from './format'

/** With common spaces, to be read. */
const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('numbers', () => {
  it('have a thin space between thousands and the decimal sign of the language', () => {
    expect(format.number(1234567.25, 1, 'en')).toBe('1\u202f234\u202f567.2')
    expect(format.number(1234567.25, 1, 'fr')).toBe('1\u202f234\u202f567,2')
    expect(format.number(999, 0, 'vi')).toBe('999')
  })
  it('round ties to the even digit and know no minus zero', () => {
    expect([0.5, 1.5, 2.5, -0.5, -2.5].map((v) => format.number(v, 0, 'en'))).toEqual(['0', '2', '2', '0', '-2'])
    expect(format.number(-0.04, 1, 'en')).toBe('0.0')
    expect([5, 15, 25, -25, 24.999999999].map((v) => format.rounded(v, 10))).toEqual([0, 20, 20, -20, 20])
  })
})

describe('units', () => {
  it('are metric or aviation, in steps that the eye can use', () => {
    expect(spaced(format.distance(994, 'en', 'metric'))).toBe('990 m')
    expect(spaced(format.distance(995, 'en', 'metric'))).toBe('1.0 km')
    expect(spaced(format.distance(4630, 'fr', 'aviation'))).toBe('2,5 NM')
    expect(spaced(format.height(1953, 'en', 'aviation'))).toBe('6 410 ft')
    expect(spaced(format.speed(14, 'en', 'aviation'))).toBe('27 kt')
  })
  it('never part from their value', () => {
    expect(format.distance(5e6, 'fr', 'metric')).not.toContain(' ')
    expect(format.parts(format.height(1500, 'en', 'metric'))).toEqual({ value: '1\u202f500', unit: 'm' })
    expect(format.parts('–')).toEqual({ value: '–', unit: '' })
  })
})

describe('times', () => {
  it('count down in seconds, then minutes', () => {
    expect([59, 147, 600, 3700].map((v) => spaced(format.duration(v, 'en')))).toEqual([
      '59 s', '2 min 27 s', '10 min', '61 min',
    ])
  })
  it('show ages as a watch does', () => {
    expect([0, 38, 724, 3900, -2].map((v) => spaced(format.age(v, 'en')))).toEqual(['0:00', '0:38', '12:04', '1 h 05', '0:00'])
    expect([0.31, 9.96, 42, 61].map((v) => spaced(format.since(v, 'en')))).toEqual(['0.3 s', '10 s', '42 s', '1:01'])
  })
  it('are UTC', () => {
    expect(format.clock(1633613467.9)).toBe('13:31:07')
    expect(format.date(1633613467.9)).toBe('2021-10-07')
  })
})

describe('directions and places', () => {
  it('are what a pilot says', () => {
    expect([0, 359.6, 228.4, 5].map(format.course)).toEqual(['360°', '360°', '228°', '005°'])
    expect(format.flight_level(1953)).toBe('FL064')
    expect(spaced(format.position(48.74121, -2.41862, 'en'))).toBe('48.7412 N 2.4186 W')
    expect(format.position_copied(48.7412345, 2.4186123)).toBe('48.741234, 2.418612')
  })
})

describe('what is absent', () => {
  it('is a dash, never 0', () => {
    expect([null, undefined, NaN, Infinity].map((v) => format.known(v, String))).toEqual(['–', '–', '–', '–'])
    expect(format.known(0, String)).toBe('0')
  })
})

describe('text from outside', () => {
  it('loses its control characters and is cut', () => {
    expect(format.plain('a\u202eb\nc\u0000')).toBe('a·b·c·')
    expect(format.plain('x'.repeat(30))).toBe(`${'x'.repeat(23)}…`)
    expect(Array.from(format.plain('😀'.repeat(30)))).toHaveLength(24)
  })
})
