/** Whole site: the view that `0` goes back to. */

import type { SiteInfo } from '../wire'
import { between, destination, fitted, type Camera, type Padding, type Place, type Size } from './camera'

/** At least the 5 km ring; zones and runways within this belong to the site's own picture. */
const AROUND_M = 5500
const NEAR_M = 12_000

export function wholeSite(site: SiteInfo, size: Size, padding: Padding): Camera {
  const places: Place[] = [0, 90, 180, 270].map((bearing) => destination(site, bearing, AROUND_M))
  const near = (p: Place) => between(site, p).distance_m <= NEAR_M
  places.push(...site.runways.flatMap((r) => r.ends).filter(near))
  for (const zone of site.zones) {
    const ring = (zone.rings[0] ?? []).map(([lon_deg, lat_deg]) => ({ lat_deg, lon_deg }))
    // A zone that reaches far (a control zone) would push the runways together.
    if (ring.every(near) && ring.every((p) => between(site, p).distance_m <= AROUND_M * 1.3)) places.push(...ring)
  }
  return fitted(places, size, { top: padding.top / 2, right: padding.right / 2, bottom: padding.bottom / 2, left: padding.left / 2 }, 16) ?? { lat_deg: site.lat_deg, lon_deg: site.lon_deg, zoom: 12 }
}
