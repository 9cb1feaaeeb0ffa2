/** Identity: what something says it is. A claim is not a proof. */

/** The kinds of subjects that have a word of their own (beffroi.subject). */
const KINDS = ['icao24', 'uas', 'mac', 'ogn', 'callsign', 'sensor', 'flight'] as const
export type Claimed = (typeof KINDS)[number] | 'other'

/** `uas:1588E…` → what kind of claim it is, and its value. */
export function claim(subject: string): { kind: Claimed; value: string } {
  const at = subject.indexOf(':')
  const kind = KINDS.find((k) => k === subject.slice(0, at))
  return kind ? { kind, value: subject.slice(at + 1) } : { kind: 'other', value: subject }
}
