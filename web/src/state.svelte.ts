/** State: what the one screen shows. Components read `app`; nothing else holds state that two of them need. */

import { act, type Ask, type Notice, type Undo } from './act'
import { get, Refused } from './api'
import { nameOf } from './frame'
import { Socket } from './live'
import { onShelf, signOfTrack, type Shelf } from './order'
import { Places } from './card/place'
import { as_said, moving, type Moving } from './card/figures'
import { present } from './card/present'
import { quiet_s } from './card/site'
import { since } from './format'
import { Voice } from './say'
import { blank, type Address, type Camera, type Layers, type Pane, type SymbolSet, type TextSize, type Theme, type View } from './url'
import { t } from './words'
import { freshness, World, type Frame, type Fresh } from './world.svelte'
import type { Catalogue, ExerciseState, HelloMessage, Language, Person, Reason, Sign, SiteInfo, SourceState, Timeline, TrackInfo, Units } from './wire'

export type { Frame, Fresh, Camera, Layers, Pane, TextSize, Theme, View, Ask }

export type Mode = HelloMessage['mode']
/** A camera that looked somewhere. */
export interface Look {
  lat_deg: number
  lon_deg: number
  bearing_deg: number
  field_of_view_deg: number | null
  range_m: number | null
}
export type Selection = { sign: string | null; track: number | null }
export type Sheet = 'exercise' | 'palette' | 'keys' | 'settings' | 'sources' | 'queue' | 'aerodrome' | 'cases' | 'sighting'

/** `p` holds the picture so long. */
const HOLD_S = 30
/** A replay may be on its way from a checkpoint for so long. */
const SEEK_S = 60
const TICK_MS = 250

/** The window's own width decides, as the guide's table has it. */
export const WIDE_PX = 1280

class App {
  site = $state.raw<SiteInfo | null>(null)
  /** Why there is no site, when there is none. */
  failed = $state<string | null>(null)
  catalogue = $state.raw<Catalogue | null>(null)
  /** Who came in, until the socket says it. */
  entered = $state.raw<Person | null>(null)
  readonly live = new World((sign, before) => this.onSign(sign, before))
  replay = $state.raw<World | null>(null)
  /** The moment that the address names, while a replay goes on. */
  replay_s = $state<number | null>(null)

  selected = $state.raw<Selection>({ sign: null, track: null })
  /** The case that stands in the inspector's place. */
  case_key = $state<string | null>(null)
  /** Where cameras of that case looked, for the map. */
  looks = $state.raw<Look[]>([])
  /** Who wants to know which place is clicked next. */
  picking = $state.raw<((place: { lat_deg: number; lon_deg: number }) => void) | null>(null)
  hovered = $state<number | null>(null)
  /** What the live watch knows of the selected track. */
  private known = $state.raw<TrackInfo | null>(null)
  /** A track that the server knows no more: it is not asked again. */
  private gone: number | null = null
  view = $state<View>('watch')
  pane = $state<Pane>('map')
  camera = $state.raw<Camera | null>(null)
  heights = $state.raw<[number, number]>(blank().heights)
  layers = $state<Layers>(blank().layers)
  shelf = $state<Shelf>('open')
  follow = $state(false)
  measuring = $state(false)
  sheet = $state<Sheet | null>(null)
  chosen = $state<{ language: Language | null; units: Units | null; theme: Theme | null; textSize: TextSize | null; symbols: SymbolSet | null }>({
    language: null,
    units: null,
    theme: null,
    textSize: null,
    symbols: null,
  })
  singleKeys = $state(true)
  /** No fading, whatever the system says. */
  stillness = $state(false)
  width_px = $state(window.innerWidth)

  /** What the strip shows of the past. */
  timeline = $state.raw<Timeline | null>(null)
  /** Signs that have ended, as the server lists them. */
  past = $state.raw<Sign[]>([])
  notices = $state.raw<Notice[]>([])
  undo = $state.raw<Undo | null>(null)
  /** What a screen reader is told: of urgent signs at once, of others when it has time. */
  spoken = $state({ urgent: '', other: '' })
  /** Sound: what the person wants, and what the browser lets. */
  sound = $state({ on: true, armed: false })

