/** Dates in words. */

import type { Language } from '../wire'

/** `7 October 2021` of `2021-10-07`; what is no date is said as it is. */
export function spelled(day: string, language: Language): string {
  const at = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(at.getTime())) return day
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { dateStyle: 'long', timeZone: 'UTC' }).format(at)
}
