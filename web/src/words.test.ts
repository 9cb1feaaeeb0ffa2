import { describe, expect, it } from 'vitest'

import { t, WORDS, type Text } from './words'
import type { Language } from './wire'

const LANGUAGES: Language[] = ['en', 'fr', 'vi']
const files = import.meta.glob<string>('./**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true })
const sources = Object.entries(files)
  .filter(([path]) => !path.includes('.test.'))
  .map(([, text]) => text)
  .join('\n')

const texts = (text: Text | undefined): string[] =>
  text === undefined ? [] : typeof text === 'string' ? [text] : Object.values(text)
const placeholders = (text: Text | undefined): string[] =>
  [...new Set(texts(text).flatMap((s) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '')))].sort()
/** Whole keys in the sources, and the beginnings of those that are put together: `card.kind.${…}`. */
const named = new Set([...sources.matchAll(/['"`]((?:access|card|desk|map|shell)\.[\w.-]+)['"`]/g)].map((m) => m[1] ?? ''))
const begun = [...sources.matchAll(/[`'"]((?:access|card|desk|map|shell)\.[\w.-]*[.-])(?:\$\{|['"] \+)/g)].map((m) => m[1] ?? '')

describe('the words of the page', () => {
  const keys = Object.keys(WORDS.en)

  it.each(LANGUAGES)('has every key in %s, none empty', (language) => {
    expect(Object.keys(WORDS[language]).sort()).toEqual([...keys].sort())
    const empty = keys.filter((k) => texts(WORDS[language][k]).some((s) => s.trim() === ''))
    expect(empty).toEqual([])
  })

  it('has the same placeholders in every language', () => {
    const other = keys.filter((k) =>
      LANGUAGES.some((l) => placeholders(WORDS[l][k]).join() !== placeholders(WORDS.en[k]).join()),
    )
    expect(other).toEqual([])
  })

  it.each(LANGUAGES)('has every plural form that %s needs', (language) => {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    const short = keys.filter((k) => {
      const text = WORDS[language][k]
      // "many" (1 000 000 of something) is French for "de"; nothing here is counted so high.
      return typeof text === 'object' && needed.some((c) => c !== 'many' && !(c in text))
    })
    expect(short).toEqual([])
  })

  it('has every key that the page asks for', () => {
    expect([...named].filter((k) => !(k in WORDS.en) && !begun.includes(k))).toEqual([])
    expect(begun.filter((b) => !keys.some((k) => k.startsWith(b)))).toEqual([])
  })

  it('has no key that nothing asks for', () => {
    expect(keys.filter((k) => !named.has(k) && !begun.some((b) => k.startsWith(b)))).toEqual([])
  })

  it('is typeset: no straight apostrophe in French, a no-break space before its high signs, no ellipsis of dots', () => {
    const french = keys.flatMap((k) => texts(WORDS.fr[k]))
    expect(french.filter((s) => s.includes("'") || / [:;?!»]/.test(s) || /[^\s\u00a0\u202f][;?!»]/.test(s))).toEqual([])
    expect(LANGUAGES.flatMap((l) => keys.flatMap((k) => texts(WORDS[l][k]))).filter((s) => s.includes('...') || s.includes('!'))).toEqual([])
  })
})

describe('t', () => {
  it('fills placeholders, numbers as the language writes them', () => {
    const key = Object.keys(WORDS.en).find((k) => placeholders(WORDS.en[k]).join() === 'n') ?? ''
    expect(t('fr', key, { n: 12000 })).toContain('12\u202f000')
    expect(t('en', key, { n: 1 })).not.toContain('{')
  })
  it('shows a key that it does not know, and nothing of the prototype', () => {
    expect(t('en', 'card.no_such')).toBe('card.no_such')
    expect(t('en', 'constructor')).toBe('constructor')
  })
})
