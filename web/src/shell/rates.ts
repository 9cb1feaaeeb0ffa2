/** Rates: observations a second, of what sources have counted over the last while. */

import type { SourceState } from '../wire'

const OVER_S = 20

export class Rates {
  private counts: { at_s: number; of: Map<string, number> }[] = []

  take(at_s: number, sources: readonly SourceState[]): void {
    if (this.counts.at(-1)?.at_s === at_s) return
    this.counts = this.counts.filter((c) => at_s - c.at_s <= OVER_S && c.at_s < at_s)
    this.counts.push({ at_s, of: new Map(sources.map((s) => [s.id, s.observations])) })
  }

  /** null: too soon to say. */
  per_s(id: string): number | null {
    const [first, last] = [this.counts[0], this.counts.at(-1)]
    const [before, after] = [first?.of.get(id), last?.of.get(id)]
    if (!first || !last || before === undefined || after === undefined || last.at_s - first.at_s < 2) return null
    return Math.max(0, after - before) / (last.at_s - first.at_s)
  }
}
