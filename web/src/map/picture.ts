/** Picture: paints one scene on the canvas of the tracks and remembers where everything lies. */

import { captions, paintCaptions, type Caption } from './captions'
import { hit, type Hit, type LabelTarget } from './hit'
import { Labels, Occupied, type Placed } from './labels'
import { paintLooks } from './looks'
import { paintRuler } from './measure'
import type { Context } from './pen'
import type { Scene } from './scene'
import { occupy, paintBrackets, shown, Symbols, type Shown } from './symbols'
import { occupyTold, paintApproaches, paintOperator, paintPointer, paintUnder, pointers } from './told'

export class Picture {
  private readonly symbols = new Symbols()
  private readonly labels = new Labels()
  private targets: readonly Shown[] = []
  private texts: LabelTarget[] = []
  private scale = 0

  /** `ground`: what of it is taken, controls and texts. */
  paint(c: Context, scene: Scene, ground: Occupied | null): void {
    const { width, height } = scene.size
    c.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0)
    c.clearRect(0, 0, width, height)
    this.targets = shown(scene)
    const arrows = pointers(scene)
    const wanted = captions(c, scene, this.targets, arrows)
    const placed = this.place(scene, ground, wanted)
    paintLooks(c, scene)
    paintUnder(c, scene)
    if (scene.operator) paintOperator(c, scene, scene.operator, scene.selected)
    this.symbols.paint(c, scene, this.targets)
    paintSignWithoutTrack(c, scene)
    paintApproaches(c, scene)
    for (const arrow of arrows) paintPointer(c, arrow)
    this.texts = paintCaptions(c, scene, placed, wanted)
    if (scene.ruler) paintRuler(c, scene.view, scene.palette, scene.text, scene.ruler, scene.language, scene.units)
  }

  at(x: number, y: number): Hit | null {
    return hit(x, y, this.targets, this.texts)
  }

  private place(scene: Scene, ground: Occupied | null, wanted: Caption[]): Placed[] {
    if (scene.view.scale !== this.scale) this.labels.forget()
    this.scale = scene.view.scale
    const taken = new Occupied(scene.view.size)
    if (ground) taken.takeAll(ground)
    occupy(scene, this.targets, taken)
    occupyTold(scene, taken)
    return this.labels.place(wanted, taken)
  }
}

/** A sign of something that no track is: brackets at its place. */
function paintSignWithoutTrack(c: Context, scene: Scene): void {
  const sign = scene.selected_sign
  if (!sign || sign.track !== null || sign.lat_deg === null || sign.lon_deg === null) return
  const p = scene.view.point({ lat_deg: sign.lat_deg, lon_deg: sign.lon_deg })
  paintBrackets(c, scene.palette, p.x, p.y)
}
