/** What the server says, as it says it (docs/console.md). Units are in the names; null is absent, never 0. */

import type { AerodromeMessage, CaseMessage } from './desk/wire'

export type Language = 'en' | 'fr' | 'vi'
export type Units = 'aviation' | 'metric'
export type Priority = 'urgent' | 'high' | 'notice'
export type State = 'new' | 'acknowledged' | 'shelved' | 'closed'

/** A parameter of a sentence, as the rule gives it. */
export type Param = unknown
export type Params = Record<string, Param>

export interface Reason {
  code: string
  params: Params
  /** Negative speaks against. */
  weight: number
  /** `frame:HEX`, `track:N`, `zone:ID`, `source:ID`. */
  evidence: string[]
}

export interface FlightEffect {
  callsign: string
  subject: string
  track: number | null
  at_s: number
  distance_m: number
  vertical_m: number | null
  probability: number
  runway: string | null
}

/** The last act of a person on a sign. */
export interface Life {
  act: number
  code: 'acknowledge' | 'shelve' | 'return' | 'close' | 'undo'
  by: string
  at_s: number
  until_s: number | null
  reason: string | null
  outcome: string | null
}

export interface Sign {
  /** Opaque; stands in the address bar. */
  key: string
  number: number
  rule: string
  track: number | null
  priority: Priority
  state: State
  over: boolean
  opened_s: number
  changed_s: number
  over_s: number | null
  params: Params
  reasons: Reason[]
  lat_deg: number | null
  lon_deg: number | null
  flights: FlightEffect[]
  /** The source that it is about, for signs of a sensor. */
  source: string | null
  simulated: boolean
  exercise: boolean
  life: Life | null
}

/** What the closed signs of a rule came to. */
export interface RuleRecord {
  rule: string
  days: number
  closed: number
  confirmed: number
  explained: number
  unfounded: number
}
/** The console measured after ISA-18.2, of the live watch. */
export interface Alarms {
  /** Open and not acknowledged, shelved or closed. */
  urgent: number
  high: number
  notice: number
  /** Signs that a person still has to do with, and that do not lie on the shelf. */
  open: number
  in_10_min: number
  /** The rule or source that rang most in the last hour. */
  loudest: { name: string; signs: number; of: number } | null
  shelved: number
  stale: number
  /** Signs of an exercise; they are in no other figure. */
  exercise: number
}

export interface SourceState {
  id: string
  state: 'waiting' | 'ok' | 'degraded' | 'fault' | 'off' | 'silent'
  /** null: nothing came yet. */
  last_s: number | null
  period_s: number | null
  observations: number
  late: number
  /** Plots that nobody can place. */
  unplaced: number
  /** Frames, or parts of them, that could not be read; null for a sensor behind a source and in a replay. */
  refused: number | null
  /** Frames that came faster than they could be taken. */
  dropped: number | null
  range_bias_m: number | null
  azimuth_bias_deg: number | null
  time_bias_s: number | null
}

export interface BearingLine {
  source: string
  time_s: number
  lat_deg: number
  lon_deg: number
  azimuth_deg: number
  sigma_deg: number
  track: number | null
  range_m: number | null
}

/** Where a flight that a sign concerns will be: [time_s, lat_deg, lon_deg, alt_m | null, sigma_m]. */
export interface FlightPath {
  track: number
  callsign: string | null
  phase: 'arrival' | 'departure' | 'overflight'
  runway: string | null
  path: [number, number, number, number | null, number][]
}

/** Columns of a frame, little-endian, one element a track. */
export interface TrackBytes {
  /** i4 */ id: Uint8Array
  /** i4, 1e-7 deg */ lat: Uint8Array
  /** i4, 1e-7 deg */ lon: Uint8Array
  /** i2, m above mean sea level; -32768 absent */ alt: Uint8Array
  /** i2, 0.1 m/s; -32768 absent */ climb: Uint8Array
  /** u2, 0.1 m/s */ speed: Uint8Array
  /** u2, 0.01 deg true; 65535 = no direction (unknown or standing) */ course: Uint8Array
  /** u2, m, one sigma */ major: Uint8Array
  /** u2, m */ minor: Uint8Array
  /** u1, 180/256 deg, from north */ turned: Uint8Array
  /** u1, index into KINDS */ kind: Uint8Array
  /** u1, see FLAG */ flags: Uint8Array
  /** u2, 0.1 s since it was last seen by any source; 65535 = longer */ age: Uint8Array
  /** Callsign or claimed name; '' if it has none. Joined with \n. */
  names: string
}

