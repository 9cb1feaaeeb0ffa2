/** Captions: which labels the map wants, in the guide's order, and how they are written and painted. */

import { ABSENT, distance, duration, number, rounded } from '../format'
import { FLAG, type Kind, type Sign } from '../wire'
import { between } from './camera'
import { drawMark } from './glyphs'
import type { LabelTarget } from './hit'
import type { Placed, Want } from './labels'
import { box, font, haloText, line, textWidth, type Context } from './pen'
import { approaches, colourOf, concerned, isAlarm, tagOf, type Scene } from './scene'
import { clearance, type Shown } from './symbols'
import { approachText, declaredElsewhere, type Pointer } from './told'

/** Quiet traffic is named below this height and within this distance of the site. */
const NAMED_BELOW_M = 3000
const NAMED_WITHIN_M = 10_000
const M_PER_FT = 0.3048
const MPS_PER_KT = 1852 / 3600
const TRENDS_MPS = 1
/** Birds and cars come in hundreds; one is named when a sign speaks of it. */
const UNNAMED: ReadonlySet<Kind> = new Set<Kind>(['bird', 'clutter', 'vehicle'])

export interface Caption extends Want {
  title: string
  tag: 'SIM' | 'EX' | null
  second: string
  sign: Sign | null
  track: number | null
  /** Border of the box; null: no box. */
  border: string | null
  colour: string
}

/** Labels at most: 60, on a small map 30. */
export function budget(width_px: number): number {
  return width_px < 900 ? 30 : 60
}

/** All wanted labels, the most important first. */
export function captions(c: Context, scene: Scene, all: readonly Shown[], arrows: readonly Pointer[]): Caption[] {
  const limit = budget(scene.view.size.width)
  const flights = concerned(scene)
  const ranked = all.map((s) => [rank(scene, s, flights), s] as const).filter(([r]) => r < QUIET_NOT)
  ranked.sort((a, b) => a[0] - b[0])
  const of_tracks = ranked.slice(0, limit).map(([, s]) => ofTrack(c, scene, s))
  const first = of_tracks.filter((t) => t.always)
  const rest = of_tracks.filter((t) => !t.always)
  return [...arrows.map((p) => ofPointer(c, scene, p)), ...first, ...ofApproaches(c, scene), ...ofDeclared(c, scene), ...rest].slice(0, limit)
}

const QUIET_NOT = 1e9

function rank(scene: Scene, s: Shown, flights: ReadonlySet<number>): number {
  if (s.track === scene.selected) return 0
  const sign = scene.ringed.get(s.track)
  if (isAlarm(sign)) return sign.priority === 'urgent' ? 1 : 2
  if (flights.has(s.track)) return 3
  if (s.track === scene.hovered) return 4
  if (sign) return 5
  return quietRank(scene, s)
}

/** Below 3,000 m within 10 km, nearest first; never what stands on the ground, except the protected. */
function quietRank(scene: Scene, s: Shown): number {
  const { plot } = scene
  if (!plot || !scene.layers.labels || !s.glyph) return QUIET_NOT
  if (plot.tracks.has(s.i, FLAG.on_ground) && !plot.tracks.has(s.i, FLAG.protected)) return QUIET_NOT
  const unnamed = UNNAMED.has(plot.tracks.kind(s.i)) && !plot.tracks.has(s.i, FLAG.protected)
  if (unnamed || (plot.alt_m[s.i] ?? NaN) > NAMED_BELOW_M) return QUIET_NOT
  const away_m = between(scene.site, plot.tracks.place(s.i)).distance_m
  return away_m > NAMED_WITHIN_M ? QUIET_NOT : 10 + away_m
}

function ofTrack(c: Context, scene: Scene, s: Shown): Caption {
  const sign = scene.ringed.get(s.track) ?? null
  const chosen = s.track === scene.selected
  const border = chosen ? scene.palette.accent : isAlarm(sign) ? colourOf(sign.priority, scene.palette) : null
  return measured(c, scene, {
    key: `t${s.track}`, x: s.x, y: s.y, radius_px: clearance(scene, s), title: scene.name(s.i), tag: tagOf(scene, s.i),
    second: secondLine(scene, s.i), sign, track: s.track, border, always: border !== null,
    colour: scene.palette.text,
  })
}

/** `172↑ · 11 · 6 s old`: height and trend, speed, age where it is late. */
function secondLine(scene: Scene, i: number): string {
  const tracks = scene.plot?.tracks
  if (!tracks) return ''
  if (tracks.has(i, FLAG.on_ground)) return ''
  const aviation = scene.units === 'aviation'
  const alt_m = tracks.alt_m(i)
  const high = alt_m === null ? ABSENT : number(aviation ? rounded(alt_m / M_PER_FT, 10) : alt_m, 0, scene.language)
  const climb = tracks.climb_mps(i) ?? 0
  const trend = climb > TRENDS_MPS ? '↑' : climb < -TRENDS_MPS ? '↓' : ''
  const speed = number(tracks.speed_mps(i) / (aviation ? MPS_PER_KT : 1), 0, scene.language)
  return [`${high}${trend}`, speed, ageText(scene, i)].filter(Boolean).join(' · ')
}

