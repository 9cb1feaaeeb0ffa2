/** Format: numbers, units, times and outside text as the console writes them, in three languages.

The sentences of beffroi.sentence use the same quantities, so rounding is Python's: to the nearest, ties to the
even digit. A value and its unit never part (no-break space); thousands by a thin space in every language. */

import type { Language, Units } from './wire'

export const JOIN = '\u00a0'
export const THIN = '\u202f'
/** Said where a value is not known; never 0. */
export const ABSENT = '–'

const M_PER_FT = 0.3048
const M_PER_NM = 1852
const MPS_PER_KT = 1852 / 3600
const SECONDS: Record<Language, string> = { en: 's', fr: 's', vi: 'giây' }
const MINUTES: Record<Language, string> = { en: 'min', fr: 'min', vi: 'phút' }
const HOURS: Record<Language, string> = { en: 'h', fr: 'h', vi: 'giờ' }

/** To the nearest multiple of `step`; a tie goes to the even multiple, as Python has it. */
export function rounded(value: number, step = 1): number {
  const rest = Math.abs(value % step)
  const below = Math.abs(value) - rest
  const up = rest * 2 > step || (rest * 2 === step && (below / step) % 2 !== 0)
  const size = up ? below + step : below
  return size === 0 ? 0 : Math.sign(value) * size
}

/** So many decimals; ties, which only binary fractions can be, go to the even digit. */
function fixed(value: number, decimals: number): string {
  const tie = (Math.abs(value) * 2 ** (decimals + 1)) % 2 === 1
  const near = tie ? rounded(value * 10 ** decimals) / 10 ** decimals : value
  const text = near.toFixed(decimals)
  return Number(text) === 0 ? text.replace('-', '') : text
}

/** A number with the language's decimal sign and a thin no-break space between thousands. */
export function number(value: number, decimals: number, language: Language): string {
  const [whole = '', part] = fixed(value, decimals).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN)
  return part === undefined ? grouped : grouped + (language === 'en' ? '.' : ',') + part
}

function unit(value: number, decimals: number, name: string, language: Language): string {
  return number(value, decimals, language) + JOIN + name
}

/** Steps of 10 m below 1 km, then 0.1; aviation: steps of 10 ft below 0.15 NM, then 0.1. */
export function distance(value_m: number, language: Language, units: Units): string {
  if (units === 'aviation') {
    if (value_m < 0.15 * M_PER_NM) return height(value_m, language, units)
    return unit(value_m / M_PER_NM, 1, 'NM', language)
  }
  if (value_m < 995) return unit(rounded(value_m, 10), 0, 'm', language)
  return unit(value_m / 1000, 1, 'km', language)
}

/** Whole metres, or steps of 10 ft. */
export function height(value_m: number, language: Language, units: Units): string {
  if (units === 'aviation') return unit(rounded(value_m / M_PER_FT, 10), 0, 'ft', language)
  return unit(value_m, 0, 'm', language)
}

/** Whole knots or metres a second. */
export function speed(value_mps: number, language: Language, units: Units): string {
  if (units === 'aviation') return unit(value_mps / MPS_PER_KT, 0, 'kt', language)
  return unit(value_mps, 0, 'm/s', language)
}

/** Per cent of a share 0 to 1. */
export function percent(value: number, language: Language): string {
  return unit(100 * value, 0, '%', language)
}

/** `59 s`, `2 min 27 s`, and whole minutes from ten minutes on: sentences and countdowns. */
export function duration(value_s: number, language: Language): string {
  const seconds = rounded(value_s)
  if (seconds < 60) return `${seconds}${JOIN}${SECONDS[language]}`
  const minutes = Math.floor(seconds / 60)
  const rest = seconds - minutes * 60
  const said = `${minutes}${JOIN}${MINUTES[language]}`
  return minutes >= 10 || rest === 0 ? said : `${said} ${rest}${JOIN}${SECONDS[language]}`
}

/** `0:38`, `12:04`, `1 h 05`. What comes from a clock a little ahead is 0 old. */
export function age(value_s: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(value_s))
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}${JOIN}${HOURS[language]}${JOIN}${two(minutes % 60)}`
}

/** `0.3 s`, `42 s`, then as an age: how long a source has been quiet. */
export function since(value_s: number, language: Language): string {
  const old_s = Math.max(0, value_s)
  if (old_s < 9.95) return unit(old_s, 1, SECONDS[language], language)
  return old_s < 59.5 ? duration(old_s, language) : age(old_s, language)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `14:21:07`, UTC. */
export function clock(time_s: number): string {
  return new Date(Math.floor(time_s) * 1000).toISOString().slice(11, 19)
}

/** `2026-11-22`, UTC. */
export function date(time_s: number): string {
  return new Date(Math.floor(time_s) * 1000).toISOString().slice(0, 10)
}

/** `16:21`, where the browser is. */
export function local(time_s: number): string {
  const at = new Date(time_s * 1000)
  return `${two(at.getHours())}:${two(at.getMinutes())}`
}

/** `228°` true; north is 360, as flown. */
export function course(value_deg: number): string {
  const whole = rounded(value_deg) % 360
  return `${String(whole <= 0 ? whole + 360 : whole).padStart(3, '0')}°`
}

/** `FL064`: a pressure height that no QNH turns into an altitude. */
export function flight_level(value_m: number): string {
  return `FL${String(Math.max(0, rounded(value_m / M_PER_FT / 100))).padStart(3, '0')}`
}

/** `48.7412 N 2.4186 E`. */
export function position(lat_deg: number, lon_deg: number, language: Language, decimals = 4): string {
  const lat = number(Math.abs(lat_deg), decimals, language) + JOIN + (lat_deg < 0 ? 'S' : 'N')
  return `${lat} ${number(Math.abs(lon_deg), decimals, language)}${JOIN}${lon_deg < 0 ? 'W' : 'E'}`
}

/** `48.741234, 2.418612`: what other programs read. */
export function position_copied(lat_deg: number, lon_deg: number): string {
  return `${lat_deg.toFixed(6)}, ${lon_deg.toFixed(6)}`
}

/** A value and its unit apart, for figures that are set in two sizes. */
export function parts(said: string): { value: string; unit: string } {
  const at = said.lastIndexOf(JOIN)
  return at < 0 ? { value: said, unit: '' } : { value: said.slice(0, at), unit: said.slice(at + 1) }
}

/** Its value or "–". */
export function known<T>(value: T | null | undefined, say: (value: T) => string): string {
  const absent = value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))
  return absent ? ABSENT : say(value)
}

/** Text from outside made harmless: control characters as `·`, cut (24: serials and callsigns). */
export function plain(text: unknown, longest = 24): string {
  const signs = Array.from(String(text), (c) => (c !== ' ' && /[\p{C}\p{Z}]/u.test(c) ? '·' : c))
  return signs.length <= longest ? signs.join('') : `${signs.slice(0, longest - 1).join('')}…`
}
