/** Preferences: what a person chose stays with the browser; an address that says otherwise goes first. */

import { app } from '../state.svelte'
import { blank, decode, encode, type Address } from '../url'

const KEY = 'beffroi'

interface Kept {
  address: string
  singleKeys: boolean
  sound: boolean
  stillness: boolean
}

function read(): Partial<Kept> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    return {}
  }
}

/** The address, with what this browser remembers where it says nothing. */
export function usual(address: Address): Address {
  const kept = read()
  if (kept.singleKeys === false) app.singleKeys = false
  if (kept.sound === false) app.sound.on = false
  if (kept.stillness === true) app.stillness = true
  const { language, units, theme, textSize, symbols } = decode(kept.address ?? '')
  return {
    ...address,
    language: address.language ?? language,
    units: address.units ?? units,
    theme: address.theme ?? theme,
    textSize: address.textSize ?? textSize,
    symbols: address.symbols ?? symbols,
  }
}

/** Remembers how it is shown, not what. */
export function keep(address: Address): void {
  const { language, units, theme, textSize, symbols } = address
  const kept: Kept = {
    address: encode({ ...blank(), language, units, theme, textSize, symbols }),
    singleKeys: app.singleKeys,
    sound: app.sound.on,
    stillness: app.stillness,
  }
  try {
    localStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // A browser that keeps nothing: the address still says it all.
  }
}
