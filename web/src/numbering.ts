/** Numbering: signs by key, kept whole by the numbers of their events. No rune and no socket here. */

import type { EventMessage, Sign, SignsMessage } from './wire'

export type Heard = 'applied' | 'known' | 'gap'

/** What one socket has told of signs; a gap means that it must be asked again from `number` on. */
export class Ledger {
  /** Of the last event that is in it; null before the first snapshot. */
  number: number | null = null
  signs: ReadonlyMap<string, Sign> = new Map()

  snapshot(message: SignsMessage): void {
    this.number = message.number
    this.signs = new Map(message.signs.map((sign) => [sign.key, sign]))
  }

  /** A number that was heard already changes nothing; one that skips some is not taken. */
  event(message: EventMessage): Heard {
    if (this.number === null || message.number > this.number + 1) return 'gap'
    if (message.number <= this.number) return 'known'
    this.number = message.number
    this.signs = new Map(this.signs).set(message.sign.key, message.sign)
    return 'applied'
  }
}
