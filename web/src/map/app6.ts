/**
 * Symbols after APP-6 and MIL-STD-2525: a frame that says whose it is, an icon that says what it is. The machine
 * knows two frames: unknown, and friend for protected flights; there is no hostile one, and no hue. Frames of what
 * flies are open below. Where the standard has no icon (glider, paraglider, bird), the frame holds a silhouette. They
 * stand upright, as the standard has it: the vector says where it goes. Filled, the icon is cut out of the frame.
 */

import type { Kind } from '../wire'
import type { Drawing } from './glyphs'

const UNKNOWN = 'M7 20.5A5.8 5.8 0 0 1 7 8.9A5.2 5.2 0 0 1 17 8.9A5.8 5.8 0 0 1 17 20.5'
const UNKNOWN_LAND = 'M7.5 16.5A4.6 4.6 0 0 1 7.5 7.5A4.6 4.6 0 0 1 16.5 7.5A4.6 4.6 0 0 1 16.5 16.5A4.6 4.6 0 0 1 7.5 16.5z'
const FRIEND = 'M3.5 20.5V11.5A8.5 8.5 0 0 1 20.5 11.5V20.5'
const FRIEND_LAND = 'M2.5 12A9.5 9.5 0 0 1 21.5 12A9.5 9.5 0 0 1 2.5 12z'

const WINGS = 'M12 13.5c-2.2-2.6-6-2.6-6 0s3.8 2.6 6 0c2.2-2.6 6-2.6 6 0s-3.8 2.6-6 0z'
const CANOPY = 'M6.2 13.6c1.4-4.6 10.2-4.6 11.6 0l-1.5.5c-1.8-2.4-6.8-2.4-8.6 0zM10.6 17a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0-2.8 0z'
/** Icons in the middle of a frame. */
const ICONS: Record<Kind, string> = {
  unknown: '',
  clutter: '',
  aircraft: WINGS,
  /** With the modifier L, light. */
  light: `${WINGS}M10.9 16h1.1v2.4h1.7v1.1h-2.8z`,
  helicopter: 'M6.2 10.3 12 13.2 17.8 10.3V16.7L12 13.8 6.2 16.7z',
  drone: 'M6 10.8 12 13.4 18 10.8V12.9L12 16.8 6 12.9z',
  balloon: 'M12 8.6a3.6 3.6 0 0 0-1.6 6.8V18h3.2v-2.6A3.6 3.6 0 0 0 12 8.6z',
  glider: 'M5.8 12h5.5v-2h1.4v2h5.5v1.4h-5.5v4.2h-1.4v-4.2H5.8z',
  ultralight: 'M12 9.4 18 15.6 12 13.9 6 15.6z',
  paraglider: CANOPY,
  parachute: CANOPY,
  bird: 'M6.2 11.6c2.2-1.7 4.4-1.3 5.8 1.2 1.4-2.5 3.6-2.9 5.8-1.2-2.4.1-4.2 1.6-5.8 4.8-1.6-3.2-3.4-4.7-5.8-4.8z',
  vehicle: 'M7.6 9.6h8.8v4H7.6zM8.2 15.2a1 1 0 1 0 2 0a1 1 0 1 0-2 0zM13.8 15.2a1 1 0 1 0 2 0a1 1 0 1 0-2 0z',
}

/** They come in flocks. */
const SMALL: ReadonlySet<Kind> = new Set<Kind>(['bird', 'clutter', 'vehicle'])

function drawing(kind: Kind, isProtected: boolean): Drawing {
  const [unknown, friend] = kind === 'vehicle' ? [UNKNOWN_LAND, FRIEND_LAND] : [UNKNOWN, FRIEND]
  return { size_px: SMALL.has(kind) ? 18 : 24, fill: (isProtected ? friend : unknown) + ICONS[kind], upright: true, cut: true }
}

export type App6 = `app6-${Kind}` | `app6-${Kind}-friend`

/** The name of the symbol of a kind. */
export function app6Of(kind: Kind, isProtected: boolean): App6 {
  return isProtected ? `app6-${kind}-friend` : `app6-${kind}`
}

/** All of them by name. */
export const APP6 = Object.fromEntries(
  (Object.keys(ICONS) as Kind[]).flatMap((kind) =>
    [false, true].map((isProtected) => [app6Of(kind, isProtected), drawing(kind, isProtected)]),
  ),
) as Record<App6, Drawing>