export const KINDS = [
  'unknown', 'aircraft', 'light', 'glider', 'helicopter', 'ultralight', 'paraglider', 'parachute', 'drone',
  'balloon', 'bird', 'vehicle', 'clutter',
] as const
export type Kind = (typeof KINDS)[number]

export const FLAG = {
  /** A sensor that stands apart holds it (fill); else it is only declared (outline). */
  measured: 1,
  coasting: 2,
  on_ground: 4,
  protected: 8,
  simulated: 16,
  /** Not seen for two periods of its source. */
  late: 32,
  exercise: 64,
} as const

/** The exercise of which the band speaks. */
export interface ExerciseState {
  name: string
  state: 'running' | 'paused' | 'ended'
  /** Why it does not run. */
  why: 'urgent' | 'person' | 'behind' | 'fault' | 'over' | null
  since_s: number
}
/** GET /exercises */
export interface ExerciseOffer {
  scenario: string
  name: string
  text: string
  duration_s: number
  /** What is wrong with its file. */
  wrong: string | null
}
/** GET /exercises/current: null, or the exercise with its score; seconds since there was reason for each sign. */
export interface ExerciseScore {
  exercise: ExerciseState & { text: string; duration_s: number }
  played_s: number
  score: { actor: string; sign: string; key: string | null; seen_s: number | null; noticed_s: number | null; confirmed_s: number | null; decided_s: number | null }[]
}

export interface FrameMessage {
  m: 'frame'
  now_s: number
  n: number
  tracks: TrackBytes
  bearings: BearingLine[]
  flights: FlightPath[]
  sources: SourceState[]
  qnh_hpa: number | null
  alarms: Alarms
}

export interface HelloMessage {
  m: 'hello'
  now_s: number
  /** How many times faster than the wall clock its time goes. */
  speed: number
  mode: 'live' | 'demonstration' | 'replay'
  person: Person
  /** Another value: the page is of another version and must be loaded again. */
  version: string
  /** Which store gives the numbers of events: they are asked for by both. Empty in a replay. */
  store: string
  /** false, in a replay: of that time there are positions and signs only. `hello` comes again whenever speed or
   * this changes, in live mode too (speed 0 = its time stands still). */
  whole: boolean
  exercise: ExerciseState | null
}

/** A replay is on its way to the moment that was asked for. */
export interface SeekingMessage {
  m: 'seeking'
  to_s: number
  reached_s: number
}

/** All signs that are open, unacknowledged or shelved; replaces what was. */
export interface SignsMessage {
  m: 'signs'
  number: number
  signs: Sign[]
}

/** One sign as it is after a change. Numbers go up by one and are never skipped. */
export interface EventMessage {
  m: 'event'
  number: number
  sign: Sign
}

/** In a replay, once a second: what was known then of the track that is looked at. */
export interface TrackMessage {
  m: 'track'
  info: TrackInfo
}

export type Message =
  | TrackMessage | HelloMessage | SeekingMessage | SignsMessage | EventMessage | FrameMessage | CaseMessage | AerodromeMessage
/** What the browser says on the replay socket. */
export type ReplayAsk = { at_s: number } | { speed: number } | { track: number }

