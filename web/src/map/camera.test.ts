import { describe, expect, it } from 'vitest'

import { between, clear, destination, edgePoint, fitted, pinched, View, zoomedAt, type Camera } from './camera'

const ORLY: Camera = { lat_deg: 48.7233, lon_deg: 2.3794, zoom: 12 }
const SIZE = { width: 1120, height: 952 }
const PADDING = { top: 64, right: 72, bottom: 56, left: 24 }

describe('View', () => {
  it('puts its place in the middle and comes back from any pixel', () => {
    const view = new View(ORLY, SIZE)
    expect(view.point(ORLY)).toEqual({ x: 560, y: 476 })
    for (const p of [{ x: 0, y: 0 }, { x: 1120, y: 952 }, { x: 37.5, y: 801 }]) {
      const back = view.point(view.place(p))
      expect(back.x).toBeCloseTo(p.x, 6)
      expect(back.y).toBeCloseTo(p.y, 6)
    }
  })

  it('has the length of a metre', () => {
    // One tile of 256 px at zoom 0 is 156543.03392 m a pixel at the equator (OpenStreetMap wiki, Zoom levels).
    const view = new View({ lat_deg: 0, lon_deg: 0, zoom: 0 }, SIZE)
    expect(1 / view.pxPerMeter()).toBeCloseTo(156543.03392 / 2, 3)
    const near = new View(ORLY, SIZE)
    const north = near.point(destination(ORLY, 0, 1000))
    expect(476 - north.y).toBeCloseTo(1000 * near.pxPerMeter(), 0)
  })

  it('draws what lies past the date line beside it', () => {
    const view = new View({ lat_deg: -17, lon_deg: 179.9, zoom: 8 }, SIZE)
    const p = view.point({ lat_deg: -17, lon_deg: -179.9 })
    expect(p.x).toBeGreaterThan(560)
    expect(p.x).toBeLessThan(700)
  })
})

describe('between', () => {
  it('finds the way back from a destination', () => {
    const there = between(ORLY, destination(ORLY, 228, 4300))
    expect(there.distance_m).toBeCloseTo(4300, -1)
    expect(there.bearing_deg).toBeCloseTo(228, 0)
  })
})

describe('zoom and pinch', () => {
  it('keeps what is under the pointer', () => {
    const view = new View(ORLY, SIZE)
    const at = { x: 900, y: 100 }
    const held = view.place(at)
    const after = new View(zoomedAt(view, at, 1.7), SIZE).point(held)
    expect(after.x).toBeCloseTo(at.x, 6)
    expect(after.y).toBeCloseTo(at.y, 6)
  })

  it('ends at the last zoom without moving', () => {
    const far = new View({ ...ORLY, zoom: 19 }, SIZE)
    expect(zoomedAt(far, { x: 10, y: 10 }, 5)).toEqual({ ...far.camera, ...zoomedAt(far, { x: 10, y: 10 }, 0) })
    expect(zoomedAt(far, { x: 10, y: 10 }, 5).zoom).toBe(19)
  })

  it('doubles when fingers spread to twice and carries both along', () => {
    const view = new View(ORLY, SIZE)
    const from: [{ x: number; y: number }, { x: number; y: number }] = [{ x: 400, y: 400 }, { x: 500, y: 400 }]
    const to: [{ x: number; y: number }, { x: number; y: number }] = [{ x: 420, y: 450 }, { x: 620, y: 450 }]
    const next = new View(pinched(view, from, to), SIZE)
    expect(next.camera.zoom).toBeCloseTo(13, 9)
    for (const i of [0, 1] as const) {
      const p = next.point(view.place(from[i]))
      expect(p.x).toBeCloseTo(to[i].x, 3)
      expect(p.y).toBeCloseTo(to[i].y, 3)
    }
  })
})

describe('fitted', () => {
  it('keeps every place clear of the corners', () => {
    const places = [ORLY, destination(ORLY, 70, 9000), destination(ORLY, 200, 3000)]
    const camera = fitted(places, SIZE, PADDING, 16)
    expect(camera).not.toBeNull()
    const view = new View(camera as Camera, SIZE)
    for (const place of places) {
      const p = view.point(place)
      expect(clear({ x: Math.round(p.x), y: Math.round(p.y) }, SIZE, PADDING)).toBe(true)
    }
  })

  it('comes no nearer than it may for one place, and has none for none', () => {
    expect(fitted([ORLY], SIZE, PADDING, 14)?.zoom).toBe(14)
    expect(fitted([], SIZE, PADDING, 14)).toBeNull()
  })

  it('fits across the date line', () => {
    const camera = fitted([{ lat_deg: 0, lon_deg: 179 }, { lat_deg: 0, lon_deg: -179 }], SIZE, PADDING, 14)
    expect(Math.abs(camera?.lon_deg ?? 0)).toBeGreaterThan(179)
    expect(camera?.zoom).toBeGreaterThan(5)
  })
})

describe('edgePoint', () => {
  it('is nothing for what is in view, and lies on the padded edge for what is not', () => {
    expect(edgePoint({ x: 500, y: 500 }, SIZE, PADDING)).toBeNull()
    const edge = edgePoint({ x: 5000, y: 480 }, SIZE, PADDING)
    expect(edge?.x).toBeCloseTo(1048, 6)
    expect(Math.abs(edge?.angle ?? 9)).toBeLessThan(0.01)
  })
})
