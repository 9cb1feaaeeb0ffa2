/** Figures: the four values of a card that are read first, from the picture where the track still is in it. */

import { ABSENT, age, course, distance, duration, height, known, number, parts, rounded, since, speed } from '../format'
import type { Tracks } from '../frame'
import type { Language, Sign, SourceState, TrackInfo, Units } from '../wire'
import type { Place } from './place'

export interface Figure {
  value: string
  unit: string
  label: string
}

/** Who reads: the console, or a test. */
export interface Reader {
  language: Language
  units: Units
  t: (key: string, params?: Record<string, string | number>) => string
}

/** What is known of something that moves. */
export interface Moving {
  alt_m: number | null
  alt_sigma_m: number | null
  speed_mps: number | null
  track_deg: number | null
  climb_mps: number | null
  place: Place | null
  /** Since any source last saw it. */
  age_s: number | null
}

export function figure(said: string, label: string): Figure {
  const { value, unit } = parts(said)
  return { value: value.replace('-', '−'), unit, label }
}

/** Never finer than it is known: the nearest power of ten below twice its sigma. */
export function as_known(value_m: number, sigma_m: number | null): number {
  const step = sigma_m === null || sigma_m < 5 ? 1 : 10 ** Math.floor(Math.log10(2 * sigma_m))
  return rounded(value_m, step)
}

/** What a track of the picture does; `info`, where it is of the same track, knows how sure its height is. */
export function moving(tracks: Tracks, i: number, info: TrackInfo | null, place: Place): Moving {
  const same = info !== null && info.id === tracks.id[i]
  return {
    alt_m: tracks.alt_m(i),
    alt_sigma_m: same ? info.alt_sigma_m : null,
    speed_mps: tracks.speed_mps(i),
    track_deg: tracks.track_deg(i),
    climb_mps: tracks.climb_mps(i),
    place,
    age_s: tracks.age_s(i),
  }
}

function field(value: unknown, name: string): number | null {
  if (typeof value !== 'object' || value === null) return null
  const found: unknown = Reflect.get(value, name)
  return typeof found === 'number' && Number.isFinite(found) ? found : null
}

/** What a sign says of its object, for one that is no longer in the picture. */
export function as_said(sign: Sign, place: Place | null): Moving {
  return {
    alt_m: field(sign.params['level'], 'height_m'),
    alt_sigma_m: null,
    speed_mps: field(sign.params['motion'], 'speed_mps'),
    track_deg: field(sign.params['motion'], 'track_deg'),
    climb_mps: null,
    place,
    age_s: null,
  }
}

/** Above the aerodrome, or above mean sea level where that is not known. */
function high(it: Moving, elevation_m: number | null, by: Reader): Figure {
  const said = known(it.alt_m, (v) => height(as_known(v - (elevation_m ?? 0), it.alt_sigma_m), by.language, by.units))
  return figure(said, by.t(elevation_m === null ? 'card.figure.amsl' : 'card.figure.above_aerodrome'))
}

function fast(it: Moving, by: Reader): Figure {
  return figure(known(it.speed_mps, (v) => speed(v, by.language, by.units)), by.t('card.figure.ground_speed'))
}

function away(it: Moving, by: Reader): Figure {
  if (!it.place) return figure(ABSENT, by.t('card.figure.place'))
  const to = it.place.ref === 'threshold' ? 'card.figure.to_threshold' : 'card.figure.to_site'
  const said = distance(it.place.distance_m, by.language, by.units)
  return figure(said, by.t(to, { name: it.place.name }))
}

/** Time to the first flight that it meets; where there is none, how old the sign is. */
function pressing(sign: Sign, now_s: number, by: Reader): Figure {
  const next = sign.flights.filter((f) => f.at_s > now_s).sort((a, b) => a.at_s - b.at_s)[0]
  if (!next) return figure(age((sign.over_s ?? now_s) - sign.opened_s, by.language), by.t(sign.over ? 'card.figure.lasted' : 'card.figure.lasting'))
  return figure(duration(next.at_s - now_s, by.language), by.t('card.figure.to_flight', { name: next.callsign }))
}

export function of_sign(sign: Sign, it: Moving, elevation_m: number | null, now_s: number, by: Reader): Figure[] {
  return [high(it, elevation_m, by), fast(it, by), away(it, by), pressing(sign, now_s, by)]
}

export function of_track(it: Moving, by: Reader): Figure[] {
  return [
    high(it, null, by),
    fast(it, by),
    figure(known(it.track_deg, course), by.t('card.figure.track')),
    away(it, by),
  ]
}

export function of_source(source: SourceState, now_s: number, by: Reader): Figure[] {
  const whole = (value: number): string => number(value, 0, by.language)
  return [
    figure(known(source.last_s, (v) => since(now_s - v, by.language)), by.t('card.figure.last_word')),
    figure(known(source.period_s, (v) => since(v, by.language)), by.t('card.figure.interval')),
    figure(whole(source.observations), by.t('card.figure.observations')),
    figure(known(source.refused, whole), by.t('card.figure.refused')),
  ]
}
