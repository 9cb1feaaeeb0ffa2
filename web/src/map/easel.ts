/** Easel: the two canvases of the map, and the worker that paints on them. The page only says what changed. */

import type { Point } from './camera'
import { faces } from './fonts'
import type { Hit } from './hit'
import type { Told } from './painter'
import type { Given } from './scene'

/** Every browser since March 2023 has it; where it is missing the table is what there is. */
export const hasEasel = 'transferControlToOffscreen' in HTMLCanvasElement.prototype

export class Easel {
  private readonly worker = new Worker(new URL('./painter.ts', import.meta.url), { type: 'module' })
  private readonly asked: ((found: Hit | null) => void)[] = []
  private given: Partial<Given> = {}

  constructor(ground: HTMLCanvasElement, tracks: HTMLCanvasElement) {
    const canvases: [OffscreenCanvas, OffscreenCanvas] = [ground.transferControlToOffscreen(), tracks.transferControlToOffscreen()]
    this.tell({ canvases, faces: faces() }, canvases)
    // It answers in the order in which it was asked.
    this.worker.onmessage = ({ data }: MessageEvent<Hit | null>) => this.asked.shift()?.(data)
  }

  /** Parts that are what they were are not sent again. */
  show(given: Given): void {
    const changed = Object.entries(given).filter(([part, value]) => value !== this.given[part as keyof Given])
    this.given = given
    if (changed.length > 0) this.tell({ given: Object.fromEntries(changed) })
  }

  /** What is drawn there. */
  at(point: Point): Promise<Hit | null> {
    return new Promise((resolve) => {
      this.asked.push(resolve)
      this.tell({ at: point })
    })
  }

  close(): void {
    this.worker.terminate()
  }

  private tell(told: Told, transfer: Transferable[] = []): void {
    this.worker.postMessage(told, transfer)
  }
}
