/** Moment: date and time of day, as lists say when something was. */

import { clock, date } from '../format'

/** `2026-11-22 14:21 UTC`; no line breaks within the date (U+2060, word joiner) or the time. */
export function moment(time_s: number): string {
  return `${date(time_s).replaceAll('-', '-\u2060')} ${clock(time_s).slice(0, 5)}\u00a0UTC`
}
