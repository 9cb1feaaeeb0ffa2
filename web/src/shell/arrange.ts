/** Arrange: what may move in the queue. Rows under a pointer or focus stay; new ones wait, urgent ones enter. */

import type { Sign } from '../wire'
import type { Row } from './fold'

export interface Arrangement {
  rows: Row[]
  /** So many signs wait behind "2 new signs". */
  waiting: number
  /** Keys of rows that entered at the top while the others stayed. */
  entered: string[]
}

/** The rows to show: `now` where the list is free; else those of `before` as they stand, with their signs as
they are now, and what is new and urgent above them. */
export function arrange(
  before: readonly Row[],
  now: readonly Row[],
  sign: (key: string) => Sign | undefined,
  held: boolean,
): Arrangement {
  if (!held || before.length === 0) return { rows: [...now], waiting: 0, entered: [] }
  const kept = before.map((row) => refreshed(row, sign)).filter((row) => row.signs.length > 0)
  const shown = new Set(kept.flatMap((row) => row.signs.map((s) => s.key)))
  const fresh = now.flatMap((row) => row.signs).filter((s) => !shown.has(s.key))
  const urgent = fresh.filter((s) => s.priority === 'urgent').map((s) => ({ key: s.key, signs: [s] }))
  return {
    rows: [...urgent, ...kept],
    waiting: fresh.length - urgent.length,
    entered: urgent.map((row) => row.key),
  }
}

/** A sign that became urgent leaves its fold: it must be seen. */
function refreshed(row: Row, sign: (key: string) => Sign | undefined): Row {
  const signs = row.signs.map((s) => sign(s.key) ?? s)
  const isFold = row.signs.length > 1 || row.key.startsWith('fold:')
  return { key: row.key, signs: isFold ? signs.filter((s) => s.priority !== 'urgent') : signs }
}

/** The signs at which `j` and `k` stop: a closed fold is one stop. */
export function stops(rows: readonly Row[], opened: ReadonlySet<string>): string[] {
  return rows.flatMap((row) => (opened.has(row.key) ? row.signs : row.signs.slice(0, 1)).map((s) => s.key))
}

/** The stop that is `step` away from the selected sign; from nothing to the first or last. */
export function step(rows: readonly Row[], opened: ReadonlySet<string>, selected: string | null, by: 1 | -1): string | null {
  const all = stops(rows, opened)
  const row = rows.find((r) => r.signs.some((s) => s.key === selected))
  const at = all.findIndex((key) => key === selected)
  const from = at >= 0 ? at : all.findIndex((key) => key === row?.signs[0]?.key)
  if (from < 0) return (by > 0 ? all[0] : all.at(-1)) ?? null
  return all[Math.min(all.length - 1, Math.max(0, from + by))] ?? null
}
