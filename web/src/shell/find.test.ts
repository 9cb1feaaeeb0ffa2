import { describe, expect, it } from 'vitest'

import { caps } from './caps'
import { bare, find, type Item } from './find'
import { Rates } from './rates'
import { initials } from './row'
import { spelled } from './spelled'
import { freshness, World } from '../world.svelte'
import { wait_ms } from '../live'
import type { SourceState } from '../wire'

const item = (text: string): Item => ({ id: text, kind: 'track', text, hint: '', run: () => undefined })

describe('find', () => {
  it('puts what begins with it first', () => {
    const items = ['Drone 25', 'AFR25', 'Approach 25 L', '25 nord'].map(item)
    expect(find(items, '25').map((i) => i.text)).toEqual(['25 nord', 'Drone 25', 'Approach 25 L', 'AFR25'])
  })
  it('finds words however they are typed', () => {
    expect(bare('Đường Tàu bay')).toBe('duong tau bay')
    expect(find([item('Mettre à l’écart'), item('Autre')], 'ECART')).toHaveLength(1)
  })
  it('finds nothing for what is nowhere, and shows at most twelve', () => {
    expect(find([item('a')], 'zz')).toEqual([])
    expect(find(Array.from({ length: 40 }, (_, i) => item(`x${i}`)), 'x')).toHaveLength(12)
  })
})

describe('words and numbers of the shell', () => {
  it('spells dates', () => {
    expect([spelled('2021-10-07', 'en'), spelled('2021-10-07', 'fr')]).toEqual(['7 October 2021', '7 octobre 2021'])
    expect(spelled('no date', 'vi')).toBe('no date')
  })
  it('writes keys', () => {
    expect(caps('Shift+ArrowLeft', '')).toEqual(['Shift', 'ArrowLeft'])
    expect([caps('Ctrl+k', ''), caps('+', ''), caps(' ', 'Espace'), caps('s', '', 'g')]).toEqual([['Ctrl', 'K'], ['+'], ['Espace'], ['G', 'S']])
  })
  it('makes initials', () => {
    expect([initials('Marie Laurent'), initials('local'), initials('')]).toEqual(['ML', 'L', ''])
  })
  it('counts observations a second, and not before it can', () => {
    const rates = new Rates()
    const source = (observations: number): SourceState => ({ id: 'a', observations }) as SourceState
    rates.take(0, [source(100)])
    expect(rates.per_s('a')).toBeNull()
    rates.take(10, [source(150)])
    expect(rates.per_s('a')).toBe(5)
    rates.take(100, [source(150)])
    expect(rates.per_s('a')).toBeNull()
  })
})

describe('an old picture', () => {
  it('is old from 3 s and dead from 10 s on', () => {
    expect([2.9, 3, 9.9, 10].map(freshness)).toEqual(['live', 'old', 'old', 'dead'])
  })
  it('stops the clock of the server at its last frame', () => {
    const world = new World()
    world.take({ m: 'hello', now_s: 50, speed: 2, mode: 'live', person: { key: '', name: '', role: '', roles: [], may: [], locked: false }, version: '', store: '', whole: true, exercise: null }, 0)
    const none = new Uint8Array(0)
    const tracks = { id: none, lat: none, lon: none, alt: none, climb: none, speed: none, course: none, major: none, minor: none, turned: none, kind: none, flags: none, age: none, names: '' }
    const alarms = { urgent: 0, high: 0, notice: 0, open: 0, in_10_min: 0, loudest: null, shelved: 0, stale: 0, exercise: 0 }
    world.take({ m: 'frame', now_s: 100, n: 0, tracks, bearings: [], flights: [], sources: [], qnh_hpa: null, alarms }, 1000)
    expect([1000, 3000, 10_900, 11_000, 60_000].map((ms) => world.now_s(ms))).toEqual([100, 104, 119.8, 100, 100])
  })
  it('asks the store that it has events of, until another has told how things are', () => {
    const world = new World()
    const hello = (store: string) => world.take({ m: 'hello', now_s: 50, speed: 2, mode: 'live', person: { key: '', name: '', role: '', roles: [], may: [], locked: false }, version: '', store, whole: true, exercise: null }, 0)
    const asked: (string | null)[] = [world.since]
    hello('a')
    world.take({ m: 'signs', number: 7, signs: [] }, 0)
    asked.push(world.since)
    hello('b')
    asked.push(world.since)
    world.take({ m: 'signs', number: 2, signs: [] }, 0)
    expect([...asked, world.since]).toEqual([null, 'a:7', 'a:7', 'b:2'])
  })
  it('waits longer before each try, up to eight seconds', () => {
    expect([0, 1, 4, 20].map((n) => wait_ms(n, 0.5))).toEqual([500, 1000, 8000, 8000])
  })
})
