/** Cases: which are known, in which order they stand, what may be cited and what comes next. */

import { RANK } from '../order'
import { PHASES, type Case, type CaseSummary, type Phase } from './wire'

export type Cases = ReadonlyMap<string, CaseSummary>

/** With what was told of one; what is older than what is known is no news. */
export function told(known: Cases, said: CaseSummary): Cases {
  const before = known.get(said.key)
  return before && before.version > said.version ? known : new Map(known).set(said.key, said)
}

/** What the server lists takes the place of what was known before it was asked; what was told since stays. */
export function listed(before: Cases, now: Cases, list: readonly CaseSummary[]): Cases {
  const since = [...now].filter(([key, said]) => before.get(key) !== said)
  return since.reduce((cases, [, said]) => told(cases, said), new Map(list.map((said) => [said.key, said])) as Cases)
}

/** Open ones: priority, then what changed last. */
export function open(cases: Cases): CaseSummary[] {
  const all = [...cases.values()].filter((said) => said.state === 'open')
  return all.sort((a, b) => RANK[a.priority] - RANK[b.priority] || b.changed_s - a.changed_s || a.key.localeCompare(b.key))
}

/** The open case that a sign has joined. */
export function caseOf(cases: Cases, sign: string): CaseSummary | undefined {
  return open(cases).find((said) => said.signs.includes(sign))
}

export interface Step {
  phase: Phase
  /** The last time that it was decided; null: it was not. */
  at_s: number | null
  by: string | null
  reason: string
  isNow: boolean
}

/** The line of phases, each with its last decision. */
export function steps(of: Pick<Case, 'phase' | 'phases' | 'opened_s'>): Step[] {
  return PHASES.map((phase) => {
    const decided = of.phases.filter((d) => d.phase === phase).at(-1)
    // A case begins as a sighting: nobody decides that.
    const { at_s = phase === 'sighting' ? of.opened_s : null, by = null, reason = '' } = decided ?? {}
    return { phase, at_s, by: by?.name ?? null, reason, isNow: phase === of.phase }
  })
}

/** What usually follows; null after the last. */
export function next(phase: Phase): Phase | null {
  return PHASES[PHASES.indexOf(phase) + 1] ?? null
}

export interface Chip {
  /** As a decision cites it: `sign:KEY`, `sighting:ID`, `file:HEX`, `person:KEY`. */
  id: string
  kind: 'sign' | 'sighting' | 'file' | 'person'
  name: string
  at_s: number | null
}

/** What of a case can be cited for a decision; `me` saw it with his own eyes. */
export function chips(of: Pick<Case, 'signs' | 'reports' | 'files'>, me: string | null): Chip[] {
  const sign = (key: string): Chip => ({ id: `sign:${key}`, kind: 'sign', name: key, at_s: null })
  const person: Chip[] = me === null ? [] : [{ id: prefixed('person', me), kind: 'person', name: me, at_s: null }]
  return [
    ...of.signs.map(sign),
    ...of.reports.map((r): Chip => ({ id: prefixed('sighting', r.subject), kind: 'sighting', name: r.reporter, at_s: r.time_s })),
    ...of.files.map((f): Chip => ({ id: `file:${f.digest}`, kind: 'file', name: f.name, at_s: f.at_s })),
    ...person,
  ]
}

/** A key that may already say what it is of. */
function prefixed(kind: string, key: string): string {
  return key.startsWith(`${kind}:`) ? key : `${kind}:${key}`
}
