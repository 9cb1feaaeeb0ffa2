import { describe, expect, it } from 'vitest'

import { AGAIN_MS, Ringer } from './ringing'
import type { Priority, Sign, State } from './wire'

const sign = (key: string, priority: Priority, state: State = 'new'): Sign => ({ key, priority, state }) as Sign

describe('ringing', () => {
  it('rings for an urgent sign at once and every ten seconds until it is acknowledged', () => {
    const ringer = new Ringer()
    const urgent = [sign('a', 'urgent')]
    expect(ringer.due(urgent, 0)).toBe('urgent')
    expect(ringer.due(urgent, AGAIN_MS - 1)).toBeNull()
    expect(ringer.due(urgent, AGAIN_MS)).toBe('urgent')
    expect(ringer.due([sign('a', 'urgent', 'acknowledged')], 3 * AGAIN_MS)).toBeNull()
  })
  it('rings once for a high sign, not for those that were there before, never for a notice', () => {
    const ringer = new Ringer()
    expect(ringer.due([sign('a', 'high')], 0)).toBeNull()
    expect(ringer.due([sign('a', 'high'), sign('b', 'high'), sign('c', 'notice')], 1)).toBe('high')
    expect(ringer.due([sign('a', 'high'), sign('b', 'high'), sign('d', 'notice')], 2 * AGAIN_MS)).toBeNull()
  })
  it('is silenced for the signs that ring, not for the next', () => {
    const ringer = new Ringer()
    const first = [sign('a', 'urgent')]
    ringer.due(first, 0)
    expect(ringer.silence(first)).toBe(true)
    expect(ringer.silence(first)).toBe(false)
    expect(ringer.due(first, 5 * AGAIN_MS)).toBeNull()
    expect(ringer.due([...first, sign('b', 'urgent')], 5 * AGAIN_MS + 1)).toBe('urgent')
  })
  it('rings when a high sign becomes urgent', () => {
    const ringer = new Ringer()
    ringer.due([sign('a', 'high')], 0)
    expect(ringer.due([sign('a', 'urgent')], 1)).toBe('urgent')
  })
})
