/** Keys: which key asks for which command. Letters by character, digits by the position of the key. */

export interface Key {
  /** As written on the key sheet; letters in lower case. */
  key: string
  command: string
  group: 'signs' | 'map' | 'time' | 'screen'
  /** The key that comes before it. */
  after?: string
}

/** The one table; the key sheet shows it, the palette offers it. */
export const KEYS: readonly Key[] = [
  { key: 'j', command: 'next-sign', group: 'signs' },
  { key: 'k', command: 'previous-sign', group: 'signs' },
  { key: 'n', command: 'newest-sign', group: 'signs' },
  { key: 'Enter', command: 'inspector', group: 'signs' },
  { key: 'Escape', command: 'back', group: 'signs' },
  { key: 'a', command: 'acknowledge', group: 'signs' },
  { key: 's', command: 'shelve', group: 'signs' },
  { key: 'x', command: 'silence', group: 'signs' },
  { key: 'c', command: 'case', group: 'signs' },
  { key: 'o', command: 'my-cases', group: 'signs' },
  { key: 'i', command: 'look', group: 'signs' },
  { key: 'r', command: 'sighting', group: 'signs' },
  { key: 'f', command: 'follow', group: 'map' },
  { key: 'v', command: 'table', group: 'map' },
  { key: 't', command: 'trails', group: 'map' },
  { key: 'l', command: 'labels', group: 'map' },
  { key: 'h', command: 'carpet', group: 'map' },
  { key: 'z', command: 'zones', group: 'map' },
  { key: 'm', command: 'measure', group: 'map' },
  { key: 'u', command: 'units', group: 'map' },
  { key: '0', command: 'whole-site', group: 'map' },
  { key: '+', command: 'zoom-in', group: 'map' },
  { key: '-', command: 'zoom-out', group: 'map' },
  { key: 'ArrowLeft', command: 'left', group: 'map' },
  { key: 'ArrowRight', command: 'right', group: 'map' },
  { key: 'ArrowUp', command: 'pan-up', group: 'map' },
  { key: 'ArrowDown', command: 'pan-down', group: 'map' },
  { key: ' ', command: 'live-or-replay', group: 'time' },
  { key: 'Shift+ArrowLeft', command: 'minute-back', group: 'time' },
  { key: 'Shift+ArrowRight', command: 'minute-on', group: 'time' },
  { key: 'p', command: 'hold', group: 'time' },
  { key: 'Ctrl+k', command: 'palette', group: 'screen' },
  { key: '/', command: 'palette', group: 'screen' },
  { key: '?', command: 'keys', group: 'screen' },
  { key: 'w', after: 'g', command: 'watch', group: 'screen' },
  { key: 'c', after: 'g', command: 'cases', group: 'screen' },
  { key: 'h', after: 'g', command: 'handover', group: 'screen' },
  { key: 's', after: 'g', command: 'sources', group: 'screen' },
  { key: 'p', after: 'g', command: 'people', group: 'screen' },
]

/** What of a KeyboardEvent matters. */
export interface Press {
  key: string
  code: string
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
  shiftKey: boolean
  isComposing: boolean
  keyCode: number
}

/** Where a key is pressed: in a field that takes text, on a control with keys of its own, or elsewhere. */
export type Where = 'text' | 'control' | 'elsewhere'

/** While an input method composes, keys are its own (229 is what older engines say instead). */
function isComposing(press: Press): boolean {
  return press.isComposing || press.keyCode === 229 || ['Process', 'Dead', 'Unidentified'].includes(press.key)
}

/** Signs of the table that some layouts write with a key of the digit row; they go before the digit. */
const SIGNS = '+-/?'

/** A press by the name that the table uses; null: a key of the browser or of an input method. */
export function nameOf(press: Press): string | null {
  if (isComposing(press)) return null
  const one = [...press.key].length === 1
  // AltGr says Ctrl and Alt; many layouts write / and + with it.
  const written = press.ctrlKey && press.altKey
  if (!written && (press.ctrlKey || press.metaKey || press.altKey)) {
    return one && !press.altKey && !press.shiftKey ? `Ctrl+${press.key.toLowerCase()}` : null
  }
  if (!one) return press.shiftKey ? `Shift+${press.key}` : press.key
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1]
  if (digit !== undefined) return SIGNS.includes(press.key) ? press.key : digit
  if (!/\p{L}/u.test(press.key)) return press.key
  return press.shiftKey || written ? null : press.key.toLowerCase()
}

/** Keys that a control uses for itself. */
function isOwn(name: string): boolean {
  return [' ', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(name)
}

function isSingle(name: string): boolean {
  return [...name].length === 1
}

const CHORD_MS = 1500

/** Turns presses into commands; remembers the first key of two. */
export class Keyboard {
  private first: { name: string; at_ms: number } | null = null

  /** The command of a press, or null. `single`: keys without Ctrl may ask for something. */
  command(press: Press, where: Where, single: boolean, now_ms: number): string | null {
    const name = nameOf(press)
    if (name === null) return null
    const after = this.first && now_ms - this.first.at_ms < CHORD_MS ? this.first.name : undefined
    this.first = null
    if (where === 'text' && name !== 'Escape' && name !== 'Ctrl+k') return null
    if (where === 'control' && isOwn(name)) return null
    if (!single && isSingle(name)) return null
    const found = KEYS.find((k) => k.key === name && k.after === after)
    if (!found && KEYS.some((k) => k.after === name)) this.first = { name, at_ms: now_ms }
    return found?.command ?? null
  }
}

const TEXT = 'input:not([type=radio],[type=checkbox],[type=range],[type=button]), textarea, select, [contenteditable=true]'
const CONTROL = 'button, a[href], summary, input, [role=slider], [role=tab], [role=option], [role=radio]'

export function whereIs(target: EventTarget | null): Where {
  if (!(target instanceof Element)) return 'elsewhere'
  if (target.closest(TEXT)) return 'text'
  return target.closest(CONTROL) ? 'control' : 'elsewhere'
}
