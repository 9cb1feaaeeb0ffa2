/** Offered: which commands there are for the person who looks. What somebody may not do is not offered. */

import { app } from '../state.svelte'
import { door } from './door.svelte'

/** Of commands that are not everybody's: any of these actions of the policy is enough. */
const NEEDS: Record<string, readonly string[]> = {
  acknowledge: ['sign.acknowledge'],
  'acknowledge-over': ['sign.acknowledge'],
  shelve: ['sign.shelve'],
  close: ['sign.close'],
  undo: ['sign.undo'],
  case: ['case.open', 'case.read'],
  cases: ['case.read'],
  'my-cases': ['case.read'],
  sighting: ['sighting.report'],
  handover: ['handover.write', 'handover.accept'],
  look: ['camera.read'],
  'live-or-replay': ['replay.read'],
  people: ['people.read'],
  exercise: ['exercise.run'],
}
/** Only where there are accounts. */
const GUARDED = new Set(['people', 'account', 'lock', 'sign-out'])
/** Also in a locked session, but not while it is locked. */
const OPEN = new Set(['account', 'lock'])

export function offered(command: string): boolean {
  if (GUARDED.has(command) && !door.isGuarded) return false
  if (OPEN.has(command) && app.locked) return false
  const needs = NEEDS[command]
  return needs === undefined || app.person === null || needs.some((action) => app.may(action))
}
