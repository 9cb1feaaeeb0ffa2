/** Said: codes and parameters of the desk in words. */

import { clock, duration, plain, since } from '../format'
import { app } from '../state.svelte'
import { desk } from './desk.svelte'
import type { Case, HandoverLine, TimelineEntry } from './wire'

/** Parameters that are codes, and where their words are. */
const CODES: Record<string, readonly string[]> = {
  phase: ['desk.phase.'],
  priority: ['card.priority.'],
  outcome: ['desk.outcome.'],
  kind: ['desk.kind.'],
  state: ['desk.state.'],
  reporter: ['desk.reporter.'],
}

/** One value of a field in words; a code without words is shown as it is. */
export function value(field: string, of: string | number): string {
  if (field === 'quiet_s') return since(Number(of), app.language)
  if (field === 'wait_s') return duration(Number(of), app.language)
  if (typeof of === 'number') return field.endsWith('_s') ? clock(of) : String(of)
  const found = (CODES[field] ?? []).map((begin) => [begin + of, app.t(begin + of)]).find(([key, text]) => key !== text)
  if (found?.[1] !== undefined) return found[1]
  if (field === 'sign') return app.live.signs.has(of) ? signName(of) : plain(of, 60)
  return field === 'state' ? (app.voice?.word('STATE', of) ?? plain(of)) : plain(of, 200)
}

/** Parameters as the sentences take them. */
export function values(params: Record<string, unknown>): Record<string, string> {
  const said = Object.entries(params).flatMap(([field, of]) =>
    typeof of === 'string' || typeof of === 'number' ? [[field, value(field, of)] as const] : [],
  )
  return Object.fromEntries(said)
}

/** The sentence of `key`, filled; a code without one is shown as it is. */
function sentence(key: string, code: string, params: Record<string, unknown>): string {
  const text = app.t(key, { ...BLANK, ...values(params) })
  return text === key ? [plain(code, 40), ...Object.values(values(params))].join(' · ') : text
}

/** What befell a case. Taking back says another sentence than doing. */
export function entrySaid({ code, params }: Pick<TimelineEntry, 'code' | 'params'>, of: Case): string {
  const isBack = (code === 'tick' && isNo(params['done'])) || (code === 'relate' && isNo(params['on']))
  const said = isBack ? `un${code}` : code
  return sentence(`desk.entry.${said}`, code, { ...params, ...told(code, params, of) })
}
/** What an entry names by its key. */
function told(code: string, params: TimelineEntry['params'], of: Case): Record<string, string> {
  if (code === 'tick') return { item: of.checklist.find((item) => item.id === params['item'])?.text ?? String(params['item'] ?? '') }
  if (code === 'state') return { name: placeName(String(params['place'] ?? '')) }
  const rule = String(params['rule'] ?? '')
  if (code !== 'join' || app.live.signs.has(String(params['sign'] ?? '')) || rule === '') return {}
  return { sign: app.voice?.ruleName(rule) ?? rule }
}
function isNo(value: unknown): boolean {
  return value === false || value === 0 || value === 'false' || value === 'False'
}

/** What a sentence may ask for and an older entry does not have. */
const BLANK = { name: '–', person: '–', who: '–', state: '–', quiet_s: '–' }

const FIELDS = ['title', 'owner', 'priority', 'phase', 'state', 'item', 'checklist'] as const

/** What a field of a conflict is called: `item police`, `runway:06/24`, `title`. */
export function fieldOf(field: string): (typeof FIELDS)[number] | 'place' | 'other' {
  if (/^(runway|zone):/.test(field)) return 'place'
  return FIELDS.find((known) => field === known || field.startsWith(`${known} `)) ?? 'other'
}

/** What was put into a field, in words. */
export function fieldSaid(field: string, of: string): string {
  switch (fieldOf(field)) {
    case 'place':
      return app.t(`desk.state.${of}`)
    case 'item':
    case 'other':
      return { True: app.t('desk.yes'), False: app.t('desk.no') }[of] ?? plain(of, 500)
    case 'owner':
      return personName(of)
    case 'state': {
      const [, outcome] = /^closed, (\w+)$/.exec(of) ?? []
      return outcome === undefined ? plain(of, 200) : app.t('desk.closed_as', { outcome: app.t(`desk.outcome.${outcome}`) })
    }
    default:
      return value(field, of)
  }
}

/** A person whom some case names; else the key. */
function personName(key: string): string {
  const people = [...app.live.cases.values()].flatMap((said) => [...said.here, ...(said.owner ? [said.owner] : [])])
  return key === '' ? app.t('desk.nobody') : plain(people.find((who) => who.key === key)?.name ?? key, 60)
}

/** A line of a handover; names are those that stand now. */
export function lineSaid(line: HandoverLine): string {
  const [, key = ''] = /^\w+:(.*)$/.exec(line.key) ?? []
  return sentence(`desk.line.${line.kind}`, line.kind, { ...line.params, ...named(line, key) })
}

function named(line: HandoverLine, key: string): Record<string, string> {
  switch (line.kind) {
    case 'case': {
      const summary = desk.summary(String(line.params['case'] ?? key))
      if (!summary) return { name: String(line.params['title'] ?? '') }
      return { name: desk.title(summary), who: summary.owner?.name ?? app.t('desk.no_owner') }
    }
    case 'shelved': {
      const rule = String(line.params['rule'] ?? '')
      return { name: app.live.signs.has(key) ? signName(key) : (app.voice?.ruleName(rule) ?? plain(rule)) }
    }
    case 'source':
      return { name: plain(String(line.params['source'] ?? key)) }
    case 'place':
      return { name: placeName(line.key) }
    default:
      return {}
  }
}

/** A runway or a zone by its key. */
function placeName(key: string): string {
  const place = app.live.aerodrome?.places.find((p) => p.place === key)
  return place ? app.t(`desk.place.${place.kind}`, { name: plain(place.name, 40) }) : plain(key, 60)
}

/** A sign by its number and headline, else by its key. */
export function signName(key: string): string {
  const sign = app.live.signs.get(key)
  return sign ? `${app.t('card.sign', { number: String(sign.number) })}: ${app.headline(sign)}` : app.t('card.sign', { number: plain(key) })
}
