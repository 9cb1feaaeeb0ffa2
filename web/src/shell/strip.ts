/** Strip: the past as pixels. */

export const SPAN_S = 3600
const TICK_S = 600

/** A stretch of time on so many pixels. */
export class Scale {
  readonly from_s: number

  constructor(
    readonly to_s: number,
    readonly width_px: number,
    readonly span_s = SPAN_S,
  ) {
    this.from_s = to_s - span_s
  }
  x_px(at_s: number): number {
    return ((at_s - this.from_s) / this.span_s) * this.width_px
  }
  at_s(x_px: number): number {
    return this.from_s + (Math.min(this.width_px, Math.max(0, x_px)) / this.width_px) * this.span_s
  }
  holds(at_s: number): boolean {
    return at_s >= this.from_s && at_s <= this.to_s
  }
  /** So long that one sees it. */
  get seen_s(): number {
    return (2 * this.span_s) / this.width_px
  }
  /** Whole ten minutes. */
  ticks(): number[] {
    const first = Math.ceil(this.from_s / TICK_S) * TICK_S
    return Array.from({ length: Math.floor((this.to_s - first) / TICK_S) + 1 }, (_, i) => first + i * TICK_S)
  }
}

/** What is left of `from_s` to `to_s` when the gaps are taken out; those too short to be seen are not. */
export function kept(from_s: number, to_s: number, gaps: readonly [number, number][], shortest_s = 0): [number, number][] {
  const left: [number, number][] = []
  let at_s = from_s
  for (const [begin_s, end_s] of [...gaps].sort((a, b) => a[0] - b[0])) {
    if (end_s - begin_s < shortest_s) continue
    if (begin_s > at_s) left.push([at_s, Math.min(begin_s, to_s)])
    at_s = Math.max(at_s, end_s)
  }
  if (at_s < to_s) left.push([at_s, to_s])
  return left.filter(([begin_s, end_s]) => end_s > begin_s)
}
