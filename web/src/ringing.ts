/** Ringing: when which tone is due. Silence is not acknowledgement: the signs stay as they are. */

import { isRinging } from './order'
import type { Sign } from './wire'

/** An urgent sign rings again after so long, until it is acknowledged or silenced. */
export const AGAIN_MS = 10_000

export class Ringer {
  /** Signs at their priority that were rung once, and those that a person silenced. */
  private told: Set<string> | null = null
  private readonly silenced = new Set<string>()
  private urgent_ms = -Infinity

  /** The tone that is due. High signs that were there at the first look are no news. */
  due(signs: Iterable<Sign>, now_ms: number): 'urgent' | 'high' | null {
    const ringing = [...signs].filter(isRinging)
    const first = this.told === null
    const told = (this.told ??= new Set())
    const fresh = ringing.filter((sign) => !told.has(key(sign)))
    for (const sign of fresh) told.add(key(sign))
    const urgent = this.sounding(ringing)
    const isNew = fresh.some((sign) => sign.priority === 'urgent')
    if (urgent.length > 0 && (isNew || now_ms - this.urgent_ms >= AGAIN_MS)) {
      this.urgent_ms = now_ms
      return 'urgent'
    }
    return !first && fresh.some((sign) => sign.priority === 'high') ? 'high' : null
  }

  /** Whether there was anything to silence. What comes later rings again. */
  silence(signs: Iterable<Sign>): boolean {
    const urgent = this.sounding([...signs].filter(isRinging))
    for (const sign of urgent) this.silenced.add(key(sign))
    return urgent.length > 0
  }

  private sounding(ringing: Sign[]): Sign[] {
    return ringing.filter((sign) => sign.priority === 'urgent' && !this.silenced.has(key(sign)))
  }
}

/** A sign that becomes urgent is news. */
function key(sign: Sign): string {
  return `${sign.key} ${sign.priority}`
}
