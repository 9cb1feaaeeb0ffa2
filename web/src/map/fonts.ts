/** Fonts: a worker has no style sheet; the page's own fonts are read from it here and loaded there. */

export interface Face {
  family: string
  source: string
  descriptors: FontFaceDescriptors
}

/** The faces that the style sheets of the page name. */
export function faces(): Face[] {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
  return rules.filter((rule) => rule instanceof CSSFontFaceRule).map(({ style }) => {
    const said = (name: string) => style.getPropertyValue(name)
    const descriptors = { weight: said('font-weight'), unicodeRange: said('unicode-range'), featureSettings: said('font-feature-settings') }
    return { family: said('font-family'), source: said('src'), descriptors }
  })
}

/** Makes them known to the canvases of this worker. */
export async function load(wanted: readonly Face[]): Promise<void> {
  const { fonts } = self as unknown as { fonts: FontFaceSet }
  const loaded = wanted.map(({ family, source, descriptors }) => new FontFace(family, source, descriptors).load())
  for (const one of await Promise.allSettled(loaded)) if (one.status === 'fulfilled') fonts.add(one.value)
}
