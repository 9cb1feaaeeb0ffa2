/** Palette: the colour tokens of the page as the canvas wants them, read once for each theme. */

const TOKENS = [
  'map', 'panel', 'raised', 'sel', 'line', 'edge', 'text', 'text2', 'text3', 'accent', 'p1', 'p1-fill', 'p1-text',
  'p2', 'p2-fill', 'p2-text', 'unreal', 'unreal-fill', 'unreal-text', 'track', 'drone', 'dim', 'zone',
] as const
export type Token = (typeof TOKENS)[number]
export type Palette = Record<Token, string> & {
  light: boolean
  /** CSS family list. */
  family: string
}

export function readPalette(element: HTMLElement, light: boolean): Palette {
  const style = getComputedStyle(element)
  const read = (token: Token) => style.getPropertyValue(`--${token}`).trim() || '#888888'
  const colours = Object.fromEntries(TOKENS.map((token) => [token, read(token)])) as Record<Token, string>
  return { ...colours, light, family: style.fontFamily }
}

/** A colour token, `#RRGGBB` or as a minifier shortens it, at an opacity of 0 to 1. */
export function faded(colour: string, opacity: number): string {
  const alpha = Math.round(opacity * 255).toString(16).padStart(2, '0')
  const full = colour.replace(/^#([0-9a-f])([0-9a-f])([0-9a-f])$/i, '#$1$1$2$2$3$3')
  return full + alpha
}
