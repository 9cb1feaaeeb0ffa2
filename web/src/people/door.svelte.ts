/** Door: who one is, whether one is in, and what is said on the way. No password and no code is kept here. */

import { say } from '../act'
import { get, onSession, post, remove } from '../api'
import { app } from '../state.svelte'
import type { SessionInfo } from '../wire'
import { isIn, reading } from './doorway'
import { refusal } from './refusal'

const AGAIN_MS = 2000
/** A moved hand is told so often, or thrice in the time after which the session locks; never more often than that. */
const [TOUCH_S, SOONEST_S] = [60, 10]

class Door {
  info = $state.raw<SessionInfo | null>(null)
  /** The secret of a one-time link with which the page was opened. */
  link = $state.raw<string | null>(null)
  /** Why an issuer did not let one in. */
  refused = $state.raw<string | null>(null)
  /** Somebody just joined: a second factor is offered. */
  joined = $state(false)
  /** There was a session in this page, and it is over. */
  over = $state(false)
  private touched_s = 0

  isIn: boolean = $derived(this.link === null && !this.joined && isIn(this.info))
  /** False: there are no accounts here. */
  isGuarded: boolean = $derived(this.info !== null && !this.info.local)

  /** Begins; gives back what ends it. */
  open(): () => void {
    this.read()
    this.over = (history.state as { over?: boolean } | null)?.over ?? false
    onSession(() => void (this.info?.local || this.look()))
    void this.look()
    return () => onSession(() => undefined)
  }
  /** What the fragment says; it does not stay in the address bar. */
  private read(): void {
    const said = reading(location.hash)
    if (said === null) return
    if (said.link !== undefined) this.link = said.link
    if (said.openid !== undefined) this.refused = said.openid
    history.replaceState(null, '', location.pathname + location.search)
  }
  /** Asks where one stands. A session that is over takes the page along: nothing of what it showed stays. */
  async look(): Promise<void> {
    const was = this.isIn
    const info = await get<SessionInfo>('session').catch(() => null)
    if (info === null) {
      if (this.info === null) setTimeout(() => void this.look(), AGAIN_MS)
      return
    }
    if (was && !isIn(info)) return this.leave(true)
    this.take(info)
  }
  /** What an answer says of the session holds at once, before the socket says it. */
  take(info: SessionInfo): void {
    this.info = info
    app.entered = info.local ? null : info.person
    const { hello } = app.live
    if (hello && info.person && !info.local) app.live.hello = { ...hello, person: info.person }
  }

  async enter(name: string, password: string): Promise<void> {
    this.take(await post<SessionInfo>('session', { name, password }))
  }
  async prove(code: string): Promise<void> {
    this.take(await post<SessionInfo>('session/second', { code }))
  }
  async use(said: { login: string; name: string; password: string }): Promise<void> {
    const info = await post<SessionInfo>('links/use', { link: this.link, ...said })
    this.take(info)
    this.link = null
    this.joined = info.state === 'open' && info.second.length === 0
  }
  async lock(): Promise<void> {
    await post<SessionInfo>('session/lock').then((info) => this.take(info), unsaid)
  }
  async unlock(password: string): Promise<void> {
    this.take(await post<SessionInfo>('session/unlock', { password }))
  }
  async signOut(): Promise<void> {
    await remove('session').then(() => this.leave(false), unsaid)
  }
  /** A hand moved. */
  touch(): void {
    const { info } = this
    if (info?.state !== 'open' || info.local) return
    const now_s = Date.now() / 1000
    const often_s = Math.min(TOUCH_S, Math.max(SOONEST_S, ((info.locks_s ?? Infinity) - this.touched_s) / 3))
    if (now_s - this.touched_s < often_s) return
    this.touched_s = now_s
    void post<SessionInfo>('session/touch').then(
      (after) => this.take(after),
      () => undefined,
    )
  }
  private leave(isOver: boolean): void {
    history.replaceState(isOver ? { over: true } : null, '')
    location.reload()
  }
}

/** Says why something that has no form could not be done. */
function unsaid(error: unknown): void {
  say(app.t(refusal(error, 'people').key))
}

export const door = new Door()
