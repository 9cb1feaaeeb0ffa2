/** Square: a text as a QR code (ISO/IEC 18004), for an authenticator to read: bytes, level L, versions 1 to 9, mask 0. */

/** By version: code words of data, of correction in each block, and blocks (table 9). */
const DATA = [19, 34, 55, 80, 108, 136, 156, 194, 232]
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30]
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2]
/** Centres of the alignment patterns (annex E). */
const CENTRES = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46]]
/** Level L and mask 0, as the format information has them. */
const FORMAT = 0b01000

/** Rows of modules, true = dark; null: the text is too long. */
export function square(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text)
  const version = DATA.findIndex((words) => bytes.length + 2 <= words) + 1
  if (version === 0) return null
  const grid = new Grid(version)
  grid.fill(interleaved(words(bytes, version), version))
  return grid.modules
}

/** Mode, count, bytes, end and padding (clause 7.4). */
function words(bytes: Uint8Array, version: number): number[] {
  const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...[...bytes].flatMap((b) => [b >> 4, b & 15]), 0]
  const said = Array.from({ length: nibbles.length / 2 }, (_, i) => ((nibbles[2 * i] ?? 0) << 4) | (nibbles[2 * i + 1] ?? 0))
  const wanted = DATA[version - 1] ?? 0
  return Array.from({ length: wanted }, (_, i) => said[i] ?? ((i - said.length) % 2 === 0 ? 0xec : 0x11))
}

/** Blocks with their correction, word by word (clause 7.6). */
function interleaved(data: number[], version: number): number[] {
  const count = BLOCKS[version - 1] ?? 1
  const length = data.length / count
  const blocks = Array.from({ length: count }, (_, i) => data.slice(i * length, (i + 1) * length))
  const corrections = blocks.map((block) => correction(block, CORRECTION[version - 1] ?? 0))
  const across = (of: number[][]): number[] => (of[0] ?? []).flatMap((_, i) => of.map((block) => block[i] ?? 0))
  return [...across(blocks), ...across(corrections)]
}

/** Reed-Solomon over GF(256) with 0x11d: the rest of a division. */
function correction(data: readonly number[], count: number): number[] {
  let divisor = [1]
  for (let i = 0, root = 1; i < count; i++, root = times(root, 2)) {
    divisor = [...divisor, 0].map((c, j) => c ^ times(divisor[j - 1] ?? 0, root))
  }
  let rest = new Array<number>(count).fill(0)
  for (const word of data) {
    const factor = word ^ (rest[0] ?? 0)
    rest = [...rest.slice(1), 0].map((c, j) => c ^ times(divisor[j + 1] ?? 0, factor))
  }
  return rest
}

function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a)
  return product
}

/** `value` followed by the rest of its division by a generator: BCH codes (annexes C and D). */
function coded(value: number, generator: number, bits: number): number {
  let rest = value
  for (let i = 0; i < bits; i++) rest = (rest << 1) ^ ((rest >> (bits - 1)) * generator)
  return (value << bits) | rest
}

class Grid {
  readonly modules: boolean[][]
  private readonly fixed: boolean[][]
  private readonly size: number

  constructor(version: number) {
    this.size = 17 + 4 * version
    const blank = (): boolean[][] => Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false))
    ;[this.modules, this.fixed] = [blank(), blank()]
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0)
      this.set(i, 6, i % 2 === 0)
    }
    for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]] as const) this.rings(x, y, 4)
    const centres = CENTRES[version - 1] ?? []
    const last = centres.at(-1)
    for (const x of centres) {
      for (const y of centres) if (!(x === 6 && (y === 6 || y === last)) && !(x === last && y === 6)) this.rings(x, y, 2)
    }
    this.format()
    if (version >= 7) this.version(coded(version, 0x1f25, 12))
  }

  /** Words along the columns of two, up and down, from the right (clause 7.7.3); mask 0. */
  fill(words: readonly number[]): void {
    let bit = 0
    for (let right = this.size - 1; right >= 1; right -= right === 8 ? 3 : 2) {
      const isUp = ((right + 1) & 2) === 0
      for (let step = 0; step < this.size; step++) {
        const y = isUp ? this.size - 1 - step : step
        for (const x of [right, right - 1]) {
          if (this.fixed[y]?.[x]) continue
          const isDark = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
          this.set(x, y, isDark !== ((x + y) % 2 === 0))
          bit++
        }
      }
    }
  }

  private set(x: number, y: number, isDark: boolean): void {
    const [row, fixed] = [this.modules[y], this.fixed[y]]
    if (!row || !fixed || x < 0 || x >= this.size) return
    row[x] = isDark
    fixed[x] = true
  }
  /** A finder with its light edge (reach 4), or an alignment pattern (reach 2). */
  private rings(x: number, y: number, reach: number): void {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy))
        this.set(x + dx, y + dy, reach === 4 ? ring !== 2 && ring !== 4 : ring !== 1)
      }
    }
  }
  private format(): void {
    const bits = coded(FORMAT, 0x537, 10) ^ 0x5412
    const end = this.size - 1
    for (let i = 0; i < 15; i++) {
      const isDark = ((bits >> i) & 1) === 1
      if (i < 8) this.set(8, i < 6 ? i : i + 1, isDark)
      else this.set(i === 8 ? 7 : 14 - i, 8, isDark)
      if (i < 8) this.set(end - i, 8, isDark)
      else this.set(8, end - 14 + i, isDark)
    }
    this.set(8, end - 7, true)
  }
  private version(bits: number): void {
    for (let i = 0; i < 18; i++) {
      const [a, b] = [this.size - 11 + (i % 3), Math.floor(i / 3)]
      this.set(a, b, ((bits >> i) & 1) === 1)
      this.set(b, a, ((bits >> i) & 1) === 1)
    }
  }
}
