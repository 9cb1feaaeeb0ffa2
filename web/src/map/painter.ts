/**
 * Painter: paints the map in a worker, so that no picture, however full, keeps the page from answering. It is told
 * what changed, paints at most once a frame of the screen, and says what lies under a point.
 */

import { nameOf, Tracks } from '../frame'
import { t } from '../words'
import { View, type Point } from './camera'
import { loadCarpet } from './carpet'
import { load, type Face } from './fonts'
import { LAND_ZOOM, paintGround, type Carpet } from './ground'
import type { Hit } from './hit'
import type { Occupied } from './labels'
import type { Land } from './land'
import type { Context } from './pen'
import { Picture } from './picture'
import { Plot } from './plot'
import { brokenZones, ringedBy, type Given, type Moment, type Scene } from './scene'
import { Trails } from './trails'

interface Begin {
  canvases: [OffscreenCanvas, OffscreenCanvas]
  faces: Face[]
}
/** What the page tells it. */
export type Told = Begin | { given: Partial<Given> } | { at: Point }

/** What the ground is painted from; the rest concerns the tracks alone. */
const OF_GROUND: readonly (keyof Given)[] = [
  'camera', 'size', 'ratio', 'palette', 'text', 'site', 'layers', 'heights_m', 'language', 'units', 'controls', 'basemap', 'closed',
]
const CARPET_MS = 300_000

class Painter {
  private readonly picture = new Picture()
  private readonly trails = new Trails()
  private given: Given | null = null
  private plot: Plot | null = null
  private carpet: Carpet | null = null
  private land: Land | null = null
  private asked = { carpet_ms: -Infinity, land: false }
  private broken: ReadonlySet<string> = new Set()
  /** What of the ground is taken, for the labels. */
  private taken: Occupied | null = null
  private stale = { ground: true, tracks: false }

  constructor(
    private readonly ground: Context,
    private readonly tracks: Context,
  ) {}

  take(changed: Partial<Given>): void {
    // The first time all parts come.
    this.given = { ...this.given, ...changed } as Given
    if (changed.moment !== undefined) this.move(changed.moment)
    if (changed.pressing) this.mark(brokenZones(changed.pressing))
    void this.weave(this.given)
    void this.reach(this.given)
    this.want(OF_GROUND.some((part) => part in changed))
  }

  at(point: Point): Hit | null {
    return this.picture.at(point.x, point.y)
  }

  private move(moment: Moment | null): void {
    this.plot = moment && new Plot(new Tracks(moment), moment.now_s)
    if (this.plot) this.trails.take(this.plot)
  }

  private mark(broken: ReadonlySet<string>): void {
    const same = broken.size === this.broken.size && [...broken].every((zone) => this.broken.has(zone))
    this.broken = broken
    if (!same) this.want(true)
  }

  /** The carpet grows while the watch runs, and is empty when it has just begun. */
  private async weave({ layers, site }: Given): Promise<void> {
    const now_ms = performance.now()
    if (!layers.carpet || now_ms - this.asked.carpet_ms < CARPET_MS) return
    this.asked.carpet_ms = now_ms
    this.carpet = await loadCarpet(site).catch(() => this.carpet)
    this.want(true)
  }

  /** Loads the coast when it can come into view. */
  private async reach({ camera, site }: Given): Promise<void> {
    if (camera.zoom >= LAND_ZOOM || this.asked.land) return
    this.asked.land = true
    const loading = import('./land').then(({ Land }) => Land.load(site.borders))
    this.land = await loading.catch(() => null)
    this.asked.land = this.land !== null
    this.want(true)
  }

  // --- painting: at most once a frame of the screen, and only with a reason -----------------------------

  private want(ground: boolean): void {
    this.stale.ground ||= ground
    if (!this.stale.tracks) requestAnimationFrame(() => this.paint())
    this.stale.tracks = true
  }

  private paint(): void {
    const { given, ground, tracks } = this
    const stale = this.stale
    this.stale = { ground: false, tracks: false }
    if (!given) return
    const view = new View(given.camera, given.size)
    const words = (key: string, params?: Record<string, string | number>): string => t(given.language, key, params)
    if (stale.ground) {
      for (const c of [ground, tracks]) fit(c.canvas, given)
      this.taken = paintGround(ground, { ...given, view, broken: this.broken, carpet: this.carpet, land: this.land, t: words })
    }
    this.picture.paint(tracks, this.scene(given, view, words), this.taken)
  }

  private scene(given: Given, view: View, words: Scene['t']): Scene {
    const { now_s, sources, bearings, flights } = given.moment ?? { now_s: 0, sources: [], bearings: [], flights: [] }
    const { plot, trails } = this
    // What was sent twice is one sign.
    const selected_sign = given.pressing.find((sign) => sign.key === given.selected_sign?.key) ?? given.selected_sign
    return {
      ...given, view, now_s, sources, bearings, flights, plot, trails, selected_sign, ringed: ringedBy(given.pressing), t: words,
      name: (i) => (plot ? nameOf(plot.tracks, i, given.language) : '–'),
    }
  }
}

/** A canvas that is given a size is empty. */
function fit(canvas: OffscreenCanvas, { size, ratio }: Given): void {
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)]
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
}

/** A canvas of a worker keeps the font that it first found by a name: it begins when the page's own are there. */
async function begun({ canvases, faces }: Begin): Promise<Painter> {
  await load(faces)
  const [ground, tracks] = canvases.map((canvas) => canvas.getContext('2d'))
  if (!ground || !tracks) throw new Error('no 2-D canvas')
  return new Painter(ground, tracks)
}

let painter: Promise<Painter>

addEventListener('message', async ({ data: told }: MessageEvent<Told>) => {
  if ('canvases' in told) painter = begun(told)
  else if ('given' in told) (await painter).take(told.given)
  else postMessage((await painter).at(told.at))
})