  /** Ticks four times a second; everything that ages reads it. */
  wall_ms = $state(performance.now())
  held = $state.raw<{ frame: Frame; from_ms: number } | null>(null)
  private selected_ms = 0
  private readonly commands = new Map<string, () => boolean | void>()
  private sockets: { live: Socket; replay: Socket | null } = { live: new Socket(this.live, livePath), replay: null }

  // --- what the picture shows ------------------------------------------------------------------------

  shown: World = $derived(this.replay ?? this.live)
  frame: Frame | null = $derived(this.held?.frame ?? this.shown.frame)
  hello: HelloMessage | null = $derived(this.shown.hello)
  signs: ReadonlyMap<string, Sign> = $derived(this.shown.signs)
  open: Sign[] = $derived(onShelf(this.signs.values(), 'open'))
  shelved: Sign[] = $derived(onShelf(this.signs.values(), 'shelved'))
  ended: Sign[] = $derived(onShelf(this.withPast().values(), 'ended'))
  /** Who looks; null before anything said so. */
  person: Person | null = $derived(this.live.hello?.person ?? this.entered)
  /** Acts and personal data hide; picture and alarms stay. */
  locked: boolean = $derived(this.person?.locked ?? false)
  /** The selected track with all that is known of it, or was at the moment of a replay. */
  info: TrackInfo | null = $derived(this.replay ? this.replay.infoOf(this.selected.track) : this.known)
  /** Of the live watch, whatever is shown. */
  exercise: ExerciseState | null = $derived(this.live.hello?.exercise ?? null)
  mode: Mode = $derived(this.replay ? 'replay' : (this.live.hello?.mode ?? 'live'))
  /** Seconds of the wall clock since the picture changed. */
  old_s: number = $derived(this.held ? (this.wall_ms - this.held.from_ms) / 1000 : this.shown.old_s(this.wall_ms))
  fresh: Fresh = $derived(this.held && this.shown.old_s(this.wall_ms) < 10 ? 'old' : freshness(this.shown.old_s(this.wall_ms)))
  now_s: number = $derived(this.shown.now_s(this.wall_ms))
  asOf_s: number = $derived(this.frame?.now_s ?? this.now_s)
  /** The watch that goes on beside a replay. */
  live_s: number = $derived(this.live.now_s(this.wall_ms))
  sources: SourceState[] = $derived(this.live.frame?.sources ?? [])

  // --- how it is shown -------------------------------------------------------------------------------

  get language(): Language {
    return this.chosen.language ?? usual(navigator.languages)
  }
  set language(value: Language) {
    this.chosen.language = value
  }
  get units(): Units {
    return this.chosen.units ?? this.site?.units ?? 'metric'
  }
  set units(value: Units) {
    this.chosen.units = value
  }
  get theme(): Theme {
    return this.chosen.theme ?? 'dark'
  }
  set theme(value: Theme) {
    this.chosen.theme = value
  }
  get textSize(): TextSize {
    return this.chosen.textSize ?? 100
  }
  set textSize(value: TextSize) {
    this.chosen.textSize = value
  }
  get symbols(): SymbolSet {
    return this.chosen.symbols ?? 'plain'
  }
  set symbols(value: SymbolSet) {
    this.chosen.symbols = value
  }
  /** The inspector is a sheet and the queue a strip of marks. */
  narrow: boolean = $derived(this.width_px < WIDE_PX || this.chosen.textSize === 130)

  // --- words -----------------------------------------------------------------------------------------

  voice: Voice | null = $derived(this.catalogue && new Voice(this.catalogue, this.units))
  places: Places | null = $derived(this.site && new Places(this.site))

