/** Acts: how a sign may end, and what is read to the tower. */

import { clock } from '../format'
import { Voice } from '../say'
import type { Catalogue, Sign } from '../wire'

/** What a closed sign came to (beffroi.life); for "explained" the reason says by what. */
export const OUTCOMES = ['confirmed', 'explained', 'unfounded'] as const

/** The sign for the tower: always in aviation units, and what is not real says so first. */
export function tower_text(sign: Sign, catalogue: Catalogue, now_s: number): string {
  const voice = new Voice(catalogue, 'aviation')
  const rule = catalogue.rules[sign.rule]
  const tag = sign.exercise ? 'EX. ' : sign.simulated ? 'SIM. ' : ''
  const what = rule ? voice.say(rule.sentence, sign.params) : ''
  return `${tag}${clock(now_s)} UTC. ${voice.headline(sign)}. ${what}`.trim()
}
