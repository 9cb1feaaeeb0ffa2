/** API: requests to /api/v1. Every refusal is a problem document. */

import type { Problem } from './wire'

const ROOT = '/api/v1/'

/** What the server refused, and why. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem,
    /** It may be asked again after so long; 0: nothing was said of it. */
    readonly wait_s = 0,
  ) {
    super(problem.detail || problem.title)
  }
}

/** Called when the session may be over, or locked: so an answer said, or a socket was closed. */
export let sessionChanged: () => void = () => undefined
export function onSession(does: () => void): void {
  sessionChanged = does
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'status' in value
}

async function answered<T>(asked: Promise<Response>): Promise<T> {
  const answer = await asked
  const body: unknown = await answer.json().catch(() => null)
  if (answer.ok) return body as T
  const bare = { type: 'about:blank', title: answer.statusText, status: answer.status, detail: '' }
  if (answer.status === 401 || answer.status === 423) sessionChanged()
  throw new Refused(isProblem(body) ? { ...bare, ...body } : bare, Number(answer.headers.get('retry-after') ?? 0))
}

export function get<T>(path: string): Promise<T> {
  return answered<T>(fetch(ROOT + path))
}

export function post<T>(path: string, body?: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return answered<T>(fetch(ROOT + path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

export function put<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return answered<T>(fetch(ROOT + path, { method: 'PUT', headers, body: JSON.stringify(body) }))
}

export function remove(path: string): Promise<unknown> {
  return answered(fetch(ROOT + path, { method: 'DELETE' }))
}

/** Sends the bytes of a file. */
export function upload<T>(path: string, file: File): Promise<T> {
  const headers = { 'content-type': file.type || 'application/octet-stream' }
  return answered<T>(fetch(ROOT + path, { method: 'POST', headers, body: file }))
}

/** What a link or picture of the page names. */
export function href(path: string): string {
  return ROOT + path
}

/** Where a socket of the API is. */
export function socketUrl(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${ROOT}${path}`
}
