/** Site: what the card of a site tells: which runways are in use, and which sources need a look first. */

import type { Tracks } from '../frame'
import { FLAG, type SiteInfo, type SourceState, type Threshold } from '../wire'
import { bearing_deg, distance_m, type Point } from './place'

export interface RunwayUse {
  runway: string
  arrivals: number
  departures: number
}

/** Slower than this nothing lands or takes off that shows which runway is in use. */
const SLOW_MPS = 40
/** So far out on final, and so far beyond the threshold after take-off, traffic counts. */
const FINAL_M = 15_000
const DEPARTURE_M = 10_000
const COURSE_DEG = 8

/** One direction of a runway: where its threshold is and where one flies over it. */
interface Direction {
  name: string
  threshold: Threshold
  course_deg: number
}

function directions(site: SiteInfo): Direction[] {
  const several = new Set(site.runways.map((r) => r.aerodrome)).size > 1
  return site.runways.flatMap(({ aerodrome, ends: [a, b] }) =>
    [[a, b] as const, [b, a] as const].map(([threshold, far]) => ({
      name: several ? `${aerodrome} ${threshold.designator}` : threshold.designator,
      threshold,
      course_deg: bearing_deg(threshold, far),
    })),
  )
}

/** How far `at` is beyond the threshold, negative on final, and how far beside the centreline. */
function along_across(way: Direction, at: Point): { along_m: number; across_m: number } {
  const away_m = distance_m(way.threshold, at)
  const turned = ((bearing_deg(way.threshold, at) - way.course_deg) * Math.PI) / 180
  return { along_m: away_m * Math.cos(turned), across_m: Math.abs(away_m * Math.sin(turned)) }
}

/** Whether a flight lands or takes off that way; how far it is beside the centreline. */
function flies(tracks: Tracks, i: number, way: Direction, elevation_m: number): { phase: 'arrivals' | 'departures'; across_m: number } | null {
  const { along_m, across_m } = along_across(way, { lat_deg: tracks.lat_deg(i), lon_deg: tracks.lon_deg(i) })
  const high_m = (tracks.alt_m(i) ?? Infinity) - (way.threshold.elevation_m ?? elevation_m)
  const climb_mps = tracks.climb_mps(i) ?? 0
  const landing = along_m < 0 && along_m > -FINAL_M && across_m < 250 - 0.03 * along_m && high_m < 250 - 0.08 * along_m
  if (landing && climb_mps < 1) return { phase: 'arrivals', across_m }
  const leaving = along_m > 500 && along_m < DEPARTURE_M && across_m < 150 + 0.06 * along_m && high_m < 150 + 0.2 * along_m
  return leaving && climb_mps > 2 ? { phase: 'departures', across_m } : null
}

/** The runways on which traffic lands and from which it takes off at this moment, busiest first. */
export function in_use(tracks: Tracks, site: SiteInfo): RunwayUse[] {
  const ways = directions(site)
  const found = new Map<string, RunwayUse>()
  for (let i = 0; i < tracks.n; i++) {
    const course_deg = tracks.track_deg(i)
    if (course_deg === null || tracks.speed_mps(i) < SLOW_MPS || tracks.has(i, FLAG.on_ground)) continue
    const aligned = ways.filter((w) => Math.abs(((course_deg - w.course_deg + 540) % 360) - 180) < COURSE_DEG)
    const best = aligned
      .flatMap((way) => {
        const flown = flies(tracks, i, way, site.elevation_m)
        return flown ? [{ way, ...flown }] : []
      })
      .sort((a, b) => a.across_m - b.across_m)[0]
    if (!best) continue
    const use = found.get(best.way.name) ?? { runway: best.way.name, arrivals: 0, departures: 0 }
    use[best.phase] += 1
    found.set(use.runway, use)
  }
  const count = (use: RunwayUse): number => use.arrivals + use.departures
  return [...found.values()].sort((a, b) => count(b) - count(a) || a.runway.localeCompare(b.runway))
}

const WORST: SourceState['state'][] = ['fault', 'silent', 'degraded', 'off', 'waiting', 'ok']

/** The sources, those that need a look first. */
export function worst_first(sources: readonly SourceState[]): SourceState[] {
  return [...sources].sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || a.id.localeCompare(b.id))
}

/** A source that works and has told nothing for longer than this is not just between two words. */
const QUIET_S = 60
const QUIET_PERIODS = 3

/** For how long a source that works has told nothing, where that is worth saying; null: it is not. Some sources
 * speak only when there is something to tell, so that alone makes them neither silent nor faulty. */
export function quiet_s(source: SourceState, now_s: number): number | null {
  if (source.state !== 'ok' || source.last_s === null) return null
  const age_s = now_s - source.last_s
  return age_s > Math.max(QUIET_S, QUIET_PERIODS * (source.period_s ?? 0)) ? age_s : null
}
