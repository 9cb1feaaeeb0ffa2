/**
 * Crowd: many quiet symbols and dots, put into one raster pixel by pixel and laid on the canvas in one go.
 *
 * Five thousand paths, or as many stamped bitmaps, take a software canvas 35 to 70 ms; the raster takes 3. Each
 * symbol is painted once, by `drawGlyph`, in steps of 5 degrees, and kept as its pixels. Where two overlap, the
 * more opaque pixel stays: in a crowd nobody sees the difference to a blend.
 */

import type { Size } from './camera'
import { drawGlyph, type Glyph, type Style } from './glyphs'
import type { Context } from './pen'

const TURNS = 72
/** Symbols reach over the rim; a margin saves asking for each pixel. */
const MARGIN_PX = 48

/** The pixels of one symbol in one direction: where they are from its middle, and what they are. */
interface Stamp {
  at: Int32Array
  rgba: Uint32Array
}

export class Crowd {
  private readonly canvas: OffscreenCanvas
  private readonly context: Context
  private readonly image: ImageData
  private readonly pixels: Uint32Array
  private readonly margin: number
  private readonly width: number
  private readonly height: number
  private readonly stamps = new Map<string, (Stamp | undefined)[]>()
  private readonly dots = new Map<string, Stamp>()

  constructor(
    size: Size,
    private readonly ratio: number,
  ) {
    this.margin = Math.ceil(MARGIN_PX * ratio)
    this.width = Math.ceil(size.width * ratio) + 2 * this.margin
    this.height = Math.ceil(size.height * ratio) + 2 * this.margin
    this.canvas = new OffscreenCanvas(this.width, this.height)
    this.context = context(this.canvas)
    this.image = new ImageData(this.width, this.height)
    this.pixels = new Uint32Array(this.image.data.buffer)
  }

  clear(): void {
    this.pixels.fill(0)
  }

  symbol(glyph: Glyph, x: number, y: number, style: Style, opacity: number): void {
    const key = `${glyph}${style.colour}${style.inside}${style.filled ? 1 : 0}${style.size_px}|${opacity}`
    let turned = this.stamps.get(key)
    if (!turned) {
      turned = []
      this.stamps.set(key, turned)
    }
    const step = style.turned_deg === null ? TURNS : Math.round((style.turned_deg * TURNS) / 360) % TURNS
    turned[step] ??= this.painted(style.size_px * 1.45, (c, middle) => {
      const turned_deg = step === TURNS ? null : (step * 360) / TURNS
      c.globalAlpha = opacity
      drawGlyph(c, glyph, middle, middle, { ...style, turned_deg })
    })
    this.put(turned[step], x, y)
  }

  dot(x: number, y: number, colour: string): void {
    let stamp = this.dots.get(colour)
    if (!stamp) {
      stamp = this.painted(5, (c, middle) => {
        c.fillStyle = colour
        c.fillRect(middle - 1.5, middle - 1.5, 3, 3)
      })
      this.dots.set(colour, stamp)
    }
    this.put(stamp, x, y)
  }

  /** Lays all that was put on the canvas, whose unit is the CSS pixel. */
  lay(c: Context): void {
    this.context.putImageData(this.image, 0, 0)
    const off = -this.margin / this.ratio
    c.drawImage(this.canvas, off, off, this.width / this.ratio, this.height / this.ratio)
  }

  private put(stamp: Stamp | undefined, x: number, y: number): void {
    if (!stamp) return
    const { at, rgba } = stamp
    const { pixels } = this
    const middle = (Math.round(y * this.ratio) + this.margin) * this.width + Math.round(x * this.ratio) + this.margin
    for (let k = 0; k < at.length; k++) {
      const to = middle + (at[k] ?? 0)
      const colour = rgba[k] ?? 0
      // The highest byte is the opacity: every machine that runs a browser is little-endian.
      if (colour >>> 24 >= (pixels[to] ?? 0) >>> 24) pixels[to] = colour
    }
  }

  private painted(side_px: number, paint: (c: Context, middle: number) => void): Stamp {
    const half = Math.ceil((side_px * this.ratio) / 2)
    const side = 2 * half
    const c = context(new OffscreenCanvas(side, side))
    c.scale(this.ratio, this.ratio)
    paint(c, half / this.ratio)
    const found = new Uint32Array(c.getImageData(0, 0, side, side).data.buffer)
    const used = [...found.keys()].filter((k) => (found[k] ?? 0) >>> 24 > 8)
    const at = used.map((k) => (Math.floor(k / side) - half) * this.width + (k % side) - half)
    return { at: Int32Array.from(at), rgba: Uint32Array.from(used, (k) => found[k] ?? 0) }
  }
}

function context(canvas: OffscreenCanvas): Context {
  const c = canvas.getContext('2d', { willReadFrequently: true })
  if (!c) throw new Error('no 2-D canvas')
  return c
}
