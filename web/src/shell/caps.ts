/** Caps: what stands on the keys of a shortcut. Sideways arrows are drawn: the font has none. */

const CAPS: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', '-': '−' }

/** The caps of a shortcut, in the order of pressing; `space` is the word for the longest key. */
export function caps(key: string, space: string, after?: string): string[] {
  const parts = key === '+' ? [key] : key.split('+')
  const written = parts.map((part) => (part === ' ' ? space : (CAPS[part] ?? (part.length === 1 ? part.toUpperCase() : part))))
  return after === undefined ? written : [after.toUpperCase(), ...written]
}
