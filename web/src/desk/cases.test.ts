import { describe, expect, it } from 'vitest'

import { caseOf, chips, listed, next, open, steps, told, type Cases } from './cases'
import { made, summary } from './made.test-data'

const of = (...all: ReturnType<typeof summary>[]): Cases => new Map(all.map((said) => [said.key, said]))

describe('what is known of cases', () => {
  it('takes what is newer, and not what is older', () => {
    const known = of(summary({ key: '1', version: 5, title: 'now' }))
    expect(told(known, summary({ key: '1', version: 4, title: 'then' })).get('1')?.title).toBe('now')
    expect(told(known, summary({ key: '1', version: 6, title: 'later' })).get('1')?.title).toBe('later')
  })
  it('hears who looks, although nothing was done', () => {
    const known = of(summary({ key: '1', version: 5 }))
    const here = [{ key: 'person:2', name: 'B' }]
    expect(told(known, summary({ key: '1', version: 5, here })).get('1')?.here).toEqual(here)
  })
  it('forgets after a break what the server lists no more, and keeps what was told meanwhile', () => {
    const before = of(summary({ key: '1' }), summary({ key: '2' }))
    const now = told(before, summary({ key: '3', version: 9 }))
    const after = listed(before, now, [summary({ key: '2', version: 8 }), summary({ key: '3', version: 1 })])
    expect([...after.keys()].sort()).toEqual(['2', '3'])
    expect(after.get('2')?.version).toBe(8)
    expect(after.get('3')?.version).toBe(9)
  })
  it('puts open ones in order: priority, then what changed last', () => {
    const all = of(
      summary({ key: '1', changed_s: 10 }),
      summary({ key: '2', changed_s: 30 }),
      summary({ key: '3', priority: 'urgent', changed_s: 1 }),
      summary({ key: '4', state: 'closed', priority: 'urgent' }),
    )
    expect(open(all).map((said) => said.key)).toEqual(['3', '2', '1'])
  })
  it('finds the open case of a sign, not a closed one', () => {
    const all = of(summary({ key: '1', state: 'closed', signs: ['a'] }), summary({ key: '2', signs: ['b', 'a'] }))
    expect(caseOf(all, 'a')?.key).toBe('2')
    expect(caseOf(all, 'c')).toBeUndefined()
  })
})

describe('the line of phases', () => {
  const who = { key: 'person:1', name: 'M. Laurent' }
  it('has each phase with its last decision, and says where it stands', () => {
    const line = steps({
      phase: 'credible',
      opened_s: 5,
      phases: [
        { phase: 'credible', at_s: 10, by: who, reason: 'first', evidence: [] },
        { phase: 'confirmed', at_s: 20, by: who, reason: '', evidence: [] },
        { phase: 'credible', at_s: 30, by: null, reason: 'it was a bird after all', evidence: [] },
      ],
    })
    expect(line.map((step) => step.phase)).toEqual(['sighting', 'credible', 'confirmed', 'suspended', 'search', 'resumed'])
    expect(line[0]).toMatchObject({ at_s: 5, by: null, isNow: false })
    expect(line[1]).toEqual({ phase: 'credible', at_s: 30, by: null, reason: 'it was a bird after all', isNow: true })
    expect(line[2]).toMatchObject({ at_s: 20, by: 'M. Laurent', isNow: false })
    expect(line[3]).toMatchObject({ at_s: null, isNow: false })
  })
  it('ends', () => {
    expect(next('sighting')).toBe('credible')
    expect(next('resumed')).toBeNull()
  })
})

describe('what a decision can cite', () => {
  it('names each as the server knows it', () => {
    const ids = chips(made(), 'person:1').map((chip) => chip.id)
    expect(ids).toEqual(['sign:s1', 'sighting:0a1b', 'file:ff00', 'person:1'])
    expect(chips(made(), null).some((chip) => chip.kind === 'person')).toBe(false)
  })
})
