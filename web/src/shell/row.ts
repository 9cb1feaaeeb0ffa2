/** Row: the lines of a sign in the queue. */

import { short_place } from '../card/cells'
import { clock, plain } from '../format'
import { shelf } from '../order'
import type { app as App } from '../state.svelte'
import type { Sign, SourceState } from '../wire'
import { health } from './sources'

type Screen = typeof App

/** Where it is; of a sensor, which. */
export function placeOf(app: Screen, sign: Sign): string {
  const { place } = app.movingOf(sign)
  if (place) return short_place(place, app)
  return sign.source === null ? '' : plain(sign.source)
}

/** One line of why: the strongest reason, or what became of it. */
export function whyOf(app: Screen, sign: Sign): string {
  const life = sign.life
  if (sign.state === 'shelved' && life) {
    const until = life.until_s === null ? '–' : clock(life.until_s).slice(0, 5)
    return app.t('shell.row.shelved', { at: until, reason: plain(life.reason ?? '–', 200) })
  }
  if (sign.over && sign.state === 'new') return app.t('shell.row.over', { at: clock(sign.over_s ?? sign.changed_s).slice(0, 5) })
  const strongest = [...app.present(sign).reasons].sort((a, b) => b.weight - a.weight)[0]
  return strongest ? app.reason(sign, strongest) : ''
}

/** How much is watched, and by how many sources that work. */
export function watching(app: Screen, tracks: number, sources: readonly SourceState[]): string {
  const working = health(sources).working
  return app.t('card.watching', { tracks: app.t('card.tracks', { n: tracks }), sources: app.t('card.sources_n', { n: working }) })
}

/** "ML" of "Marie Laurent". */
export function initials(name: string): string {
  const words = plain(name, 80).split(/[\s._-]+/).filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase()).join('').slice(0, 3)
}

/** How a sign stands, said to who does not see its mark. */
export function standing(app: Screen, sign: Sign): string {
  const where = shelf(sign)
  const seen = app.t(sign.state === 'new' ? (sign.over ? 'card.state.over_new' : 'card.state.new') : 'card.state.seen')
  return `${app.t(`card.priority.${sign.priority}`)}, ${where === 'open' ? seen : app.t(`shell.shelf.${where}`)}`
}
