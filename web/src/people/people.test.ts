import { describe, expect, it } from 'vitest'

import { Refused } from '../api'
import type { GrantInfo, PersonInfo, SessionInfo } from '../wire'
import { WORDS } from '../words'
import { isIn, linked, reading } from './doorway'
import { canAgree, canTake, missing, ordered, waiting } from './grants'
import { refusal, type Tried } from './refusal'

const person = { key: 'person:1', name: 'Ada', role: 'operator', roles: [], may: [], locked: false }
function session(more: Partial<SessionInfo>): SessionInfo {
  return { state: 'none', person: null, ends_s: null, locks_s: null, second: [], passkeys: false, openid: null, local: false, first: false, ...more }
}
function grant(more: Partial<GrantInfo> = {}): GrantInfo {
  return { id: 1, person: 'person:2', name: 'Bea', role: 'approver', state: 'asked', asked_by: 'Ada', asked_s: 10, agreed_by: null, from_s: null, ...more }
}
function somebody(more: Partial<PersonInfo> = {}): PersonInfo {
  return { key: 'person:2', login: 'bea', name: 'Bea', roles: ['operator'], grants: [], factors: 1, made_s: 0, closed_s: null, ...more }
}
const may = (...actions: string[]) => (action: string): boolean => actions.includes(action)
function refused(status: number, more: { at?: string; title?: string; detail?: string; wait_s?: number } = {}): Refused {
  const { wait_s = 0, title = 'T', detail = 'said', ...rest } = more
  return new Refused({ type: 'about:blank', title, status, detail, ...rest }, wait_s)
}

describe('the doorway', () => {
  it('lets in who has a session, locked or not, and whoever is there where there are no accounts', () => {
    expect(isIn(session({ local: true, state: 'open' }))).toBe(true)
    expect(isIn(session({ state: 'open', person }))).toBe(true)
    expect(isIn(session({ state: 'locked', person }))).toBe(true)
  })
  it('lets nobody else in', () => {
    expect(isIn(null)).toBe(false)
    expect(isIn(session({}))).toBe(false)
    expect(isIn(session({ state: 'second' }))).toBe(false)
    expect(isIn(session({ state: 'open', person: null }))).toBe(false)
  })
  it('reads a one-time link and a refusal of an issuer from the fragment', () => {
    expect(reading('#link=aB-_9')).toEqual({ link: 'aB-_9' })
    expect(reading('#openid=too%20late')).toEqual({ openid: 'too late' })
    expect(reading('#openid=a+b')).toEqual({ openid: 'a+b' })
    for (const other of ['', '#', '#link=', '#link=a%20b', '#x=1']) expect(reading(other)).toBeNull()
  })
  it('hands a link on with its secret in the fragment alone', () => {
    const link = new URL(linked('https://watch.example', 's3cret'))
    expect([link.search, link.pathname]).toEqual(['', '/'])
    expect(reading(link.hash)).toEqual({ link: 's3cret' })
  })
})

describe('a refusal', () => {
  const TRIED: Tried[] = ['login', 'code', 'unlock', 'passkey', 'link', 'join', 'password', 'totp', 'people']

  it('has words for each thing that can be tried, whatever the answer', () => {
    const errors = [
      ...[400, 403, 404, 409, 423, 429, 500].map((status) => refused(status)),
      ...['password', 'new', 'old', 'login', 'name', 'roles', 'label'].map((at) => refused(400, { at })),
      refused(401, { title: 'No session' }),
      new DOMException('', 'NotAllowedError'),
      new DOMException('', 'InvalidStateError'),
      new TypeError('Failed to fetch'),
    ]
    const keys = TRIED.flatMap((tried) => errors.map((error) => refusal(error, tried).key))
    expect(keys.filter((key) => !(key in WORDS.en))).toEqual([])
    const wrong = TRIED.filter((tried) => tried !== 'link').map((tried) => refusal(refused(401), tried).key)
    expect(wrong.filter((key) => !(key in WORDS.en))).toEqual([])
  })
  it('says how long one must wait', () => {
    expect(refusal(refused(429, { wait_s: 8 }), 'login')).toMatchObject({ key: 'access.refused.wait', wait_s: 8 })
    expect(refusal(refused(429), 'login').wait_s).toBeGreaterThan(0)
  })
  it('names the field that is wrong, and shows what the server said where we have no sentence', () => {
    expect(refusal(refused(400, { at: 'password' }), 'join')).toMatchObject({ at: 'password', detail: '' })
    expect(refusal(refused(409, { detail: 'the last administrator stays' }), 'people').detail).toBe('the last administrator stays')
  })
})

describe('grants', () => {
  it('offers roles that are not held and not asked for', () => {
    const of = somebody({ grants: [grant({ role: 'operator', state: 'holds' }), grant()] })
    const roles = missing(of, 'person:1', may('people.grant', 'people.approver'))
    expect(roles).not.toContain('operator')
    expect(roles).not.toContain('approver')
    expect(roles).toContain('supervisor')
  })
  it('offers the role of approver to who may ask for it, never for oneself', () => {
    expect(missing(somebody(), 'person:1', may('people.approver'))).toEqual(['approver'])
    expect(missing(somebody(), 'person:2', may('people.approver'))).toEqual([])
    expect(missing(somebody(), 'person:1', may())).toEqual([])
  })
  it('takes a second person, who is neither the one who asked nor the one who gets it', () => {
    const [ada, bea, cleo] = [{ key: 'person:1', name: 'Ada' }, { key: 'person:2', name: 'Bea' }, { key: 'person:3', name: 'Cleo' }]
    expect(canAgree(grant(), somebody(), cleo)).toBe(true)
    expect(canAgree(grant(), somebody(), ada)).toBe(false)
    expect(canAgree(grant(), somebody(), bea)).toBe(false)
    expect(canAgree(grant({ state: 'agreed' }), somebody(), cleo)).toBe(false)
    expect(canAgree(grant(), somebody({ factors: 0 }), cleo)).toBe(false)
  })
  it('lets either of the two withdraw what waits, and only who may revoke take what holds', () => {
    expect(canTake(grant(), may('people.approver'))).toBe(true)
    expect(canTake(grant({ state: 'agreed' }), may('people.approver'))).toBe(true)
    expect(canTake(grant({ state: 'holds' }), may('people.approver'))).toBe(false)
    expect(canTake(grant({ state: 'holds' }), may('people.revoke'))).toBe(true)
  })
  it('lists what waits, the oldest first, and people by name, the closed ones last', () => {
    const [old, young, held] = [grant({ id: 1, asked_s: 5 }), grant({ id: 2, asked_s: 9, state: 'agreed' }), grant({ id: 3, state: 'holds' })]
    expect(waiting([somebody({ grants: [young, held] }), somebody({ grants: [old] })]).map((g) => g.id)).toEqual([1, 2])
    const names = ordered([somebody({ name: 'Zoé' }), somebody({ name: 'Ana', closed_s: 4 }), somebody({ name: 'élise' })], 'fr').map((p) => p.name)
    expect(names).toEqual(['élise', 'Zoé', 'Ana'])
  })
})
