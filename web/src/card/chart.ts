/** Chart: scales, ticks and lines of the small charts of the card. Pure: numbers in, coordinates out. */

import type { Units } from '../wire'

export interface Scale {
  low: number
  high: number
  ticks: number[]
}

/** A round scale with two to five steps that holds every value, and 0 if it is near. */
export function scale(values: readonly number[], least: number): Scale {
  const low = Math.min(...values, Infinity)
  const high = Math.max(...values, -Infinity)
  if (low > high) return { low: 0, high: least, ticks: [0, least] }
  const from = low >= 0 && low < high / 2 ? 0 : low
  const to = Math.max(high, from + least)
  const step = round_step((to - from) / 3)
  const first = Math.floor(from / step) * step
  const steps = Math.max(1, Math.ceil((to - first) / step - 1e-9))
  const ticks = Array.from({ length: steps + 1 }, (_, i) => first + i * step)
  return { low: first, high: first + steps * step, ticks }
}

/** 1, 2, 2.5 or 5 times a power of ten, at least `size`. */
function round_step(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size))
  const found = [1, 2, 2.5, 5, 10].find((m) => m * power >= size * (1 - 1e-9)) ?? 10
  return found * power
}

/** The values of the line, and of the dots those that lie within twice its range; all dots where there is no line. */
export function near(line: readonly number[], dots: readonly number[], least: number): number[] {
  if (line.length === 0) return [...dots]
  const [low, high] = [Math.min(...line), Math.max(...line)]
  const room = Math.max(high - low, least)
  return [...line, ...dots.filter((v) => v > low - room && v < high + room)]
}

/** Where a value stands between two ends. */
export function along(value: number, low: number, high: number, from: number, to: number): number {
  return high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from)
}

/** An SVG path through the points; a value that is absent breaks the line. */
export function line(
  points: readonly (readonly [number, number | null])[],
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  let pen = false
  return points
    .map(([at, value]) => {
      if (value === null || !Number.isFinite(value)) {
        pen = false
        return ''
      }
      const said = `${pen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
      pen = true
      return said
    })
    .join('')
}

/** What the axes of the two charts are in. */
export const UNIT: Record<Units, { height: string; speed: string; least_height: number; least_speed: number }> = {
  metric: { height: 'm', speed: 'm/s', least_height: 20, least_speed: 5 },
  aviation: { height: 'ft', speed: 'kt', least_height: 100, least_speed: 10 },
}

export function height_in(value_m: number | null, units: Units): number | null {
  return value_m === null || units === 'metric' ? value_m : value_m / 0.3048
}

export function speed_in(value_mps: number | null, units: Units): number | null {
  return value_mps === null || units === 'metric' ? value_mps : (value_mps * 3600) / 1852
}
