/** Cases made by hand, for tests. */

import type { Case, CaseSummary } from './wire'

export function summary(more: Partial<CaseSummary> = {}): CaseSummary {
  return {
    key: '7', version: 1, kind: 'drone', title: '', state: 'open', phase: 'sighting', priority: 'high', owner: null,
    signs: [], sightings: 0, track: null, lat_deg: null, lon_deg: null, opened_s: 0, changed_s: 0, outcome: null,
    exercise: false, simulated: false, here: [], ...more,
  }
}

/** One with a sign, a sighting and a file. */
export function made(more: Partial<Case> = {}): Case {
  return {
    ...summary({ signs: ['s1'], sightings: 1 }),
    phases: [], checklist: [], related: [], tower: [], closures: [], lost_min: [], flights: [], evidence: [],
    timeline: [], may: [],
    reports: [
      { subject: 'sighting:0a1b', time_s: 60, reporter: 'tower', grade: 'B2', what: 'drone', count: 1, text: '', lat_deg: null, lon_deg: null },
    ],
    files: [
      { digest: 'ff00', name: 'gate.jpg', media_type: 'image/jpeg', bytes: 9, at_s: 70, by: null, camera: 'C3', bearing_deg: 45, field_of_view_deg: 20 },
    ],
    ...more,
  }
}
