/** Say: codes and parameters as sentences, word for word what beffroi.sentence says (a test compares).

Templates are `"{kind:kind} {distance_m:distance} {bearing_deg:compass} of {place}"`; the word after the colon
names the quantity. A value that is absent is said to be unknown; it is never 0. */

import { distance, duration, height, number, percent, plain, rounded, speed } from './format'
import type { Catalogue, Language, Params, Reason, Sign, Units } from './wire'

type Words = Catalogue['words']

interface Speaker {
  words: Words
  language: Language
  units: Units
}

type Quantity = (value: unknown, by: Speaker) => string

/** Its own entry of that name: nothing that comes from outside may reach the prototype. */
function own<T>(table: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** One word of a table; a key that it does not have is shown as it is. */
function word(table: string, key: unknown, by: Speaker): string {
  const words = by.words[table]
  const texts: Record<string, string> = typeof words === 'object' && !Array.isArray(words) ? words : {}
  return own(texts, String(key)) ?? plain(key)
}

function direction(table: string, value_deg: number, by: Speaker): string {
  const words = by.words[table]
  return (Array.isArray(words) && words[((rounded(value_deg / 45) % 8) + 8) % 8]) || unknown(by)
}

function unknown(by: Speaker): string {
  return typeof by.words['UNKNOWN'] === 'string' ? by.words['UNKNOWN'] : '–'
}

/** Fills `{name}` and `{}`; what is filled in is not read again. */
function fill(template: string, parts: Record<string, string>): string {
  return template.replace(/\{(\w*)\}/g, (_, name: string) => parts[name] ?? '')
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field of a compound value as a number; null where it is absent. */
function field(value: Record<string, unknown>, name: string): number | null {
  const found = value[name]
  return typeof found === 'number' && Number.isFinite(found) ? found : null
}

function place(value: unknown, by: Speaker): string {
  if (!isFields(value)) return word('PHRASE', 'no_place', by)
  const distance_m = field(value, 'distance_m')
  const bearing_deg = field(value, 'bearing_deg')
  if (distance_m === null || bearing_deg === null) return word('PHRASE', 'no_place', by)
  return fill(word('PHRASE', 'place', by), {
    distance: distance(distance_m, by.language, by.units),
    direction: direction('SIDE', bearing_deg, by),
    of: fill(word('REFERENCE', value['ref'], by), { '': plain(value['name']) }),
  })
}

function level(value: unknown, by: Speaker): string {
  const height_m = isFields(value) ? field(value, 'height_m') : null
  if (!isFields(value) || height_m === null) return word('PHRASE', 'no_level', by)
  const said = height(height_m, by.language, by.units)
  return fill(word('PHRASE', 'level', by), { height: said, datum: word('DATUM', value['datum'], by) })
}

function motion(value: unknown, by: Speaker): string {
  const speed_mps = isFields(value) ? field(value, 'speed_mps') : null
  if (!isFields(value) || speed_mps === null) return word('PHRASE', 'no_motion', by)
  if (speed_mps < 1.5) return word('PHRASE', 'still', by)
  const track_deg = field(value, 'track_deg')
  return fill(word('PHRASE', 'motion', by), {
    direction: track_deg === null ? unknown(by) : direction('TOWARDS', track_deg, by),
    speed: speed(speed_mps, by.language, by.units),
  })
}

function names(value: unknown, by: Speaker): string {
  const said = (Array.isArray(value) ? value : [value]).map((v) => plain(v))
  const last = said.pop() ?? ''
  const and = by.words['AND']
  return said.length === 0 ? last : said.join(', ') + (typeof and === 'string' ? and : ', ') + last
}

function named(value: unknown, by: Speaker): string {
  return plain(isFields(value) ? value[by.language] : value, 60)
}

/** What is so near is there: "0 s from" says nothing. */
const SOON_S = 0.5

/** What stands before the name of a zone: in it, or so long before it. */
function reach(value: unknown, by: Speaker): string {
  const in_s = Number(value)
  if (in_s <= SOON_S) return word('PHRASE', 'inside', by)
  return fill(word('PHRASE', 'before', by), { '': duration(in_s, by.language) })
}

/** When something happens: now, or in so long. */
function until(value: number, by: Speaker): string {
  if (value <= SOON_S) return word('PHRASE', 'now', by)
  return fill(word('PHRASE', 'in', by), { '': duration(value, by.language) })
}

/** A quantity that needs a number; anything else is unknown. */
function ofNumber(say: (value: number, by: Speaker) => string): Quantity {
  return (value, by) => (typeof value === 'number' ? say(value, by) : unknown(by))
}

const WHOLE: Record<string, Quantity> = { place, level, motion }
/** What may stand after the colon of a template. */
const QUANTITIES: Record<string, Quantity> = {
  distance: ofNumber((v, by) => distance(v, by.language, by.units)),
  height: ofNumber((v, by) => height(v, by.language, by.units)),
  speed: ofNumber((v, by) => speed(v, by.language, by.units)),
  duration: ofNumber((v, by) => duration(v, by.language)),
  compass: ofNumber((v, by) => direction('COMPASS', v, by)),
  count: ofNumber((v, by) => number(v, 0, by.language)),
  decimal: ofNumber((v, by) => number(v, 1, by.language)),
  angle: ofNumber((v, by) => `${number(v, 1, by.language)}°`),
  percent: ofNumber((v, by) => percent(v, by.language)),
  reach: ofNumber(reach),
  until: ofNumber(until),
  kind: (v, by) => word('KIND', v, by),
  datum: (v, by) => word('DATUM', v, by),
  state: (v, by) => word('STATE', v, by),
  restriction: (v, by) => word('RESTRICTION', v, by),
  reporter: (v, by) => word('REPORTER', v, by),
  emergency: (v, by) => word('EMERGENCY', v, by),
  names,
  named,
}

/** One field of a template in words. */
function spoken(value: unknown, quantity: string | undefined, by: Speaker): string {
  const whole = quantity === undefined ? undefined : own(WHOLE, quantity)
  if (whole) return whole(value, by)
  if (value === null || value === undefined) return unknown(by)
  if (typeof value === 'number' && !Number.isFinite(value)) return unknown(by)
  const say = quantity === undefined ? undefined : own(QUANTITIES, quantity)
  return say ? say(value, by) : plain(value)
}

/** The sentence, its first letter a capital. */
export function say(template: string, params: Params, words: Words, language: Language, units: Units): string {
  const by = { words, language, units }
  const text = template.replace(/\{\{|\}\}|\{(\w+)(?::(\w+))?\}/g, (all, name?: string, quantity?: string) =>
    name === undefined ? all.charAt(0) : spoken(own(params, name), quantity, by),
  )
  const first = Array.from(text)[0] ?? ''
  return first.toUpperCase() + text.slice(first.length)
}

/** What a catalogue says in the units of one person. A rule that it does not know is named by its code. */
export class Voice {
  constructor(
    readonly catalogue: Catalogue,
    readonly units: Units,
  ) {}

  say(template: string, params: Params): string {
    return say(template, params, this.catalogue.words, this.catalogue.language, this.units)
  }

  headline(sign: Sign): string {
    const rule = own(this.catalogue.rules, sign.rule)
    return rule ? this.say(rule.headline, sign.params) : plain(sign.rule)
  }

  /** What a supervisor reads aloud, then, while it goes on, what to look at. */
  sentence(sign: Sign): string {
    const rule = own(this.catalogue.rules, sign.rule)
    if (!rule) return ''
    const said = this.say(rule.sentence, sign.params)
    return sign.over ? said : `${said} ${this.say(rule.look, sign.params)}`
  }

  reason(sign: Sign, reason: Reason): string {
    const rule = own(this.catalogue.rules, sign.rule)
    const template = rule && own(rule.reasons, reason.code)
    return template === undefined ? plain(reason.code) : this.say(template, reason.params)
  }

  /** What a reason found, and its limit; null: it is a plain statement, or has no limit. */
  measure(sign: Sign, reason: Reason): { found: string | null; limit: string | null } {
    const rule = own(this.catalogue.rules, sign.rule)
    const [found, limit] = (rule && own(rule.measures, reason.code)) ?? [null, null]
    return {
      found: found === null ? null : this.say(found, reason.params),
      limit: limit === null || !rule ? null : this.say(limit, rule.limits),
    }
  }

  /** What a rule is called in a list; null: there is no such rule. */
  ruleName(rule: string): string | null {
    return own(this.catalogue.rules, rule)?.name ?? null
  }

  /** One word of a table of the catalogue, e.g. `word('KIND', 'drone')`. */
  word(table: string, key: string): string {
    return word(table, key, { words: this.catalogue.words, language: this.catalogue.language, units: this.units })
  }
}

/** The loudest by name: a rule as it is called in a list; a source, by its own name. */
export function loud(voice: Voice | null, name: string): string {
  return voice?.ruleName(name) ?? plain(name, 40)
}