  t(key: string, params?: Record<string, string | number>): string {
    return t(this.language, key, params)
  }
  headline(sign: Sign): string {
    return this.voice?.headline(this.present(sign)) ?? sign.rule
  }
  sentence(sign: Sign): string {
    return this.voice?.sentence(this.present(sign)) ?? ''
  }
  /** The object of a sign as the picture has it; of one that is over, or gone, as the sign says. */
  movingOf(sign: Sign): Moving {
    const tracks = this.frame?.tracks
    const i = sign.track === null || sign.over ? -1 : (tracks?.index(sign.track) ?? -1)
    if (tracks && this.places && i >= 0) {
      return moving(tracks, i, this.info, this.places.of({ lat_deg: tracks.lat_deg(i), lon_deg: tracks.lon_deg(i) }))
    }
    const { lat_deg, lon_deg } = sign
    return as_said(sign, lat_deg === null || lon_deg === null ? null : (this.places?.of({ lat_deg, lon_deg }) ?? null))
  }
  /** A sign as it is at the moment of the picture. */
  present(sign: Sign): Sign {
    return present(sign, this.movingOf(sign), this.site?.elevation_m ?? null, this.asOf_s)
  }
  reason(sign: Sign, reason: Reason): string {
    return this.voice?.reason(sign, reason) ?? reason.code
  }
  /** How a source is, in a word. */
  stateName(state: SourceState['state']): string {
    return this.voice?.word('STATE', state) ?? state
  }
  /** The same, and for how long one that works has told nothing. */
  sourceState(source: SourceState, now_s: number): string {
    const quiet = quiet_s(source, now_s)
    return quiet === null ? this.stateName(source.state) : this.t('card.nothing_for', { age: since(quiet, this.language) })
  }
  /** What the track at `i` of the frame is called: its callsign, else its kind and number. */
  trackName(i: number): string {
    return this.frame ? nameOf(this.frame.tracks, i, this.language) : '–'
  }

  // --- selection -------------------------------------------------------------------------------------

  /** One object: a sign brings its track, a track the sign that presses most. */
  select(wanted: { sign: string } | { track: number } | null): void {
    const before = this.selected
    // In the watch another object takes the inspector; the view of cases keeps its case.
    if (this.view === 'watch') this.case_key = null
    this.selected = wanted === null ? { sign: null, track: null } : this.whole(wanted)
    if (before.sign !== this.selected.sign) this.selected_ms = performance.now()
    if (before.track !== this.selected.track) {
      this.known = null
      this.follow = false
      void this.poll()
    }
  }
  private whole(wanted: { sign: string } | { track: number }): Selection {
    if ('sign' in wanted) return { sign: wanted.sign, track: this.sign(wanted.sign)?.track ?? null }
    return { sign: signOfTrack(this.open, wanted.track)?.key ?? null, track: wanted.track }
  }
  /** A sign by its key, from whichever shelf. */
  sign(key: string | null): Sign | undefined {
    if (key === null) return undefined
    // What was not known then is not shown as if it had been.
    return this.signs.get(key) ?? (this.replay ? undefined : this.past.find((sign) => sign.key === key))
  }
  /** `a` and `s` act only on a sign that somebody could see for a second. */
  get seenLongEnough(): boolean {
    return performance.now() - this.selected_ms >= 1000
  }

  // --- what it asks ----------------------------------------------------------------------------------

  track(id: number): Promise<TrackInfo> {
    return get<TrackInfo>(`tracks/${id}`)
  }
  /** null: done. Else why it could not be done, to be shown. */
  act(sign: Sign, ask: Ask): Promise<string | null> {
    return act(sign, ask)
  }
  /** The selected track, each second. A replay tells of it by itself, once it is asked. */
  async poll(): Promise<void> {
    const id = this.selected.track
    if (id === null) return
    if (this.replay) return this.replay.ask(id, (track) => this.sockets.replay?.say({ track }))
    if (id === this.gone || this.fresh === 'dead') return
    // A track that has gone from the picture has gone from the server.
    if (this.frame && this.frame.tracks.index(id) < 0) return
    const info = await this.track(id).catch((error: unknown) => {
      if (error instanceof Refused && error.problem.status === 404) this.gone = id
      return null
    })
    if (id === this.selected.track && info !== null) this.known = info
  }
  async loadPast(): Promise<void> {
    this.past = await get<Sign[]>('signs?state=ended').catch(() => this.past)
  }
  private withPast(): ReadonlyMap<string, Sign> {
    return this.replay ? this.signs : new Map([...this.past.map((sign) => [sign.key, sign] as const), ...this.signs])
  }

  // --- commands --------------------------------------------------------------------------------------

