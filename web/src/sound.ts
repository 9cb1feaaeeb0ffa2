/** Sound: tones of the Web Audio API. No browser plays any before a person has touched the page. */

let context: AudioContext | null = null

/** To be called in a click or key press. Whether tones can be heard from now on. */
export async function arm(): Promise<boolean> {
  // Escape or Shift are no such touch: a context that is made then only warns.
  if (!navigator.userActivation.hasBeenActive) return false
  context ??= new AudioContext()
  if (context.state === 'suspended') await context.resume().catch(() => undefined)
  return context.state === 'running'
}

const TONES_HZ: Record<'urgent' | 'high', number[]> = { urgent: [880, 660], high: [587] }
const TONE_S = 0.22
const LOUDNESS = 0.35

/** Urgent: two tones; high: one. */
export function ring(kind: 'urgent' | 'high'): void {
  if (context?.state !== 'running') return
  for (const [i, frequency_hz] of TONES_HZ[kind].entries()) tone(context, frequency_hz, context.currentTime + i * 1.25 * TONE_S)
}

/** A tone that begins and ends softly: no click. */
function tone(on: AudioContext, frequency_hz: number, at_s: number): void {
  const source = on.createOscillator()
  const gain = on.createGain()
  source.frequency.value = frequency_hz
  gain.gain.setValueAtTime(0, at_s)
  gain.gain.linearRampToValueAtTime(LOUDNESS, at_s + 0.02)
  gain.gain.setValueAtTime(LOUDNESS, at_s + TONE_S - 0.04)
  gain.gain.linearRampToValueAtTime(0, at_s + TONE_S)
  source.connect(gain).connect(on.destination)
  source.start(at_s)
  source.stop(at_s + TONE_S)
}
