/**
 * Basemap: the user's own `.pmtiles` archive, drawn by MapLibre below our canvases and led by our camera.
 * This file is loaded only where the site has such an archive and the browser has WebGL 2.
 */

import { addProtocol, Map as MapLibre, setWorkerUrl, type LayerSpecification, type StyleSpecification } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { PMTiles, Protocol, TileType } from 'pmtiles'

import type { View } from './camera'
import type { Palette } from './palette'

const ARCHIVE = '/basemap.pmtiles'

/** What of an archive decides how it is drawn. */
export interface Contents {
  vector: boolean
  max_zoom: number
  layers: string[]
}

export class Basemap {
  private constructor(
    private readonly map: MapLibre,
    private readonly contents: Contents,
    private readonly borders: boolean,
    private drawn: Palette,
  ) {}

  static async open(container: HTMLElement, palette: Palette, borders: boolean): Promise<Basemap> {
    setWorkerUrl(new URL(workerUrl, location.href).href)
    const archive = new PMTiles(new URL(ARCHIVE, location.href).href)
    const protocol = new Protocol()
    protocol.add(archive)
    addProtocol('pmtiles', protocol.tile)
    const contents = await contentsOf(archive)
    const style = basemapStyle(contents, palette, borders)
    const map = new MapLibre({ container, style, interactive: false, attributionControl: false, fadeDuration: 0 })
    return new Basemap(map, contents, borders, palette)
  }

  follow(view: View): void {
    const { lat_deg: lat, lon_deg: lng, zoom } = view.camera
    this.map.resize()
    this.map.jumpTo({ center: { lat, lng }, zoom })
  }

  theme(palette: Palette): void {
    if (palette === this.drawn) return
    this.drawn = palette
    this.map.setStyle(basemapStyle(this.contents, palette, this.borders))
  }

  close(): void {
    this.map.remove()
  }
}

export function hasWebGl2(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null
}

async function contentsOf(archive: PMTiles): Promise<Contents> {
  const [header, metadata] = await Promise.all([archive.getHeader(), archive.getMetadata()])
  const listed = (metadata as { vector_layers?: { id: string }[] } | null)?.vector_layers ?? []
  return { vector: header.tileType === TileType.Mvt, max_zoom: header.maxZoom, layers: listed.map((l) => l.id) }
}

/** Quiet ground from whichever schema: layers are known by what their names say. No text: it would need
 * fonts from elsewhere; no borders, unless the site shows them. */
export function basemapStyle(contents: Contents, palette: Palette, borders: boolean): StyleSpecification {
  const url = `pmtiles://${new URL(ARCHIVE, location.href).href}`
  const ground: LayerSpecification = { id: 'ground', type: 'background', paint: { 'background-color': palette.map } }
  if (!contents.vector) {
    const picture: LayerSpecification = { id: 'picture', type: 'raster', source: 'own', paint: { 'raster-saturation': -0.8, 'raster-opacity': 0.5 } }
    return { version: 8, sources: { own: { type: 'raster', url, tileSize: 256 } }, layers: [ground, picture] }
  }
  const layers = contents.layers.flatMap((id) => vectorLayer(id, palette, borders))
  return { version: 8, sources: { own: { type: 'vector', url } }, layers: [ground, ...layers] }
}

function vectorLayer(id: string, palette: Palette, borders: boolean): LayerSpecification[] {
  const from = { source: 'own', 'source-layer': id } as const
  if (/bound|admin|border/.test(id)) {
    return borders ? [{ id, type: 'line', ...from, paint: { 'line-color': palette.edge, 'line-dasharray': [3, 2] } }] : []
  }
  if (/road|transport|rail|highway|street/.test(id)) {
    return [{ id, type: 'line', ...from, filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': palette.line, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.4, 14, 1.6] } }]
  }
  if (/water|ocean|sea|lake|river/.test(id)) return area(id, from, palette.raised, 1)
  if (/building/.test(id)) return area(id, from, palette.line, 0.5)
  if (/land|earth|park|wood|forest|aeroway/.test(id)) return area(id, from, palette.panel, 0.6)
  return []
}

function area(id: string, from: { source: string; 'source-layer': string }, colour: string, opacity: number): LayerSpecification[] {
  return [{ id, type: 'fill', ...from, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': opacity } }]
}
