/** Words: the page's own texts, by flat keys ("card.acknowledge"); the rules' sentences come from the server. */

import { number } from './format'
import type { Language } from './wire'
import accessEn from './words/access.en.json'
import accessFr from './words/access.fr.json'
import accessVi from './words/access.vi.json'
import deskEn from './words/desk.en.json'
import deskFr from './words/desk.fr.json'
import deskVi from './words/desk.vi.json'
import en from './words/en.json'
import fr from './words/fr.json'
import vi from './words/vi.json'

/** A text, or one for each plural category of the language; `n` chooses. */
export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>
export const WORDS: Record<Language, Record<string, Text>> = {
  en: { ...en, ...deskEn, ...accessEn },
  fr: { ...fr, ...deskFr, ...accessFr },
  vi: { ...vi, ...deskVi, ...accessVi },
}

const PLURALS: Record<Language, Intl.PluralRules> = {
  en: new Intl.PluralRules('en'),
  fr: new Intl.PluralRules('fr'),
  vi: new Intl.PluralRules('vi'),
}

/** The text of `key`, `{name}` filled from `params`; numbers as the language writes whole ones. */
export function t(language: Language, key: string, params: Record<string, string | number> = {}): string {
  const text = Object.hasOwn(WORDS[language], key) ? WORDS[language][key] : undefined
  if (text === undefined) return key
  const n = typeof params['n'] === 'number' ? params['n'] : 0
  const chosen = typeof text === 'string' ? text : (text[PLURALS[language].select(n)] ?? text.other ?? key)
  return chosen.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? ''
    return typeof value === 'number' ? number(value, 0, language) : value
  })
}
