/** Place: where something is as a person says it, from the nearest runway threshold or from the site. */

import type { SiteInfo } from '../wire'

/** Mean radius of the earth. */
const EARTH_M = 6_371_008.8
const M_PER_DEG = (EARTH_M * Math.PI) / 180
/** Nearer than this a place is told from a threshold, farther from the site (as beffroi.picture has it). */
const NEAR_M = 10_000

export interface Point {
  lat_deg: number
  lon_deg: number
}

/** A place in the form in which a sentence takes it. */
export interface Place {
  distance_m: number
  bearing_deg: number
  ref: 'threshold' | 'aerodrome'
  name: string
}

/** East and north of `from`, in metres; good to 0.1 % within 100 km. */
function east_north_m(from: Point, to: Point): [number, number] {
  const middle = ((from.lat_deg + to.lat_deg) / 2) * (Math.PI / 180)
  const turned_deg = ((to.lon_deg - from.lon_deg + 540) % 360) - 180
  return [turned_deg * (Math.PI / 180) * EARTH_M * Math.cos(middle), (to.lat_deg - from.lat_deg) * (Math.PI / 180) * EARTH_M]
}

export function distance_m(from: Point, to: Point): number {
  return Math.hypot(...east_north_m(from, to))
}

export function bearing_deg(from: Point, to: Point): number {
  const [east, north] = east_north_m(from, to)
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360
}

interface Mark extends Point {
  ref: 'threshold' | 'aerodrome'
  name: string
}

/** Every threshold, named with its aerodrome where the site has several. */
function thresholds(site: SiteInfo): Mark[] {
  const several = new Set(site.runways.map((r) => r.aerodrome)).size > 1
  return site.runways.flatMap((runway) =>
    runway.ends.map((end) => ({
      lat_deg: end.lat_deg,
      lon_deg: end.lon_deg,
      ref: 'threshold' as const,
      name: several ? `${end.designator} ${runway.aerodrome}` : end.designator,
    })),
  )
}

/** Tells places of one site. */
export class Places {
  private readonly thresholds: Mark[]
  private readonly site: Mark
  /** East and north of the site, m, of each threshold (of the site itself where there is none). */
  private readonly flat: Float64Array
  private readonly east_m_per_deg: number

  constructor(site: SiteInfo) {
    this.thresholds = thresholds(site)
    this.site = { lat_deg: site.lat_deg, lon_deg: site.lon_deg, ref: 'aerodrome', name: site.name }
    this.east_m_per_deg = M_PER_DEG * Math.cos((site.lat_deg * Math.PI) / 180)
    const marks: Point[] = this.thresholds.length > 0 ? this.thresholds : [this.site]
    this.flat = new Float64Array(marks.flatMap((mark) => this.plane(mark.lat_deg, mark.lon_deg)))
  }

  /** Distance and direction from the nearest threshold within 10 km, else from the site. */
  of(at: Point): Place {
    const near = this.thresholds[this.nearest(at.lat_deg, at.lon_deg).index]
    const mark = near !== undefined && distance_m(near, at) <= NEAR_M ? near : this.site
    return { distance_m: distance_m(mark, at), bearing_deg: bearing_deg(mark, at), ref: mark.ref, name: mark.name }
  }

  /** How far it is to the nearest threshold, or to the site where there is no runway; on a flat earth, for order. */
  away_m(lat_deg: number, lon_deg: number): number {
    return Math.sqrt(this.nearest(lat_deg, lon_deg).away_m2)
  }

  private plane(lat_deg: number, lon_deg: number): [number, number] {
    const turned_deg = ((lon_deg - this.site.lon_deg + 540) % 360) - 180
    return [turned_deg * this.east_m_per_deg, (lat_deg - this.site.lat_deg) * M_PER_DEG]
  }

  private nearest(lat_deg: number, lon_deg: number): { index: number; away_m2: number } {
    const [east_m, north_m] = this.plane(lat_deg, lon_deg)
    const best = { index: 0, away_m2: Infinity }
    for (let k = 0; k < this.flat.length; k += 2) {
      const away_m2 = (east_m - (this.flat[k] ?? 0)) ** 2 + (north_m - (this.flat[k + 1] ?? 0)) ** 2
      if (away_m2 < best.away_m2) [best.index, best.away_m2] = [k / 2, away_m2]
    }
    return best
  }
}