function ageText(scene: Scene, i: number): string {
  const tracks = scene.plot?.tracks
  if (!tracks || !(tracks.has(i, FLAG.late) || tracks.has(i, FLAG.coasting))) return ''
  const age_s = tracks.age_s(i)
  return age_s === null ? '' : scene.t('map.old', { age: duration(age_s, scene.language) })
}

function ofApproaches(c: Context, scene: Scene): Caption[] {
  return approaches(scene).map((a) => {
    const p = scene.view.point(a.place)
    const i = a.sign.track === null ? -1 : (scene.plot?.tracks.index(a.sign.track) ?? -1)
    return measured(c, scene, {
      key: `a${a.sign.key}`, x: p.x, y: p.y, radius_px: 9, title: [a.callsign, i < 0 ? '' : scene.name(i)].filter(Boolean).join(' × '), tag: null,
      second: approachText(scene, a.distance_m, a.in_s), sign: null, track: a.sign.track,
      border: colourOf(a.sign.priority, scene.palette), always: scene.view.holds(p), colour: scene.palette.text,
    })
  }).filter((caption) => caption.always)
}

function ofDeclared(c: Context, scene: Scene): Caption[] {
  return declaredElsewhere(scene).map((d) => {
    const p = scene.view.point(d.declared)
    const i = d.sign.track === null ? -1 : (scene.plot?.tracks.index(d.sign.track) ?? -1)
    const away = distance(between(d.declared, d.measured).distance_m, scene.language, scene.units)
    return measured(c, scene, {
      key: `d${d.sign.key}`, x: p.x, y: p.y, radius_px: d.sign.simulated ? 25 : 14,
      title: i < 0 ? scene.t('map.declared') : scene.t('map.declared-of', { name: scene.name(i) }), tag: null,
      second: scene.t('map.from-measured', { distance: away }), sign: null, track: d.sign.track, border: null,
      always: false, colour: scene.palette.text2,
    })
  })
}

function ofPointer(c: Context, scene: Scene, p: Pointer): Caption {
  return measured(c, scene, {
    key: `p${p.track}`, x: p.x, y: p.y, radius_px: 10, title: p.text, tag: null, second: '', sign: null,
    track: p.track, border: p.colour, always: true, colour: scene.palette.text,
  })
}

function fonts(scene: Scene): { title: string; second: string; tag: string } {
  const { palette, text } = scene
  return { title: font(palette, 14 * text, 500), second: font(palette, 14 * text, 400), tag: font(palette, 12 * text, 600) }
}

function measured(c: Context, scene: Scene, caption: Omit<Caption, 'width' | 'height'>): Caption {
  const f = fonts(scene)
  const inset = caption.border ? 16 : 0
  const mark = caption.sign ? 18 : 0
  const tag = caption.tag ? 6 + textWidth(c, caption.tag, f.tag) : 0
  const first = mark + textWidth(c, caption.title, f.title) + tag
  const second = caption.second ? textWidth(c, caption.second, f.second) : 0
  const lines = caption.second ? 2 : 1
  return { ...caption, width: Math.ceil(Math.max(first, second) + inset), height: Math.ceil(lines * 18 * scene.text + (caption.border ? 8 : 0)) }
}

/** Leaders first, so that no leader crosses a text. */
export function paintCaptions(c: Context, scene: Scene, placed: readonly Placed[], wanted: readonly Caption[]): LabelTarget[] {
  const of = new Map(wanted.map((w) => [w.key, w]))
  const both = placed.flatMap((p) => {
    const caption = of.get(p.key)
    return caption ? [[p, caption] as const] : []
  })
  c.lineWidth = 1
  for (const [p, caption] of both) {
    if (!p.leader) continue
    c.strokeStyle = caption.sign && isAlarm(caption.sign) ? colourOf(caption.sign.priority, scene.palette) : (caption.border ?? scene.palette.text3)
    line(c, ...p.leader)
  }
  for (const [p, caption] of both) paintCaption(c, scene, p, caption)
  return both.map(([p, { track, sign }]) => ({ x: p.x, y: p.y, width: p.width, height: p.height, track, sign: sign?.key ?? null }))
}

function paintCaption(c: Context, scene: Scene, p: Placed, caption: Caption): void {
  const { palette, text } = scene
  const f = fonts(scene)
  if (caption.border) {
    c.fillStyle = palette.panel
    c.strokeStyle = caption.border
    c.lineWidth = caption.border === palette.accent ? 2 : 1.4
    box(c, p.x, p.y, p.width, p.height)
    c.fill()
    c.stroke()
  }
  const write = (s: string, x: number, y: number, colour: string) => {
    if (caption.border) {
      c.fillStyle = colour
      c.fillText(s, x, y)
    } else haloText(c, s, x, y, colour, palette.map)
  }
  c.textAlign = 'left'
  c.textBaseline = 'middle'
  const y = p.y + (caption.border ? 4 : 0) + 9 * text
  let x = p.x + (caption.border ? 8 : 0)
  const left = x
  if (caption.sign) {
    drawMark(c, caption.sign.priority, x + 6, y, colourOf(caption.sign.priority, palette))
    x += 18
  }
  c.font = f.title
  write(caption.title, x, y, caption.colour)
  if (caption.tag) {
    x += textWidth(c, caption.title, f.title) + 6
    c.font = f.tag
    write(caption.tag, x, y, palette.unreal)
  }
  if (!caption.second) return
  c.font = f.second
  write(caption.second, left, y + 18 * text, palette.text2)
}
