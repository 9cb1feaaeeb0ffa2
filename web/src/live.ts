/** Live: one socket that stays: decoded messages, the latest frame, back after a break with what was missed. */

import { decode } from '@msgpack/msgpack'

import { sessionChanged, socketUrl } from './api'
import { DEAD_S, type World } from './world.svelte'
import type { FrameMessage, Message, ReplayAsk } from './wire'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8000

/** How long to wait before try `n`; spread, so that twenty screens do not come back at one moment. */
export function wait_ms(n: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** n) * (0.75 + random / 2)
}

export class Socket {
  private socket: WebSocket | null = null
  private tries = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private pending: FrameMessage | null = null
  private spoke_ms = 0
  private closed = false

  /** `path` is asked at each try, with the last event that is known. */
  constructor(
    private readonly world: World,
    private readonly path: (since: string | null) => string,
    private readonly silence_s: number = DEAD_S,
  ) {}

  open(): void {
    this.world.link = this.tries === 0 ? 'connecting' : 'lost'
    const socket = new WebSocket(socketUrl(this.path(this.world.since)))
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.spoken()
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.hear(socket, event.data)
    socket.onclose = () => {
      // Perhaps the session is over; a socket that is refused from the start cannot say so.
      if (!this.closed) sessionChanged()
      this.lost(socket)
    }
    this.socket = socket
    this.spoken()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.socket?.close()
  }

  /** What is asked before the socket is open is asked then. */
  say(ask: ReplayAsk): void {
    const socket = this.socket
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(ask))
    else socket?.addEventListener('open', () => socket.send(JSON.stringify(ask)))
  }

  /** A link that was pulled does not say so: silence for so long ends the socket, unless time stands. */
  check(): void {
    if (this.world.speed === 0) return
    if (this.socket && performance.now() - this.spoke_ms > this.silence_s * 1000) this.lost(this.socket)
  }

  private spoken(): void {
    this.spoke_ms = performance.now()
  }

  private hear(socket: WebSocket, data: ArrayBuffer): void {
    if (socket !== this.socket) return
    this.spoken()
    this.tries = 0
    this.world.link = 'open'
    const message = decode(data) as Message
    if (message.m === 'frame') return this.later(message)
    // What is still to be drawn is of before.
    if (message.m === 'signs') this.pending = null
    if (this.world.take(message, performance.now()) === 'gap') this.lost(socket)
  }

  /** Frames that came in one go: only the last of them is drawn. */
  private later(frame: FrameMessage): void {
    if (this.pending === null) {
      setTimeout(() => {
        const latest = this.pending
        this.pending = null
        if (latest && !this.closed) this.world.take(latest, performance.now())
      })
    }
    this.pending = frame
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket || this.closed) return
    this.socket = null
    socket.close()
    this.world.link = 'lost'
    this.timer = setTimeout(() => this.open(), wait_ms(this.tries, Math.random()))
    this.tries += 1
  }
}
