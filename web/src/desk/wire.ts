/** What the desk says: cases, the aerodrome, the tower, handovers. The server's structs have the same names.
 *
 * A case, the aerodrome and a handover are each a row of entries that are only added; `version` counts them. An
 * act says the version that it was made on: if the same field changed since, the answer is 409 with `Conflict`.
 */

import type { FlightEffect, Priority } from '../wire'

export const PHASES = ['sighting', 'credible', 'confirmed', 'suspended', 'search', 'resumed'] as const
export type Phase = (typeof PHASES)[number]
export type CaseKind = 'drone' | 'aircraft' | 'interference' | 'other'
export type PlaceState = 'open' | 'restricted' | 'suspended'
export type Outcome = 'confirmed' | 'explained' | 'unfounded'
export const REPORTERS = ['tower', 'pilot', 'patrol', 'staff', 'public'] as const

/** A person, by an opaque key; the machine itself is null wherever a Who may stand. */
export interface Who {
  key: string
  name: string
}

/** Comes on the live socket at each change, for every open case after a connect; latest wins per key. */
export interface CaseSummary {
  key: string
  version: number
  kind: CaseKind
  /** What a person called it; '' = the headline of its first sign stands for it. */
  title: string
  state: 'open' | 'closed'
  phase: Phase
  priority: Priority
  owner: Who | null
  /** Keys of its signs, in the order in which they joined. */
  signs: string[]
  sightings: number
  /** Of its newest sign. */
  track: number | null
  lat_deg: number | null
  lon_deg: number | null
  opened_s: number
  changed_s: number
  outcome: Outcome | null
  exercise: boolean
  simulated: boolean
  /** Who looks at it now. */
  here: Who[]
}
export interface CaseMessage {
  m: 'case'
  case: CaseSummary
}

export interface Case extends CaseSummary {
  phases: { phase: Phase; at_s: number; by: Who | null; reason: string; evidence: string[] }[]
  reports: Sighting[]
  checklist: Item[]
  /** Camera stills and clips, and files that people added. */
  files: CaseFile[]
  related: string[]
  tower: TowerText[]
  /** What was decided for runways and zones in this case. */
  closures: Closure[]
  /** Minutes of runway lost by decisions of this case, and what the signs predicted. */
  lost_min: { place: string; name: string; measured: number; predicted: number | null }[]
  flights: FlightEffect[]
  /** Frames that its signs cite: digest, source, when. */
  evidence: { frame: string; source: string; time_s: number | null }[]
  /** Everything that befell it, oldest first. */
  timeline: TimelineEntry[]
  /** What may be done now, for whom asks: codes of `CaseAct`. */
  may: string[]
}
export interface Sighting {
  subject: string
  time_s: number
  reporter: (typeof REPORTERS)[number]
  grade: string | null
  what: string
  count: number | null
  text: string
  lat_deg: number | null
  lon_deg: number | null
}
export interface Item {
  id: string
  text: string
  done: { by: Who; at_s: number } | null
}
export interface CaseFile {
  digest: string
  name: string
  media_type: string
  bytes: number
  at_s: number
  by: Who | null
  /** Of a still or clip: which camera, where it looked. */
  camera: string | null
  bearing_deg: number | null
  field_of_view_deg: number | null
}
export interface TimelineEntry {
  version: number
  at_s: number
  by: Who | null
  /** Code of the entry; the sentence is `desk.entry.` and it in the words, filled with `params`. */
  code: string
  params: Record<string, string | number>
  /** What a person wrote; inert text. */
  text: string | null
}

/** POST /cases/{key}/entries; all with `version`. The answer is the Case. */
export type CaseAct = { version: number } & (
  | { code: 'join'; sign: string }
  | { code: 'own'; person: string | null }
  | { code: 'title'; text: string }
  | { code: 'rank'; priority: Priority }
  | { code: 'phase'; phase: Phase; reason: string; evidence: string[] }
  | { code: 'note'; text: string }
  | { code: 'tick'; item: string; done: boolean }
  | { code: 'relate'; other: string; on: boolean }
  | { code: 'merge'; other: string }
  | { code: 'split'; signs: string[] }
  | { code: 'close'; outcome: Outcome; reason: string }
  | { code: 'reopen'; reason: string }
)
/** The problem document of a 409: the same field was changed meanwhile. */
export interface Conflict {
  title: string
  status: 409
  detail: string
  field: string
  theirs: string
  yours: string
  by: Who | null
  at_s: number
}

/** A text for the tower: each time is null until it happened. POST /cases/{key}/tower {text} drafts and sends;
 * /tower/{id}/shown and /tower/{id}/readback. GET /cases/{key}/tower gives a proposed text. */
export interface TowerText {
  id: number
  case: string
  text: string
  by: Who
  draft_s: number
  sent_s: number | null
  shown_s: number | null
  readback_s: number | null
  /** Sent and not read back for too long: a high alarm. */
  overdue: boolean
}

export interface Closure {
  place: string
  name: string
  kind: 'runway' | 'zone'
  state: PlaceState
  since_s: number
  by: Who | null
  why: string
  case: string | null
  /** Earliest time at which it may be resumed without saying why: last sign over, plus the waiting time. */
  may_resume_s: number | null
  /** Suspended so far today, minutes. */
  lost_today_min: number
}
/** GET /aerodrome; also on the live socket at each change. POST /aerodrome/places {place, state, why, case, version}. */
export interface Aerodrome {
  version: number
  wait_s: number
  places: Closure[]
  /** Sent and not yet read back. */
  tower: TowerText[]
}
export interface AerodromeMessage {
  m: 'aerodrome'
  aerodrome: Aerodrome
}

/** GET/PUT /checklists/{kind}; GET /checklists/{kind}/cacao gives the playbook. */
export interface Checklist {
  kind: CaseKind
  version: number
  items: { id: string; text: string }[]
}

/** GET /handover; POST /handover begins one, /handover/ticks {line, done}, /handover/accept. */
export interface Handover {
  version: number
  state: 'none' | 'begun' | 'accepted'
  from: Who | null
  to: Who | null
  begun_s: number | null
  accepted_s: number | null
  lines: HandoverLine[]
}
export interface HandoverLine {
  key: string
  kind: 'case' | 'shelved' | 'source' | 'place' | 'task' | 'tower'
  params: Record<string, string | number>
  ticked: { by: Who; at_s: number } | null
}

/** GET /cameras */
export interface CameraInfo {
  id: string
  lat_deg: number
  lon_deg: number
  bearing_deg: number | null
  field_of_view_deg: number | null
  range_m: number | null
}
/** GET /cases/{key}/occurrence: pre-filled, to be read and corrected by a person. */
export interface Occurrence {
  case: string
  /** Field by field, in the order of the form; empty where nothing is known. */
  fields: { name: string; value: string }[]
  /** `checked` false: its text comes from a secondary source. */
  clocks: { regime: string; step: string; to_whom: string; due_s: number; source: string; as_of: string; checked: boolean }[]
}
