/** Plot: the tracks of one frame in world coordinates, so that a change of view costs a multiplication each. */

import type { Tracks } from '../frame'
import { FLAG } from '../wire'
import { worldX, worldY } from './camera'
import type { Positions } from './trails'

export class Plot implements Positions {
  readonly n: number
  readonly id: Int32Array
  readonly x: Float64Array
  readonly y: Float64Array
  readonly alt_m: Float64Array

  constructor(
    readonly tracks: Tracks,
    readonly now_s: number,
  ) {
    this.n = tracks.n
    this.id = tracks.id
    this.x = new Float64Array(this.n)
    this.y = new Float64Array(this.n)
    this.alt_m = new Float64Array(this.n)
    for (let i = 0; i < this.n; i++) {
      this.x[i] = worldX(tracks.lon_deg(i))
      this.y[i] = worldY(tracks.lat_deg(i))
      this.alt_m[i] = tracks.alt_m(i) ?? NaN
    }
  }

  lasting = (i: number): boolean => !this.tracks.has(i, FLAG.on_ground)
}
