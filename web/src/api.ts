/** API: requests to /api/v1. Every refusal is a problem document. */

import type { Problem } from './wire'

const ROOT = '/api/v1/'

/** What the server refused, and why. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title)
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'status' in value
}

async function answered<T>(asked: Promise<Response>): Promise<T> {
  const answer = await asked
  const body: unknown = await answer.json().catch(() => null)
  if (answer.ok) return body as T
  const bare = { type: 'about:blank', title: answer.statusText, status: answer.status, detail: '' }
  throw new Refused(isProblem(body) ? { ...bare, ...body } : bare)
}

export function get<T>(path: string): Promise<T> {
  return answered<T>(fetch(ROOT + path))
}

export function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return answered<T>(fetch(ROOT + path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

/** Where a socket of the API is. */
export function socketUrl(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${ROOT}${path}`
}
