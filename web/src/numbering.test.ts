import { describe, expect, it } from 'vitest'

import { Ledger } from './numbering'
import type { EventMessage, Sign } from './wire'

const sign = (key: string, changed_s = 0): Sign => ({ key, changed_s }) as Sign
const event = (number: number, key: string): EventMessage => ({ m: 'event', number, sign: sign(key, number) })

function ledger(): Ledger {
  const made = new Ledger()
  made.snapshot({ m: 'signs', number: 7, signs: [sign('a')] })
  return made
}

describe('the ledger of signs', () => {
  it('takes events in their order', () => {
    const l = ledger()
    expect([l.event(event(8, 'b')), l.event(event(9, 'a'))]).toEqual(['applied', 'applied'])
    expect([l.number, [...l.signs.keys()], l.signs.get('a')?.changed_s]).toEqual([9, ['a', 'b'], 9])
  })
  it('passes over what it has, and takes nothing after a gap', () => {
    const l = ledger()
    expect(l.event(event(7, 'x'))).toBe('known')
    expect(l.event(event(9, 'x'))).toBe('gap')
    expect([l.number, l.signs.has('x')]).toEqual([7, false])
  })
  it('asks for a snapshot before anything else', () => {
    expect(new Ledger().event(event(1, 'a'))).toBe('gap')
  })
  it('is replaced by a snapshot, also by one of a server that began anew', () => {
    const l = ledger()
    l.snapshot({ m: 'signs', number: 1, signs: [sign('z')] })
    expect([l.number, [...l.signs.keys()]]).toEqual([1, ['z']])
    expect(l.event(event(2, 'y'))).toBe('applied')
  })
  it('says a new map at each change, so that the old one can be compared', () => {
    const l = ledger()
    const before = l.signs
    l.event(event(8, 'b'))
    expect(before.has('b')).toBe(false)
  })
})
