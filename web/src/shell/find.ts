/** Find: what fits what somebody typed into the palette. */

export interface Item {
  id: string
  kind: 'command' | 'sign' | 'case' | 'track'
  text: string
  hint: string
  run: () => void
}

const LONGEST = 12

/** Without accents and case: Vietnamese and French are found however they are typed. */
export function bare(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'd').toLowerCase()
}

/** 0: begins with it; 1: a word does; 2: holds it; null: does not fit. */
function fit(text: string, asked: string): number | null {
  const at = bare(text).indexOf(asked)
  if (at < 0) return null
  return at === 0 ? 0 : /[\s(]/.test(bare(text).charAt(at - 1)) ? 1 : 2
}

/** The best first, those alike in their order. */
export function find(items: readonly Item[], typed: string): Item[] {
  const asked = bare(typed.trim())
  const fits = items.flatMap((item) => {
    const rank = fit(item.text, asked)
    return rank === null ? [] : [{ item, rank }]
  })
  return fits.sort((a, b) => a.rank - b.rank).slice(0, LONGEST).map((found) => found.item)
}
