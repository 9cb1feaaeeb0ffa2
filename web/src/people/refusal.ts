/** Refusal: what a person is told who could not do something with accounts. */

import { Refused } from '../api'

/** What was tried. */
export type Tried = 'login' | 'code' | 'unlock' | 'passkey' | 'link' | 'join' | 'password' | 'totp' | 'people'

export interface Refusal {
  /** Of the catalogue. */
  key: string
  /** What the server said, where no sentence of ours says it. */
  detail: string
  /** So long one must wait. */
  wait_s: number
  /** The field that is wrong. */
  at: string | null
}

/** What the browser says when a person stops a passkey, or takes too long. */
const STOPPED = new Set(['NotAllowedError', 'AbortError'])
const FIELDS = new Set(['password', 'login', 'name', 'roles'])

export function refusal(error: unknown, tried: Tried): Refusal {
  const bare = { detail: '', wait_s: 0, at: null }
  if (error instanceof Refused) return { ...bare, ...said(error, tried) }
  const name = error instanceof Error ? error.name : ''
  if (STOPPED.has(name)) return { ...bare, key: 'access.refused.stopped' }
  if (name === 'InvalidStateError') return { ...bare, key: 'access.refused.known' }
  return { ...bare, key: 'access.refused.dead' }
}

function said({ problem, wait_s }: Refused, tried: Tried): Partial<Refusal> & { key: string } {
  const at = problem.at ?? null
  switch (problem.status) {
    case 429:
      return { key: 'access.refused.wait', wait_s: Math.max(1, wait_s) }
    case 401:
      return problem.title === 'No session' ? { key: 'access.refused.over' } : { key: `access.refused.wrong.${tried}`, at }
    case 403:
      return { key: 'access.refused.roles' }
    case 423:
      return { key: 'access.refused.locked' }
    case 404:
      return { key: tried === 'link' || tried === 'join' ? 'access.refused.link' : 'access.refused.gone' }
    case 400: {
      const field = at === 'new' || at === 'old' ? 'password' : at
      if (field !== null && FIELDS.has(field)) return { key: `access.refused.bad.${field}`, at }
      return { key: 'access.refused.not_now', detail: problem.detail, at }
    }
    default:
      return { key: 'access.refused.not_now', detail: problem.detail, at }
  }
}
