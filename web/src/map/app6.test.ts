import { describe, expect, it } from 'vitest'

import { APP6 } from './app6'
import { glyphOf } from './glyphs'

describe('symbols after APP-6', () => {
  it('has a frame for every kind, unknown or friend, and no other', () => {
    const frames = new Set(Object.values(APP6).map((d) => d.fill.slice(0, 20)))
    expect(frames.size).toBe(4)
    expect(Object.keys(APP6).filter((name) => !/^app6-[a-z]+(-friend)?$/.test(name))).toEqual([])
  })
  it('is drawn where it was chosen; a friend is who is protected', () => {
    expect(glyphOf('drone', 'plain', true)).toBe('drone')
    expect(glyphOf('drone', 'app6', false)).toBe('app6-drone')
    expect(glyphOf('helicopter', 'app6', true)).toBe('app6-helicopter-friend')
  })
  it('tells kinds apart by the icon', () => {
    const icon = (kind: 'aircraft' | 'light' | 'helicopter' | 'drone' | 'glider' | 'balloon' | 'bird' | 'ultralight') => APP6[`app6-${kind}`].fill
    const kinds = ['aircraft', 'light', 'helicopter', 'drone', 'glider', 'balloon', 'bird', 'ultralight'] as const
    expect(new Set(kinds.map(icon)).size).toBe(kinds.length)
  })
})
