/** Frame: the columns of a live frame as typed arrays, and where a track stands in them. */

import { KINDS, type FrameMessage, type Kind, type Language } from './wire'
import { t } from './words'

/** What of a message the tracks are made of: plain bytes, which can be sent to a worker. */
export type Columns = Pick<FrameMessage, 'n' | 'tracks'>

const ABSENT_I2 = -32768
const ABSENT_U2 = 65535

/** All tracks of one moment; element i of every column is one track. */
export class Tracks {
  readonly n: number
  readonly id: Int32Array
  readonly lat_e7: Int32Array
  readonly lon_e7: Int32Array
  readonly names: string[]
  readonly flags: Uint8Array
  private readonly alt: Int16Array
  private readonly climb: Int16Array
  private readonly speed: Uint16Array
  private readonly course: Uint16Array
  private readonly major: Uint16Array
  private readonly minor: Uint16Array
  private readonly turned: Uint8Array
  private readonly kinds: Uint8Array
  private readonly age: Uint16Array
  private at: Map<number, number> | null = null

  constructor(readonly columns: Columns) {
    const { n, tracks: c } = columns
    this.n = n
    this.id = new Int32Array(aligned(c.id))
    this.lat_e7 = new Int32Array(aligned(c.lat))
    this.lon_e7 = new Int32Array(aligned(c.lon))
    this.alt = new Int16Array(aligned(c.alt))
    this.climb = new Int16Array(aligned(c.climb))
    this.speed = new Uint16Array(aligned(c.speed))
    this.course = new Uint16Array(aligned(c.course))
    this.major = new Uint16Array(aligned(c.major))
    this.minor = new Uint16Array(aligned(c.minor))
    this.turned = c.turned
    this.kinds = c.kind
    this.flags = c.flags
    this.age = new Uint16Array(aligned(c.age))
    this.names = c.names === '' && n !== 1 ? [] : c.names.split('\n')
  }

  /** Where the track `id` stands, -1 if it is not there. */
  index(id: number): number {
    this.at ??= new Map(Array.from(this.id, (value, i) => [value, i]))
    return this.at.get(id) ?? -1
  }

  lat_deg(i: number): number {
    return (this.lat_e7[i] ?? 0) * 1e-7
  }
  lon_deg(i: number): number {
    return (this.lon_e7[i] ?? 0) * 1e-7
  }
  place(i: number): { lat_deg: number; lon_deg: number } {
    return { lat_deg: this.lat_deg(i), lon_deg: this.lon_deg(i) }
  }
  alt_m(i: number): number | null {
    return known(this.alt[i], ABSENT_I2, 1)
  }
  climb_mps(i: number): number | null {
    return known(this.climb[i], ABSENT_I2, 0.1)
  }
  speed_mps(i: number): number {
    return (this.speed[i] ?? 0) * 0.1
  }
  /** Clockwise from north; null: it has no direction. */
  track_deg(i: number): number | null {
    return known(this.course[i], ABSENT_U2, 0.01)
  }
  /** Half axes of the one-sigma ellipse and how far its long one is turned from north. */
  ellipse(i: number): { major_m: number; minor_m: number; turned_deg: number } {
    return {
      major_m: this.major[i] ?? 0,
      minor_m: this.minor[i] ?? 0,
      turned_deg: ((this.turned[i] ?? 0) * 180) / 256,
    }
  }
  kind(i: number): Kind {
    return KINDS[this.kinds[i] ?? 0] ?? 'unknown'
  }
  /** Since any source last saw it; null: longer than can be said. */
  age_s(i: number): number | null {
    return known(this.age[i], ABSENT_U2, 0.1)
  }
  has(i: number, flag: number): boolean {
    return ((this.flags[i] ?? 0) & flag) !== 0
  }
}

/** What the track at `i` is called: its callsign, else its kind and number. */
export function nameOf(tracks: Tracks, i: number, language: Language): string {
  return tracks.names[i] || `${t(language, `shell.kind.${tracks.kind(i)}`)}\u00a0${tracks.id[i] ?? 0}`
}

/** Typed arrays ask for aligned memory; what comes out of a message stands anywhere. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer
}

function known(value: number | undefined, absent: number, unit: number): number | null {
  return value === undefined || value === absent ? null : value * unit
}
