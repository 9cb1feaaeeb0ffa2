/** URL: the whole state of a screen in the address bar. Opaque ids only: no serial, name or operator's place. */

import { SHELVES, type Shelf } from './order'
import type { Language, Units } from './wire'

export interface Camera {
  lat_deg: number
  lon_deg: number
  zoom: number
}
export interface Layers {
  trails: boolean
  labels: boolean
  carpet: boolean
  zones: boolean
  height_colours: boolean
}
export const VIEWS = ['watch', 'cases', 'handover', 'checklists', 'occurrence', 'sources', 'people', 'account'] as const
export type View = (typeof VIEWS)[number]
export type Pane = 'map' | 'table'
export type Theme = 'dark' | 'light'
export type TextSize = 100 | 115 | 130
/** How the map draws what it knows: the console's own silhouettes, or APP-6. */
export type SymbolSet = 'plain' | 'app6'

/** What can be handed to somebody else by its address; null is "as the site has it". */
export interface Address {
  sign: string | null
  track: number | null
  /** The case that stands in the inspector's place. */
  case_key: string | null
  view: View
  pane: Pane
  /** Which signs the queue lists. */
  shelf: Shelf
  camera: Camera | null
  heights: [number, number]
  layers: Layers
  language: Language | null
  units: Units | null
  theme: Theme | null
  textSize: TextSize | null
  symbols: SymbolSet | null
  /** The moment of a replay. */
  at_s: number | null
}

export const HEIGHTS: [number, number] = [-500, 20_000]
export const LAYERS: Layers = { trails: true, labels: true, carpet: true, zones: true, height_colours: false }
const LETTERS: Record<keyof Layers, string> = { trails: 't', labels: 'l', carpet: 'h', zones: 'z', height_colours: 'c' }
const NAMES = Object.keys(LETTERS) as (keyof Layers)[]

export function blank(): Address {
  return {
    sign: null,
    track: null,
    case_key: null,
    view: 'watch',
    pane: 'map',
    shelf: 'open',
    camera: null,
    heights: [...HEIGHTS],
    layers: { ...LAYERS },
    language: null,
    units: null,
    theme: null,
    textSize: null,
    symbols: null,
    at_s: null,
  }
}

function letters(layers: Layers): string {
  return NAMES.filter((name) => layers[name]).map((name) => LETTERS[name]).join('')
}

/** The query of an address, shortest form: what is as usual is left out. */
export function encode(address: Address): string {
  const query = new URLSearchParams()
  const put = (name: string, value: string | number | null, usual: string | number | null = null): void => {
    if (value !== null && value !== usual) query.set(name, String(value))
  }
  put('view', address.view, 'watch')
  put('pane', address.pane, 'map')
  put('shelf', address.shelf, 'open')
  put('sign', address.sign)
  put('track', address.track)
  put('case', address.case_key)
  put('t', address.at_s === null ? null : Math.round(address.at_s))
  const c = address.camera
  put('at', c && `${c.lat_deg.toFixed(5)},${c.lon_deg.toFixed(5)},${c.zoom.toFixed(2)}`)
  put('height', address.heights.map(Math.round).join('..'), HEIGHTS.join('..'))
  put('layers', letters(address.layers), letters(LAYERS))
  put('lang', address.language)
  put('units', address.units)
  put('theme', address.theme)
  put('text', address.textSize)
  put('symbols', address.symbols)
  const text = query.toString().replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}

/** Reads an address; whatever it does not understand is as usual. */
export function decode(search: string): Address {
  const query = new URLSearchParams(search)
  return {
    sign: opaque(query.get('sign')),
    track: whole(query.get('track')),
    case_key: opaque(query.get('case')),
    view: one(query.get('view'), VIEWS) ?? 'watch',
    pane: one(query.get('pane'), ['map', 'table']) ?? 'map',
    shelf: one(query.get('shelf'), SHELVES) ?? 'open',
    camera: camera(query.get('at')),
    heights: heights(query.get('height')),
    layers: layers(query.get('layers')),
    language: one(query.get('lang'), ['en', 'fr', 'vi']),
    units: one(query.get('units'), ['metric', 'aviation']),
    theme: one(query.get('theme'), ['dark', 'light']),
    textSize: size(query.get('text')),
    symbols: one(query.get('symbols'), ['plain', 'app6']),
    at_s: whole(query.get('t')),
  }
}

function one<T extends string>(value: string | null, of: readonly T[]): T | null {
  return of.find((known) => known === value) ?? null
}

function opaque(value: string | null): string | null {
  return value !== null && /^[\w.:-]{1,64}$/.test(value) ? value : null
}

function whole(value: string | null): number | null {
  return value !== null && /^\d{1,12}$/.test(value) ? Number(value) : null
}

function numbers(value: string | null, between: string): number[] {
  const found = (value ?? '').split(between).map((part) => (part === '' ? NaN : Number(part)))
  return found.every(Number.isFinite) ? found : []
}

function camera(value: string | null): Camera | null {
  const [lat_deg, lon_deg, zoom] = numbers(value, ',')
  if (lat_deg === undefined || lon_deg === undefined || zoom === undefined) return null
  const fits = Math.abs(lat_deg) <= 85 && Math.abs(lon_deg) <= 180 && zoom >= 0 && zoom <= 24
  return fits ? { lat_deg, lon_deg, zoom } : null
}

function heights(value: string | null): [number, number] {
  const [low_m, high_m] = numbers(value, '..')
  return low_m !== undefined && high_m !== undefined && low_m < high_m ? [low_m, high_m] : [...HEIGHTS]
}

function layers(value: string | null): Layers {
  if (value === null) return { ...LAYERS }
  const shown = (name: keyof Layers): boolean => value.includes(LETTERS[name])
  return {
    trails: shown('trails'),
    labels: shown('labels'),
    carpet: shown('carpet'),
    zones: shown('zones'),
    height_colours: shown('height_colours'),
  }
}

function size(value: string | null): TextSize | null {
  const found = whole(value)
  return found === 100 || found === 115 || found === 130 ? found : null
}

/** What makes another entry of the history when it changes; the rest only changes the entry. */
export function isStep(before: Address, after: Address): boolean {
  const of = (a: Address): string => [a.sign, a.track, a.case_key, a.view, a.pane, a.at_s === null].join(' ')
  return of(before) !== of(after)
}