// GET /api/v1/signs/{key}?until_s= (a replay asks up to its moment)
export interface SignHistory {
  sign: Sign
  /** All that befell it, oldest first: what the machine said and what people did. */
  events: EventMessage[]
  /** How many messages of a source each reason has rested on so far. */
  evidence: Cited[]
}
export interface Cited {
  code: string
  source: string
  count: number
}
// POST /api/v1/signs/{key}/acts -> Sign. shelve needs until_s (within 24 h) and reason; close needs outcome
// (confirmed | explained | unfounded), takes reason; undo needs act. 404 no such sign, 409 not in this state.
export interface Act {
  code: 'acknowledge' | 'shelve' | 'return' | 'close' | 'undo'
  until_s?: number
  reason?: string
  outcome?: string
  act?: number
}
// POST /api/v1/tracks/{id}/operator {purpose: 3 to 200 characters}
export interface OperatorPlace {
  lat_deg: number
  lon_deg: number
  at_takeoff: boolean | null
  subject: string
  source: string
  time_s: number
}
// GET /api/v1/carpet
export interface Carpet {
  from_s: number
  to_s: number
  /** Each line as whole 1e-4 degrees: lat, lon of its first point, then the steps to each next one. */
  lines: number[][]
}

// GET /api/v1/site
export interface Threshold {
  designator: string
  lat_deg: number
  lon_deg: number
  elevation_m: number | null
}
export interface Zone {
  id: string
  name: string
  restriction: 'prohibited' | 'authorisation' | 'conditional' | 'information'
  /** Rings of [lon, lat], the outer one first (circles are drawn as rings). */
  rings: [number, number][][]
  lower_m: number | null
  upper_m: number | null
  /** Datum of both: above mean sea level or above ground. */
  datum: 'msl' | 'ground'
}
export interface SourcePlace {
  id: string
  format: string
  lat_deg: number | null
  lon_deg: number | null
  range_m: number | null
  simulated: boolean
}
export interface SiteInfo {
  name: string
  lat_deg: number
  lon_deg: number
  elevation_m: number
  languages: Language[]
  units: Units
  runways: { aerodrome: string; width_m: number; ends: [Threshold, Threshold] }[]
  /** Aerodromes within 100 km that are not of the site. */
  aerodromes: { code: string; name: string; lat_deg: number; lon_deg: number }[]
  zones: Zone[]
  sources: SourcePlace[]
  /** What the mode band says, codes: 'demonstration' has recorded_on. */
  recorded_on: string | null
  /** Configured: a basemap to draw below; borders to draw. */
  basemap: boolean
  borders: boolean
}

// GET /api/v1/tracks/{id}
export interface TrackInfo {
  id: number
  now_s: number
  kind: Kind
  kinds: Partial<Record<Kind, number>>
  existence: number
  lat_deg: number
  lon_deg: number
  alt_msl_m: number | null
  alt_sigma_m: number | null
  ground_speed_mps: number
  track_deg: number
  climb_mps: number | null
  sigma_m: number
  callsign: string | null
  squawk: string | null
  identities: { subject: string; source: string; first_s: number; last_s: number; distance_m: number | null }[]
  /** Which sources spoke of it, and when last. */
  seen_by: { source: string; last_s: number }[]
  flight: FlightPath | null
  permit: string | null
  /** There is a declared operator's place: it is shown by POST /api/v1/tracks/{id}/operator, logged. */
  operator: boolean
  /** Its smoothed past, oldest first. */
  path: { time_s: number[]; lat_deg: number[]; lon_deg: number[]; alt_m: (number | null)[]; speed_mps: number[] }
  /** What sensors said, the dots beside the line. */
  raw: { time_s: number[]; alt_m: (number | null)[]; speed_mps: (number | null)[]; source: string[] }
}

// GET /api/v1/timeline?from_s=&to_s=
export interface Timeline {
  from_s: number
  to_s: number
  marks: { key: string; at_s: number; priority: Priority; rule: string }[]
  /** Times of which the log holds nothing. */
  gaps: [number, number][]
  /** From here on a replay is whole; before it, back to positions_from_s, it has positions only. */
  whole_from_s: number | null
  positions_from_s: number | null
}

