import { decode } from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'

import { say } from './say'
import type { Catalogue, Language, Params, Units } from './wire'

/** What of node is needed here, to read what Python wrote (tests/console/test_say.py). */
declare const process: {
  env: Record<string, string | undefined>
  getBuiltinModule(name: 'node:fs'): { readFileSync(path: string): Uint8Array }
}

interface Vectors {
  words: Record<Language, Catalogue['words']>
  /** [template, params, language, units, what Python says] */
  said: [string, Params, Language, Units, string][]
}

const WORDS: Catalogue['words'] = {
  UNKNOWN: 'unknown',
  AND: ' and ',
  SIDE: ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'],
  TOWARDS: ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'],
  KIND: { drone: 'drone' },
  REFERENCE: { threshold: 'of threshold {}' },
  PHRASE: {
    place: '{distance} {direction} {of}', no_place: 'place unknown', no_level: 'height unknown',
    motion: 'moving {direction} at {speed}', no_motion: 'movement unknown', still: 'not moving',
  },
}
const english = (template: string, params: Params) => say(template, params, WORDS, 'en', 'metric')

describe('a sentence', () => {
  it('begins with a capital and keeps value and unit together', () => {
    const at = { distance_m: 1234, bearing_deg: 44, ref: 'threshold', name: '25' }
    expect(english('{kind:kind} {at:place}', { kind: 'drone', at })).toBe(
      'Drone 1.2\u00a0km north-east of threshold 25',
    )
  })

  it('says of what is absent that it is unknown, wherever it is absent', () => {
    expect(english('{v:distance}', {})).toBe('Unknown')
    expect(english('{v}', { v: null })).toBe('Unknown')
    expect(english('{v:place}', { v: { distance_m: null, bearing_deg: 1, ref: 'threshold', name: '' } })).toBe('Place unknown')
    expect(english('{v:level}', { v: { height_m: NaN, datum: 'amsl' } })).toBe('Height unknown')
    expect(english('{v:motion}', { v: { speed_mps: 9, track_deg: null } })).toContain('unknown')
  })

  it('is not broken by what it is filled with', () => {
    expect(english('{v} {w}', { v: '{w}', w: '$&' })).toBe('{w} $&')
    expect(english('{{{v}}}', { v: 'a\u202eb' })).toBe('{a·b}')
    expect(english('{v:kind}', { v: 'constructor' })).toBe('Constructor')
    expect(english('{v:toString}', { v: 1 })).toBe('1')
    expect(english('{v:distance}', { v: 'far' })).toBe('Unknown')
  })
})

const path = process.env['BEFFROI_SAID']
describe.skipIf(path === undefined)('the browser and Python', () => {
  it('say the same, word for word', () => {
    const vectors = decode(process.getBuiltinModule('node:fs').readFileSync(path ?? '')) as Vectors
    const other = vectors.said
      .map(([template, params, language, units, said]) => ({
        template, params, language, units, said, here: say(template, params, vectors.words[language], language, units),
      }))
      .filter((v) => v.said !== v.here)
    expect(vectors.said.length).toBeGreaterThan(5000)
    expect(other.slice(0, 5)).toEqual([])
  }, 60_000)
})
