/** Desk: the case that is looked at, what is done to it, and what the server refused. Components read `desk`. */

import { hindrance, say } from '../act'
import { get, post, put, Refused, upload } from '../api'
import { plain } from '../format'
import { app } from '../state.svelte'
import { caseOf, listed, open } from './cases'
import { suspended } from './places'
import type {
  Aerodrome, CameraInfo, Case, CaseAct, CaseKind, CaseSummary, Checklist, Closure, Conflict, Handover, PlaceState, TowerText,
} from './wire'

/** Without its version: that is the one which was on the screen when the person began. */
export type CaseAsk = CaseAct extends infer A ? (A extends unknown ? Omit<A, 'version'> : never) : never

/** An act that met another one on the same field. */
export interface Clash {
  /** `case:7`, `aerodrome`, `checklist:drone`, `handover`. */
  about: string
  conflict: Conflict
  /** Does it all the same, on what is there now. */
  again: () => Promise<string | null>
}

function isConflict(problem: object): problem is Conflict {
  return 'field' in problem && 'theirs' in problem && 'yours' in problem
}

class Desk {
  /** The case that is open, whole. */
  whole = $state.raw<Case | null>(null)
  /** A key that the server does not know. */
  missing = $state<string | null>(null)
  closed = $state.raw<CaseSummary[]>([])
  cameras = $state.raw<CameraInfo[]>([])
  handover = $state.raw<Handover | null>(null)
  clash = $state.raw<Clash | null>(null)
  /** What is on its way: the same is not sent twice. */
  private sending = $state.raw<ReadonlySet<string>>(new Set())
  busy: boolean = $derived(this.sending.size > 0)

  /** A locked session sees the picture, the alarms and what is closed, and no case. */
  locked: boolean = $derived(app.live.hello?.person.locked ?? false)
  open: CaseSummary[] = $derived(this.locked ? [] : open(app.live.cases))
  suspended: Closure[] = $derived(suspended(app.live.aerodrome))
  /** Sent and not read back. */
  waiting: TowerText[] = $derived(app.live.aerodrome?.tower ?? [])
  mine: CaseSummary[] = $derived(this.open.filter((said) => this.isMine(said)))
  /** The open case, unless another one was asked for meanwhile. */
  shown: Case | null = $derived(!this.locked && this.whole?.key === app.case_key ? this.whole : null)

  get me(): string | null {
    return app.live.hello?.person.key ?? null
  }
  isMine(of: CaseSummary): boolean {
    if (of.owner === null) return false
    return this.me === null ? of.owner.name === app.live.hello?.person.name : of.owner.key === this.me
  }
  /** Whether the person may, as the policy of the server has it. */
  may(action: string): boolean {
    return app.live.hello?.person.may.includes(action) ?? false
  }
  /** What a case is called: as a person said, else as its first sign has it. */
  title(of: CaseSummary): string {
    if (of.title !== '') return plain(of.title, 200)
    const sign = of.signs.map((key) => app.live.signs.get(key)).find((found) => found !== undefined)
    return sign ? app.headline(sign) : app.t('desk.untitled', { kind: app.t(`desk.kind.${of.kind}`) })
  }
  summary(key: string): CaseSummary | undefined {
    return app.live.cases.get(key) ?? this.closed.find((said) => said.key === key)
  }

  // --- looking ---------------------------------------------------------------------------------------

  /** Opens a case in the inspector's place; its newest sign is selected on map and queue. */
  show(key: string): void {
    if (app.view !== 'cases') app.view = 'watch'
    const sign = this.summary(key)?.signs.findLast((s) => app.live.signs.has(s))
    if (sign !== undefined) app.select({ sign })
    app.case_key = key
    app.sheet = null
  }
  leave(): void {
    app.case_key = null
    this.clash = null
  }
  /** After each connect: what is open, and how the aerodrome stands. */
  async load(): Promise<void> {
    const before = app.live.cases
    const [list, , cameras] = await Promise.all([
      this.may('case.read') ? get<CaseSummary[]>('cases?state=open').catch(() => null) : null,
      this.readAerodrome(),
      this.may('camera.read') ? get<CameraInfo[]>('cameras').catch(() => null) : null,
    ])
    if (list) app.live.cases = listed(before, app.live.cases, list)
    if (cameras) this.cameras = cameras
  }
  async readAerodrome(): Promise<void> {
    const said = await get<Aerodrome>('aerodrome').catch(() => null)
    if (said) app.live.hearAerodrome(said)
  }
  async loadClosed(): Promise<void> {
    this.closed = await get<CaseSummary[]>('cases?state=closed').catch(() => this.closed)
  }
  async read(key: string): Promise<void> {
    try {
      this.take(await get<Case>(path(key)))
      this.missing = null
      if (key === app.case_key && app.selected.sign === null && app.selected.track === null) this.show(key)
    } catch (error) {
      if (error instanceof Refused && error.problem.status < 500) this.missing = key
    }
  }
  /** Says that this case is on a screen, or no longer. */
  here(key: string, looking: boolean): void {
    if (hindrance() === null) void post(path(key, '/here'), { looking }).catch(() => undefined)
  }
  private take(whole: Case): void {
    if (whole.key !== app.case_key && this.whole !== null) return
    if (this.whole?.key !== whole.key || this.whole.version <= whole.version) this.whole = whole
  }

