import { describe, expect, it } from 'vitest'

import { isWaiting, left_s, stages } from './tower'
import type { TowerText } from './wire'

const said = (more: Partial<TowerText>): TowerText => ({
  id: 1, case: '7', text: 'drone, 350 to 450 feet AMSL', by: { key: 'person:1', name: 'M' }, draft_s: 90, sent_s: 100,
  shown_s: null, readback_s: null, overdue: false, ...more,
})

describe('a text for the tower', () => {
  it('counts down from sending, and on below nothing', () => {
    expect(left_s(said({}), 100)).toBe(30)
    expect(left_s(said({}), 145)).toBe(-15)
  })
  it('is not waited for before it is sent, nor after the read-back', () => {
    expect(left_s(said({ sent_s: null }), 500)).toBeNull()
    expect(left_s(said({ readback_s: 110 }), 500)).toBeNull()
    expect(isWaiting(said({ readback_s: 110 }))).toBe(false)
    expect(isWaiting(said({}))).toBe(true)
  })
  it('is overdue when the server says so, whatever the clock here says', () => {
    expect(left_s(said({ overdue: true }), 110)).toBe(0)
  })
  it('has four stages, each with its time', () => {
    expect(stages(said({ shown_s: 104 }))).toEqual([
      { stage: 'draft', at_s: 90 }, { stage: 'sent', at_s: 100 }, { stage: 'shown', at_s: 104 }, { stage: 'readback', at_s: null },
    ])
  })
})