// GET /api/v1/catalogue?language=fr
export interface RuleTexts {
  /** What it is called in a list. */
  name: string
  headline: string
  sentence: string
  look: string
  reasons: Record<string, string>
  /** What was found, filled with the parameters of the reason; its limit, filled with `limits`. */
  measures: Record<string, [string, string | null]>
  /** The limits of this site. */
  limits: Params
  false_alarms: string
  /** Law and standards, not translated. */
  basis: string[]
}
export interface Catalogue {
  language: Language
  rules: Record<string, RuleTexts>
  /** The tables of words of beffroi.sentence in this language, by their names without a leading `_`: UNKNOWN and
   * AND are texts, COMPASS SIDE TOWARDS lists of eight, KIND DATUM REFERENCE STATE RESTRICTION REPORTER EMERGENCY
   * PHRASE tables, e.g. words.KIND.drone. */
  words: Record<string, Record<string, string> | string | string[]>
}

/** Every refusal: a problem document (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  /** Which field, where it is one. */
  at?: string
}

// People and sessions (src/beffroi/console/api/session.py and people.py). Times are of the wall clock.

export const ROLES = [
  'operator', 'supervisor', 'approver', 'analyst', 'liaison', 'protection', 'auditor', 'administrator',
] as const
export type Role = (typeof ROLES)[number]

/** Who looks, and what the policy allows now: `sign.close`, `operator.see`, `case.open` … */
export interface Person {
  key: string
  name: string
  /** The roles in one text. */
  role: string
  roles: Role[]
  may: string[]
  /** Picture and alarms only, until it is unlocked. */
  locked: boolean
}

// GET /api/v1/session; the answer of POST /session, /session/second, /session/passkey, /session/lock,
// /session/unlock, /session/touch, /links/use and DELETE /session, too
export interface SessionInfo {
  state: 'none' | 'second' | 'locked' | 'open'
  person: Person | null
  ends_s: number | null
  /** When it locks, if the page tells of no hand. */
  locks_s: number | null
  second: ('code' | 'passkey')[]
  passkeys: boolean
  /** What the button for an issuer says. */
  openid: string | null
  /** There are no accounts: whoever reaches loopback may. */
  local: boolean
  first: boolean
}

// POST /api/v1/links/look {link}
export interface LinkInfo {
  site: string
  name: string
  roles: Role[]
  /** Set: it sets a new password for this account. */
  login: string | null
  until_s: number
}

// GET /api/v1/session/all
export interface SessionRow {
  id: number
  made_s: number
  seen_s: number
  ends_s: number
  address: string
  state: 'locked' | 'open'
  here: boolean
}

// GET /api/v1/session/factors
export interface Factors {
  factors: { id: number; kind: 'totp' | 'passkey'; label: string; made_s: number; used_s: number | null }[]
  /** Recovery codes that are left. */
  recovery: number
}

// POST /api/v1/session/passkey/ask, /session/factors/passkey/begin: `options` as the browser's …FromJSON reads them
export interface Ceremony {
  id: string
  options: { publicKey: Record<string, unknown> }
}

// POST /api/v1/session/factors/totp
export interface Begun {
  secret: string
  /** `otpauth://…`, for a square code. */
  address: string
}

// POST /api/v1/session/factors/totp/confirm, /session/factors/passkey
export interface Codes {
  /** Said this once. */
  recovery: string[]
}

export interface GrantInfo {
  id: number
  person: string
  name: string
  role: Role
  /** It waits for a second person; for its time; it holds. */
  state: 'asked' | 'agreed' | 'holds'
  asked_by: string
  asked_s: number
  agreed_by: string | null
  from_s: number | null
}

// GET /api/v1/people
export interface PersonInfo {
  key: string
  login: string
  name: string
  roles: Role[]
  grants: GrantInfo[]
  /** Second factors. */
  factors: number
  made_s: number
  closed_s: number | null
}

// GET /api/v1/invitations
export interface LinkRow {
  id: number
  name: string
  roles: Role[]
  /** Set: it sets a new password for this person. */
  person: string | null
  by: string
  until_s: number
}

// POST /api/v1/invitations, /people/{key}/link
export interface NewLink {
  /** The secret, said this once. */
  link: string
  until_s: number
}