  // --- doing -----------------------------------------------------------------------------------------

  /** null: done. Else why not, which is said too; a conflict is kept, for the person to choose again. */
  private async did(
    about: string,
    under: string,
    body: unknown,
    send: () => Promise<unknown>,
    again?: () => Promise<string | null>,
  ): Promise<string | null> {
    const hindered = hindrance()
    if (hindered !== null) return told(hindered)
    const id = `${under} ${JSON.stringify(body)}`
    if (this.sending.has(id)) return ''
    this.sending = new Set([...this.sending, id])
    try {
      await send()
      if (this.clash?.about === about) this.clash = null
      return null
    } catch (error) {
      if (!(error instanceof Refused)) return told(app.t('shell.act.dead'))
      const problem: object = error.problem
      if (again && isConflict(problem)) this.clash = { about, conflict: problem, again }
      return told(isConflict(problem) ? app.t('desk.conflict.said') : error.message)
    } finally {
      this.sending = new Set([...this.sending].filter((one) => one !== id))
    }
  }

  async act(key: string, version: number, ask: CaseAsk): Promise<string | null> {
    const again = async (): Promise<string | null> => {
      await this.read(key)
      return this.act(key, this.whole?.version ?? version, ask)
    }
    const under = path(key, '/entries')
    return this.did(`case:${key}`, under, ask, async () => this.take(await post<Case>(under, { ...ask, version })), again)
  }
  /** Opens the case of a sign, or makes one; makes an empty one without a sign. */
  async begin(sign: string | null, kind?: CaseKind): Promise<string | null> {
    const there = sign === null ? undefined : caseOf(app.live.cases, sign)
    if (there) return void this.show(there.key), null
    const ask = { ...(sign === null ? {} : { sign }), ...(kind === undefined ? {} : { kind }) }
    return this.did('case', 'cases', ask, async () => {
      const made = await post<Case>('cases', ask)
      this.whole = made
      this.show(made.key)
    })
  }
  /** Of a case that is open: what a post of it answers. */
  async send(key: string, under: string, body: unknown): Promise<string | null> {
    return this.did(`case:${key}`, path(key, under), body, async () => this.take(await post<Case>(path(key, under), body)))
  }
  async add(key: string, file: File): Promise<string | null> {
    const under = path(key, `/files?name=${encodeURIComponent(file.name)}`)
    return this.did(`case:${key}`, under, file.size, async () => this.take(await upload<Case>(under, file)))
  }
  async place(version: number, ask: { place: string; state: PlaceState; why: string; case: string | null }): Promise<string | null> {
    const again = async (): Promise<string | null> => this.place(app.live.aerodrome?.version ?? version, ask)
    const answered = async (): Promise<void> => app.live.hearAerodrome(await post<Aerodrome>('aerodrome/places', { ...ask, version }))
    const why = await this.did('aerodrome', 'aerodrome/places', ask, answered, again)
    if (why !== null) void this.readAerodrome()
    else if (ask.case !== null) void this.read(ask.case)
    return why
  }
  async report(body: unknown): Promise<string | null> {
    return this.did('sighting', 'sightings', body, () => post('sightings', body))
  }
  async loadHandover(): Promise<void> {
    this.handover = await get<Handover>('handover').catch(() => this.handover)
  }
  async hand(under: '' | '/ticks' | '/accept', body: Record<string, unknown>): Promise<string | null> {
    const why = await this.did('handover', `handover${under}`, body, async () => (this.handover = await post<Handover>(`handover${under}`, body)))
    if (why !== null) await this.loadHandover()
    return why
  }
  async keep(list: Checklist, take: (kept: Checklist) => void): Promise<string | null> {
    const under = `checklists/${list.kind}`
    const { items, version } = list
    const again = async (): Promise<string | null> => {
      const now = await get<Checklist>(under)
      return this.keep({ ...list, version: now.version }, take)
    }
    return this.did(`checklist:${list.kind}`, under, items, async () => take(await put<Checklist>(under, { version, items })), again)
  }
}

function path(key: string, under = ''): string {
  return `cases/${encodeURIComponent(key)}${under}`
}
function told(why: string): string {
  say(why)
  return why
}

export const desk = new Desk()
