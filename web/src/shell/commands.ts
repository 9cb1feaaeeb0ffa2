/** Commands: what the keys and the palette ask the shell for; map, queue and card register their own. */

import { act, acknowledgeOver, over, say, undo } from '../act'
import { door } from '../people/door.svelte'
import { offered } from '../people/offered'
import { app, type Sheet } from '../state.svelte'
import type { Layers, View } from '../url'
import type { Ringer } from '../ringing'

const STEP_S = 10
const MINUTE_S = 60

/** Opens a sheet, or closes it if it is open. */
function sheet(wanted: Sheet): void {
  app.sheet = app.sheet === wanted ? null : wanted
}

function show(view: View): void {
  app.view = view
  app.sheet = null
}

function toggle(layer: keyof Layers): void {
  app.layers[layer] = !app.layers[layer]
}

/** One step back: the sheet, the measuring, then the selection. */
export function back(): boolean {
  if (app.picking) app.picking = null
  else if (app.sheet) app.sheet = null
  else if (app.measuring) app.measuring = false
  else if (app.view !== 'watch') app.view = 'watch'
  else if (app.case_key !== null) app.case_key = null
  else if (app.selected.sign !== null || app.selected.track !== null) app.select(null)
  else return false
  return true
}

function newest(): boolean {
  const unacknowledged = app.open.filter((sign) => sign.state === 'new')
  const found = unacknowledged.sort((a, b) => b.opened_s - a.opened_s)[0]
  if (!found) return false
  app.view = 'watch'
  app.shelf = 'open'
  app.select({ sign: found.key })
  return true
}

function acknowledge(): boolean {
  const sign = app.sign(app.selected.sign)
  if (!sign) return false
  if (sign.state !== 'new') return true
  void act(sign, { code: 'acknowledge' })
  return true
}

/** Goes `by_s` from the moment that is shown, or that a replay is on its way to; never past now. */
export function seek(by_s: number): boolean {
  const at_s = (app.replay?.sought_s ?? app.now_s) + by_s
  if (at_s >= app.live_s) {
    if (!app.replay) return false
    app.goLive()
  } else app.goBack(at_s)
  return true
}

function liveOrReplay(): void {
  if (app.replay) app.goLive()
  else app.goBack(app.live_s - MINUTE_S)
}

function toInspector(): boolean {
  const inspector = document.getElementById('inspector')
  inspector?.focus()
  return inspector !== null
}

function silence(ringer: Ringer): boolean {
  const was = ringer.silence(app.live.signs.values())
  if (was) say(app.t('shell.sound.silenced'))
  return was
}

/** Sideways is through time in a replay, else over the map. */
const sideways = (by: -1 | 1) => (): boolean =>
  app.replay ? seek(by * STEP_S) : app.command(by < 0 ? 'pan-left' : 'pan-right')

/** Registers all of them; gives back what forgets them. */
export function register(ringer: Ringer): () => void {
  const all: Record<string, () => boolean | void> = {
    back,
    acknowledge,
    undo,
    'acknowledge-over': () => (over().length === 0 ? false : void acknowledgeOver()),
    'newest-sign': newest,
    inspector: toInspector,
    silence: () => silence(ringer),
    follow: () => (app.selected.track === null ? false : void (app.follow = !app.follow)),
    table: () => void (app.pane = app.pane === 'map' ? 'table' : 'map'),
    trails: () => toggle('trails'),
    labels: () => toggle('labels'),
    carpet: () => toggle('carpet'),
    zones: () => toggle('zones'),
    'height-colours': () => toggle('height_colours'),
    measure: () => void (app.measuring = !app.measuring),
    units: () => void (app.units = app.units === 'metric' ? 'aviation' : 'metric'),
    left: sideways(-1),
    right: sideways(1),
    'live-or-replay': liveOrReplay,
    'minute-back': () => seek(-MINUTE_S),
    'minute-on': () => seek(MINUTE_S),
    hold: () => app.hold(),
    palette: () => sheet('palette'),
    keys: () => sheet('keys'),
    settings: () => sheet('settings'),
    exercise: () => sheet('exercise'),
    watch: () => show('watch'),
    sources: () => show('sources'),
    people: () => (offered('people') ? show('people') : false),
    account: () => (offered('account') ? show('account') : false),
    lock: () => (offered('lock') ? void door.lock() : false),
    'sign-out': () => (offered('sign-out') ? void door.signOut() : false),
    theme: () => void (app.theme = app.theme === 'dark' ? 'light' : 'dark'),
  }
  const forget = Object.entries(all).map(([name, does]) => app.onCommand(name, does))
  return () => forget.forEach((f) => f())
}
