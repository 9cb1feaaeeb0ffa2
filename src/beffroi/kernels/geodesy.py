"""Positions on the WGS84 ellipsoid: the one earth model of the product, vectorised.

Sources: NGA.STND.0036 (WGS84 constants) · Vincenty, Survey Review 23 (1975): distance, bearing, destination ·
Bowring, Survey Review 23 (1976): Cartesian to geodetic · IOGP Guidance Note 7-2, method 9809 (oblique
stereographic, the system plane of EUROCONTROL ASTERIX category 062): the local plane.

Angles are degrees, lengths metres, heights above the ellipsoid. Arguments broadcast as NumPy arrays do.
Absent values travel as NaN.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

A_M = 6378137.0
"""Semi-major axis of WGS84."""
F = 1 / 298.257223563
"""Flattening of WGS84."""
B_M = A_M * (1 - F)
E2 = F * (2 - F)
E = E2**0.5


def curvature_radii_m(lat_deg: ArrayLike) -> tuple[Floats, Floats]:
    """(meridian radius, prime vertical radius) at a latitude."""
    w2 = 1 - E2 * np.sin(np.radians(lat_deg)) ** 2
    return A_M * (1 - E2) / w2**1.5, A_M / np.sqrt(w2)


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane round a site: x grid east, y grid north, in metres; conformal (oblique stereographic).

    The scale is 1 at the site and 1 + (d / 2R)² at the distance d: 0.06 m a kilometre at 100 km, 0.55 at 300.
    True north turns away from grid north as one goes east or west: `convergence_deg`.
    Made by `Plane.at(lat_deg, lon_deg)`.
    """

    lat_deg: float
    lon_deg: float
    radius_m: float
    """Radius of the conformal sphere."""
    n: float
    """Ratio of longitudes on the sphere and on the ellipsoid."""
    psi_shift: float
    """Isometric latitude on the sphere = n * isometric latitude on the ellipsoid + psi_shift."""
    sin_chi0: float
    cos_chi0: float

    @classmethod
    def at(cls, lat_deg: float, lon_deg: float) -> Self:
        """The plane whose origin is this place; |lat_deg| < 90."""
        rho, nu = (float(r) for r in curvature_radii_m(lat_deg))
        sin_lat, cos_lat = np.sin(np.radians(lat_deg)), np.cos(np.radians(lat_deg))
        n = float(np.sqrt(1 + E2 * cos_lat**4 / (1 - E2)))
        sin_chi0 = float(sin_lat / n)  # the sphere that touches best has sin(chi0) = sin(lat0) / n
        shift = float(np.arctanh(sin_chi0) - n * _isometric(sin_lat))
        return cls(lat_deg, lon_deg, (rho * nu) ** 0.5, n, shift, sin_chi0, (1 - sin_chi0**2) ** 0.5)

    def forward(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Floats, Floats]:
        """Geodetic position → (x_m, y_m). NaN at the antipode of the site."""
        sin_chi, cos_chi, sin_l, cos_l = self._sphere(lat_deg, lon_deg)
        scale = 2 * self.radius_m / (1 + sin_chi * self.sin_chi0 + cos_chi * self.cos_chi0 * cos_l)
        return scale * cos_chi * sin_l, scale * (sin_chi * self.cos_chi0 - cos_chi * self.sin_chi0 * cos_l)

    def inverse(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[Floats, Floats]:
        """(x_m, y_m) → (lat_deg, lon_deg)."""
        x, y = np.asarray(x_m) / (2 * self.radius_m), np.asarray(y_m) / (2 * self.radius_m)
        t2 = x * x + y * y
        cos_c, sin_c_by_t = (1 - t2) / (1 + t2), 2 / (1 + t2)
        sin_chi = np.clip(cos_c * self.sin_chi0 + y * sin_c_by_t * self.cos_chi0, -1, 1)
        lon = np.arctan2(x * sin_c_by_t, cos_c * self.cos_chi0 - y * sin_c_by_t * self.sin_chi0)
        with np.errstate(divide="ignore"):
            psi = (np.arctanh(sin_chi) - self.psi_shift) / self.n
        return np.degrees(_latitude(psi)), _wrapped(self.lon_deg + np.degrees(lon) / self.n)

    def convergence_deg(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Floats:
        """Grid bearing of true north at a place: grid bearing = true bearing + convergence."""
        sin_chi, cos_chi, sin_l, cos_l = self._sphere(lat_deg, lon_deg)
        east = -sin_l * (sin_chi + self.sin_chi0)
        north = cos_chi * self.cos_chi0 + (1 + sin_chi * self.sin_chi0) * cos_l
        return np.degrees(np.arctan2(east, north))

    def scale(self, x_m: float, y_m: float) -> float:
        """Metres in the plane for a metre on the ellipsoid, at a point of the plane."""
        return 1 + (x_m * x_m + y_m * y_m) / (2 * self.radius_m) ** 2

    def velocity(
        self, lat_deg: ArrayLike, lon_deg: ArrayLike, speed_mps: ArrayLike, track_deg: ArrayLike
    ) -> tuple[Floats, Floats]:
        """Ground speed and true track at a place → (vx_mps, vy_mps) along the plane's axes."""
        grid = np.radians(np.asarray(track_deg) + self.convergence_deg(lat_deg, lon_deg))
        return np.asarray(speed_mps) * np.sin(grid), np.asarray(speed_mps) * np.cos(grid)

    def _sphere(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
        """Sine and cosine of the conformal latitude and of the longitude from the site, on the sphere."""
        with np.errstate(divide="ignore"):
            psi = self.n * _isometric(np.sin(np.radians(lat_deg))) + self.psi_shift
        lon = np.radians(self.n * _wrapped(np.asarray(lon_deg) - self.lon_deg))
        return np.tanh(psi), 1 / np.cosh(np.clip(psi, -700, 700)), np.sin(lon), np.cos(lon)


def _isometric(sin_lat: ArrayLike) -> Floats:
    """Isometric latitude on the ellipsoid."""
    return np.asarray(np.arctanh(sin_lat) - E * np.arctanh(E * np.asarray(sin_lat)), dtype=np.float64)


def _latitude(psi: Floats) -> Floats:
    """Geodetic latitude [rad] of an isometric latitude; five steps shrink the error by E2**5 < 1e-11."""
    sin_lat = np.tanh(psi)
    for _ in range(5):
        sin_lat = np.tanh(psi + E * np.arctanh(E * sin_lat))
    return np.asarray(np.arcsin(sin_lat), dtype=np.float64)


def _wrapped(lon_deg: ArrayLike) -> Floats:
    """Longitude in [-180, 180)."""
    return np.asarray((np.asarray(lon_deg, dtype=np.float64) + 180) % 360 - 180)


# --- Cartesian frames -------------------------------------------------------------------------------------


def geodetic_to_ecef(
    lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Geodetic position → earth-centred, earth-fixed (x, y, z) in metres."""
    lat, lon, height = np.radians(lat_deg), np.radians(lon_deg), np.asarray(height_m)
    nu = curvature_radii_m(lat_deg)[1]
    in_plane = (nu + height) * np.cos(lat)
    return in_plane * np.cos(lon), in_plane * np.sin(lon), (nu * (1 - E2) + height) * np.sin(lat)


def ecef_to_geodetic(x_m: ArrayLike, y_m: ArrayLike, z_m: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Earth-centred (x, y, z) → (lat_deg, lon_deg, height_m); below 1 µm within 10,000 km of the surface."""
    x, y, z = np.asarray(x_m), np.asarray(y_m), np.asarray(z_m)
    p = np.hypot(x, y)
    beta = np.arctan2(A_M * z, B_M * p)
    for _ in range(3):
        top = z + E2 / (1 - E2) * B_M * np.sin(beta) ** 3
        lat = np.arctan2(top, p - E2 * A_M * np.cos(beta) ** 3)
        beta = np.arctan2((1 - F) * np.sin(lat), np.cos(lat))
    height = p * np.cos(lat) + z * np.sin(lat) - A_M * np.sqrt(1 - E2 * np.sin(lat) ** 2)
    return np.degrees(lat), np.degrees(np.arctan2(y, x)), height


def _enu_axes(lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)


def geodetic_to_enu(
    lat_deg: ArrayLike,
    lon_deg: ArrayLike,
    height_m: ArrayLike,
    site_lat_deg: ArrayLike,
    site_lon_deg: ArrayLike,
    site_height_m: ArrayLike,
) -> tuple[Floats, Floats, Floats]:
    """Geodetic position → (east, north, up) in metres in the tangent frame of a site."""
    x0, y0, z0 = geodetic_to_ecef(site_lat_deg, site_lon_deg, site_height_m)
    x, y, z = geodetic_to_ecef(lat_deg, lon_deg, height_m)
    dx, dy, dz = x - x0, y - y0, z - z0
    sin_lat, cos_lat, sin_lon, cos_lon = _enu_axes(site_lat_deg, site_lon_deg)
    outward = cos_lon * dx + sin_lon * dy
    east = -sin_lon * dx + cos_lon * dy
    return east, cos_lat * dz - sin_lat * outward, cos_lat * outward + sin_lat * dz


def enu_to_geodetic(
    east_m: ArrayLike,
    north_m: ArrayLike,
    up_m: ArrayLike,
    site_lat_deg: ArrayLike,
    site_lon_deg: ArrayLike,
    site_height_m: ArrayLike,
) -> tuple[Floats, Floats, Floats]:
    """(east, north, up) in the tangent frame of a site → (lat_deg, lon_deg, height_m)."""
    east, north, up = np.asarray(east_m), np.asarray(north_m), np.asarray(up_m)
    x0, y0, z0 = geodetic_to_ecef(site_lat_deg, site_lon_deg, site_height_m)
    sin_lat, cos_lat, sin_lon, cos_lon = _enu_axes(site_lat_deg, site_lon_deg)
    outward = cos_lat * up - sin_lat * north
    return ecef_to_geodetic(
        x0 + cos_lon * outward - sin_lon * east,
        y0 + sin_lon * outward + cos_lon * east,
        z0 + cos_lat * north + sin_lat * up,
    )


# --- Sensors: range, azimuth, elevation -------------------------------------------------------------------


def polar_to_geodetic(
    sensor_lat_deg: ArrayLike,
    sensor_lon_deg: ArrayLike,
    sensor_height_m: ArrayLike,
    range_m: ArrayLike,
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
) -> tuple[Floats, Floats, Floats]:
    """Slant range, true azimuth and elevation from a sensor → (lat_deg, lon_deg, height_m). No refraction."""
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    ground = np.asarray(range_m) * np.cos(elevation)
    up = np.asarray(range_m) * np.sin(elevation)
    east, north = ground * np.sin(azimuth), ground * np.cos(azimuth)
    return enu_to_geodetic(east, north, up, sensor_lat_deg, sensor_lon_deg, sensor_height_m)


def polar_at_height_to_geodetic(
    sensor_lat_deg: ArrayLike,
    sensor_lon_deg: ArrayLike,
    sensor_height_m: ArrayLike,
    range_m: ArrayLike,
    azimuth_deg: ArrayLike,
    height_m: ArrayLike,
) -> tuple[Floats, Floats]:
    """Slant range and azimuth of a 2-D radar, and a height known otherwise → (lat_deg, lon_deg).

    Where noise makes the range shorter than the difference of heights, the target is put overhead.
    """
    r, h0, h = np.asarray(range_m), np.asarray(sensor_height_m), np.asarray(height_m, dtype=np.float64)
    radius = _radius_along_m(sensor_lat_deg, azimuth_deg) + h0
    aim = h
    for _ in range(3):  # the sphere is a start; each step takes off what the ellipsoid left
        rise = aim - h0
        sine = (rise * (2 * radius + rise) - r * r) / (2 * radius * np.maximum(r, 1e-9))
        elevation = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
        lat, lon, got = polar_to_geodetic(sensor_lat_deg, sensor_lon_deg, h0, r, azimuth_deg, elevation)
        aim = aim + np.where(np.abs(sine) < 1, h - got, 0)
    return lat, lon


def _radius_along_m(lat_deg: ArrayLike, azimuth_deg: ArrayLike) -> Floats:
    """Radius of curvature of the normal section along an azimuth (Euler)."""
    rho, nu = curvature_radii_m(lat_deg)
    azimuth = np.radians(azimuth_deg)
    return 1 / (np.cos(azimuth) ** 2 / rho + np.sin(azimuth) ** 2 / nu)


def geodetic_to_polar(
    lat_deg: ArrayLike,
    lon_deg: ArrayLike,
    height_m: ArrayLike,
    sensor_lat_deg: ArrayLike,
    sensor_lon_deg: ArrayLike,
    sensor_height_m: ArrayLike,
) -> tuple[Floats, Floats, Floats]:
    """Geodetic position → (range_m, azimuth_deg in [0, 360), elevation_deg) from a sensor. No refraction."""
    east, north, up = geodetic_to_enu(
        lat_deg, lon_deg, height_m, sensor_lat_deg, sensor_lon_deg, sensor_height_m
    )
    ground = np.hypot(east, north)
    azimuth = np.degrees(np.arctan2(east, north)) % 360
    return np.hypot(ground, up), azimuth, np.degrees(np.arctan2(up, ground))


# --- Along the ellipsoid ----------------------------------------------------------------------------------


def distance_m(lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike) -> Floats:
    """Shortest distance along the ellipsoid; see `geodesic`."""
    return geodesic(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[0]


def bearing_deg(lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike) -> Floats:
    """True bearing in [0, 360) at the first place towards the second; see `geodesic`."""
    return geodesic(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[1]


def geodesic(
    lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike
) -> tuple[Floats, Floats]:
    """(distance_m, initial true bearing in [0, 360)) by Vincenty's inverse formula.

    Within 1 mm up to 19,000 km; nearer to the antipode the iteration is stopped and the distance is
    within 1 %, the bearing meaningless. The bearing of a place to itself is 0.
    """
    u1 = np.arctan((1 - F) * np.tan(np.radians(lat1_deg)))
    u2 = np.arctan((1 - F) * np.tan(np.radians(lat2_deg)))
    sin1, cos1, sin2, cos2 = np.sin(u1), np.cos(u1), np.sin(u2), np.cos(u2)
    span = np.radians(_wrapped(np.asarray(lon2_deg) - np.asarray(lon1_deg)))
    lam = span
    for _ in range(20):
        east, north = cos2 * np.sin(lam), cos1 * sin2 - sin1 * cos2 * np.cos(lam)
        sin_s, cos_s = np.hypot(east, north), sin1 * sin2 + cos1 * cos2 * np.cos(lam)
        sigma = np.arctan2(sin_s, cos_s)
        sin_a = cos1 * east / np.maximum(sin_s, 1e-300)
        cos2_a = 1 - sin_a**2
        cos_2m = cos_s - 2 * sin1 * sin2 / np.maximum(cos2_a, 1e-300) * (cos2_a > 1e-14)
        c = F / 16 * cos2_a * (4 + F * (4 - 3 * cos2_a))
        bend = sigma + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m**2 - 1))
        step = np.clip(span + (1 - c) * F * sin_a * bend, -np.pi, np.pi)
        done = bool(np.all(~(np.abs(step - lam) > 1e-13)))
        lam = step
        if done:
            break
    a, delta = _vincenty_series(cos2_a, sin_s, cos_s, cos_2m)
    return B_M * a * (sigma - delta), np.degrees(np.arctan2(east, north)) % 360


def _vincenty_series(cos2_a: Floats, sin_s: Floats, cos_s: Floats, cos_2m: Floats) -> tuple[Floats, Floats]:
    """Vincenty's A and delta sigma (equations 3, 4 and 6)."""
    u2 = cos2_a * (A_M**2 - B_M**2) / B_M**2
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    tail = b / 6 * cos_2m * (4 * sin_s**2 - 3) * (4 * cos_2m**2 - 3)
    return a, b * sin_s * (cos_2m + b / 4 * (cos_s * (2 * cos_2m**2 - 1) - tail))


def destination(
    lat_deg: ArrayLike, lon_deg: ArrayLike, true_bearing_deg: ArrayLike, distance_m: ArrayLike
) -> tuple[Floats, Floats]:
    """The place at a distance and a true bearing along the ellipsoid → (lat_deg, lon_deg)."""
    alpha, s = np.radians(true_bearing_deg), np.asarray(distance_m)
    u1 = np.arctan((1 - F) * np.tan(np.radians(lat_deg)))
    sin1, cos1, cos_a1 = np.sin(u1), np.cos(u1), np.cos(alpha)
    sigma1 = np.arctan2(sin1, cos1 * cos_a1)
    sin_a = cos1 * np.sin(alpha)
    cos2_a = 1 - sin_a**2
    a, _ = _vincenty_series(cos2_a, cos2_a * 0, cos2_a * 0, cos2_a * 0)
    sigma = s / (B_M * a)
    for _ in range(8):
        cos_2m = np.cos(2 * sigma1 + sigma)
        sin_s, cos_s = np.sin(sigma), np.cos(sigma)
        sigma = s / (B_M * a) + _vincenty_series(cos2_a, sin_s, cos_s, cos_2m)[1]
    sin_s, cos_s, cos_2m = np.sin(sigma), np.cos(sigma), np.cos(2 * sigma1 + sigma)
    off = sin1 * sin_s - cos1 * cos_s * cos_a1
    lat = np.arctan2(sin1 * cos_s + cos1 * sin_s * cos_a1, (1 - F) * np.hypot(sin_a, off))
    lam = np.arctan2(sin_s * np.sin(alpha), cos1 * cos_s - sin1 * sin_s * cos_a1)
    c = F / 16 * cos2_a * (4 + F * (4 - 3 * cos2_a))
    bend = sigma + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m**2 - 1))
    return np.degrees(lat), _wrapped(np.asarray(lon_deg) + np.degrees(lam - (1 - c) * F * sin_a * bend))
