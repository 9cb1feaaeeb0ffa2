/** Carpet: past traffic as faint lines, so that one sees where it usually flies. GET /api/v1/carpet. */

import { worldX, worldY } from './camera'
import type { Carpet } from './ground'
import type { SiteInfo } from '../wire'

/** Lines of longitude and latitude in turn, in 1e-5 degrees. */
export interface CarpetAnswer {
  lines: number[][]
}

/** How many paths: lines of one path do not darken each other. */
const BUNDLES = 24
/** Zoom at which the paths are kept: a pixel there is far finer than single precision needs at any view. */
const UNIT = 512 * 2 ** 14

export async function loadCarpet(site: SiteInfo): Promise<Carpet | null> {
  const answer = await fetch('/api/v1/carpet')
  if (!answer.ok) return null
  const { lines } = (await answer.json()) as CarpetAnswer
  return woven(lines, site)
}

export function woven(lines: number[][], site: { lat_deg: number; lon_deg: number }): Carpet {
  const [x, y] = [worldX(site.lon_deg), worldY(site.lat_deg)]
  const paths = Array.from({ length: Math.min(BUNDLES, lines.length) }, () => new Path2D())
  lines.forEach((flat, n) => {
    const path = paths[n % paths.length]
    for (let k = 0; k + 1 < flat.length; k += 2) {
      const px = (worldX((flat[k] ?? 0) * 1e-5) - x) * UNIT
      const py = (worldY((flat[k + 1] ?? 0) * 1e-5) - y) * UNIT
      if (k === 0) path?.moveTo(px, py)
      else path?.lineTo(px, py)
    }
  })
  return { paths, x, y, unit: UNIT }
}