  /** Registers what a command does; the last one wins. Give back to forget it. */
  onCommand(name: string, does: () => boolean | void): () => void {
    this.commands.set(name, does)
    return () => {
      if (this.commands.get(name) === does) this.commands.delete(name)
    }
  }
  /** Whether there was something to do. */
  command(name: string): boolean {
    const does = this.commands.get(name)
    return does !== undefined && does() !== false
  }

  /** Whether the person may, as the policy of the server has it. */
  may(action: string): boolean {
    return this.person?.may.includes(action) ?? false
  }

  // --- replay and hold -------------------------------------------------------------------------------

  /** Shows what was known at `at_s`; the live socket stays. */
  goBack(at_s: number): void {
    if (this.person !== null && !this.may('replay.read')) return
    this.held = null
    this.replay_s = at_s
    if (this.replay) {
      this.replay.sought_s = at_s
      return this.sockets.replay?.say({ at_s })
    }
    const world = new World(undefined, at_s)
    world.sought_s = at_s
    const path = (): string => `replay?at_s=${this.replay_s ?? at_s}&speed=${world.speed}${world.asks(this.selected.track)}`
    this.replay = world
    this.sockets.replay = new Socket(world, path, SEEK_S)
    this.sockets.replay.open()
  }
  setSpeed(speed: number): void {
    if (!this.replay) return
    this.replay.speed = speed
    this.sockets.replay?.say({ speed })
  }
  goLive(): void {
    this.sockets.replay?.close()
    this.sockets.replay = null
    this.replay = null
    this.replay_s = null
    void this.poll()
  }
  /** Holds the picture, or lets it go. */
  hold(): void {
    this.held = this.held || !this.shown.frame ? null : { frame: this.shown.frame, from_ms: performance.now() }
  }

  // --- life ------------------------------------------------------------------------------------------

  /** Called for each sign that is new or changed in the live watch. */
  onSign: (sign: Sign, before: Sign | undefined) => void = () => undefined

  start(): () => void {
    this.sockets.live.open()
    void this.load()
    const tick = setInterval(() => this.tick(), TICK_MS)
    const poll = setInterval(() => void this.poll(), 1000)
    return () => {
      clearInterval(tick)
      clearInterval(poll)
      this.sockets.live.close()
      this.sockets.replay?.close()
    }
  }
  private tick(): void {
    this.wall_ms = performance.now()
    if (this.held && this.old_s >= HOLD_S) this.held = null
    this.sockets.live.check()
    this.sockets.replay?.check()
  }
  /** The site, until it is there. */
  private async load(): Promise<void> {
    try {
      this.site = await get<SiteInfo>('site')
      this.failed = null
    } catch (error) {
      this.failed = error instanceof Error ? error.message : String(error)
      setTimeout(() => void this.load(), 2000)
    }
  }
  async loadCatalogue(language: Language): Promise<void> {
    const catalogue = await get<Catalogue>(`catalogue?language=${language}`).catch(() => null)
    if (catalogue && language === this.language) this.catalogue = catalogue
  }

  // --- address ---------------------------------------------------------------------------------------

  get address(): Address {
    const { view, pane, shelf, camera, heights, case_key, replay_s: at_s } = this
    return { ...this.selected, ...this.chosen, case_key, view, pane, shelf, camera, heights, layers: { ...this.layers }, at_s }
  }
  /** Shows what an address says. */
  visit(address: Address): void {
    const { view, pane, shelf, camera, heights, case_key, layers, language, units, theme, textSize, symbols } = address
    Object.assign(this, { view, pane, shelf, camera, heights, case_key, layers })
    this.chosen = { language, units, theme, textSize, symbols }
    const same = this.selected.sign === address.sign && this.selected.track === address.track
    if (!same) this.selected = { sign: address.sign, track: address.track }
    if (address.at_s === null) this.goLive()
    else if (address.at_s !== this.replay_s) this.goBack(address.at_s)
    void this.poll()
  }
}

function livePath(since: string | null): string {
  return since === null ? 'live' : `live?since=${since}`
}

/** The first language of the browser that the console has. */
function usual(languages: readonly string[]): Language {
  const found = languages.map((l) => l.slice(0, 2)).find((l): l is Language => l === 'en' || l === 'fr' || l === 'vi')
  return found ?? 'en'
}

export const app = new App()
