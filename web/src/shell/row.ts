/** Row: the lines of a sign in the queue. */

import { clock, plain } from '../format'
import { shelf } from '../order'
import type { app as App } from '../state.svelte'
import type { Sign } from '../wire'

type Screen = typeof App

/** Where it is; of a sensor, which. */
export function placeOf(app: Screen, sign: Sign): string {
  if (sign.lat_deg === null || sign.lon_deg === null) return sign.source === null ? '' : plain(sign.source)
  const place = app.places?.of({ lat_deg: sign.lat_deg, lon_deg: sign.lon_deg })
  return place && app.voice ? app.voice.say('{place:place}', { place }) : ''
}

/** One line of why: the strongest reason, or what became of it. */
export function whyOf(app: Screen, sign: Sign): string {
  const life = sign.life
  if (sign.state === 'shelved' && life) {
    const until = life.until_s === null ? '–' : clock(life.until_s).slice(0, 5)
    return app.t('shell.row.shelved', { at: until, reason: plain(life.reason ?? '–', 200) })
  }
  if (sign.over && sign.state === 'new') return app.t('shell.row.over', { at: clock(sign.over_s ?? sign.changed_s).slice(0, 5) })
  const strongest = [...sign.reasons].sort((a, b) => b.weight - a.weight)[0]
  return strongest ? app.reason(sign, strongest) : ''
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
