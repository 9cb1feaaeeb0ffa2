/** World: what one socket tells, live or replay, and how old that is. */

import { told, type Cases } from './desk/cases'
import type { Aerodrome } from './desk/wire'
import { Tracks } from './frame'
import { Ledger, type Heard } from './numbering'
import type { Alarms, BearingLine, EventMessage, FlightPath, FrameMessage, HelloMessage, Message, SeekingMessage, Sign, SourceState, TrackInfo } from './wire'

/** No frame for so long, and the picture is called old; then it counts as dead. */
export const OLD_S = 3
export const DEAD_S = 10

export type Fresh = 'live' | 'old' | 'dead'
export type Link = 'connecting' | 'open' | 'lost'

export interface Frame {
  now_s: number
  tracks: Tracks
  bearings: BearingLine[]
  flights: FlightPath[]
  sources: SourceState[]
  qnh_hpa: number | null
  alarms: Alarms
}

/** How a picture of that age counts. */
export function freshness(old_s: number): Fresh {
  if (old_s >= DEAD_S) return 'dead'
  return old_s >= OLD_S ? 'old' : 'live'
}

export class World {
  hello = $state.raw<HelloMessage | null>(null)
  frame = $state.raw<Frame | null>(null)
  signs = $state.raw<ReadonlyMap<string, Sign>>(new Map())
  /** Every open case, and those that were closed since. */
  cases = $state.raw<Cases>(new Map())
  aerodrome = $state.raw<Aerodrome | null>(null)
  link = $state<Link>('connecting')
  /** The snapshot of signs has come. */
  known = $state(false)
  /** Seconds of server time in one of the wall clock. */
  speed = $state(1)
  /** A replay is on its way to a moment. */
  seeking = $state.raw<SeekingMessage | null>(null)
  /** The moment that a replay was asked for, until it is shown. */
  sought_s: number | null = null
  /** Its signs have come, and so its picture comes next. */
  private found = false
  /** In a replay: what was known of the track that is looked at. */
  info = $state.raw<TrackInfo | null>(null)
  private asked: number | null = null
  /** Wall time of the last frame, or of the start. */
  heard_ms = $state(performance.now())
  /** Of the page that the server had at first. */
  private version: string | null = null
  private readonly ledger = new Ledger()
  /** Which store numbered what the ledger holds; a `hello` alone does not change that. */
  private store = ''

  /** `start_s`: its time before anything has come. */
  constructor(
    private readonly onSign: (sign: Sign, before: Sign | undefined) => void = () => undefined,
    readonly start_s: number = Date.now() / 1000,
  ) {}

  /** What a replay knew of a track. */
  infoOf(track: number | null): TrackInfo | null {
    return this.info?.id === track ? this.info : null
  }
  /** Asks a replay to tell of a track, unless it does. */
  ask(track: number, say: (track: number) => void): void {
    if (track !== this.asked) say(track)
    this.asked = track
  }
  /** The same, in the address of the replay. */
  asks(track: number | null): string {
    this.asked = track
    return track === null ? '' : `&track=${track}`
  }

  /** The last event that is known, with the store that numbered it; null before the first snapshot. */
  get since(): string | null {
    return this.ledger.number === null ? null : `${this.store}:${this.ledger.number}`
  }

  /** The server has another page by now. */
  get isOutdated(): boolean {
    return this.hello !== null && this.hello.version !== this.version
  }

  /** A gap in the numbers is the only thing that the socket must know about. */
  take(message: Message, wall_ms: number): Heard {
    switch (message.m) {
      case 'hello':
        this.hello = message
        this.version ??= message.version
        this.speed = message.speed
        return 'applied'
      case 'signs':
        this.found = true
        this.ledger.snapshot(message)
        this.store = this.hello?.store ?? ''
        this.tell(this.ledger.signs)
        return 'applied'
      case 'event':
        return this.event(message)
      case 'seeking':
        this.seeking = message
        this.heard_ms = wall_ms
        return 'applied'
      case 'track':
        this.info = message.info
        return 'applied'
      case 'frame':
        this.show(message, wall_ms)
        return 'applied'
      case 'case':
        this.cases = told(this.cases, message.case)
        return 'applied'
      case 'aerodrome':
        this.hearAerodrome(message.aerodrome)
        return 'applied'
    }
  }

  /** An answer and a message may cross: the later one holds. */
  hearAerodrome(said: Aerodrome): void {
    if (this.aerodrome === null || this.aerodrome.version <= said.version) this.aerodrome = said
  }

  private event(message: EventMessage): Heard {
    const before = this.signs.get(message.sign.key)
    const heard = this.ledger.event(message)
    if (heard === 'applied') {
      this.signs = this.ledger.signs
      this.onSign(message.sign, before)
    }
    return heard
  }

  private tell(signs: ReadonlyMap<string, Sign>): void {
    const before = this.signs
    const first = !this.known
    this.signs = signs
    this.known = true
    // What was there when the page opened is no news; what a new snapshot brings is.
    if (!first) for (const sign of signs.values()) if (before.get(sign.key)?.changed_s !== sign.changed_s) this.onSign(sign, before.get(sign.key))
  }

  private show(message: FrameMessage, wall_ms: number): void {
    const { now_s, bearings, flights, sources, qnh_hpa, alarms } = message
    this.frame = { now_s, tracks: new Tracks(message), bearings, flights, sources, qnh_hpa, alarms }
    this.heard_ms = wall_ms
    this.seeking = null
    if (this.found) this.sought_s = null
    this.found = false
  }

  /** Wall seconds since the last frame; time that stands, at the other end too, grows no picture old. */
  old_s(wall_ms: number): number {
    if (this.speed === 0 && this.link === 'open') return 0
    return Math.max(0, (wall_ms - this.heard_ms) / 1000)
  }

  /** Server time now: it stands still with a picture that is dead. */
  now_s(wall_ms: number): number {
    if (this.frame === null && this.hello === null) return this.start_s
    const at_s = this.frame?.now_s ?? this.hello?.now_s ?? this.start_s
    const old_s = this.old_s(wall_ms)
    return freshness(old_s) === 'dead' ? at_s : at_s + old_s * this.speed
  }
}
