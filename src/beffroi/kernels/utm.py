"""UTM: easting and northing of a zone as latitude and longitude on WGS 84.

Source: Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), equations
7 to 11 and 36 (Krüger's series in the third flattening, here to its fourth power: below 1 µm in a zone).
Zones: NGA.STND.0037 (central meridian 6 * zone - 183°, scale 0.9996, false easting 500 km, false northing
10,000 km in the south).
"""

from math import asin, atan2, atanh, cos, cosh, degrees, sin, sinh, sqrt, tan

from beffroi.kernels.geodesy import A_M, E2, F

SCALE = 0.9996
EASTING_M = (100_000.0, 900_000.0)
NORTHING_M = (-1_000.0, 10_001_000.0)
_N = F / (2 - F)
_RADIUS_M = A_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)


def utm_to_geodetic(easting_m: float, northing_m: float, zone: int, north: bool) -> tuple[float, float]:
    """A place in a UTM zone → (lat_deg, lon_deg). Raises ValueError outside of what a zone holds."""
    if not 1 <= zone <= 60:
        raise ValueError(f"there is no UTM zone {zone}")
    if not EASTING_M[0] <= easting_m <= EASTING_M[1]:
        raise ValueError(f"an easting of {easting_m:g} m is outside of every UTM zone")
    if not NORTHING_M[0] <= northing_m <= NORTHING_M[1]:
        raise ValueError(f"a northing of {northing_m:g} m is outside of every UTM zone")
    xi = (northing_m - (0 if north else 10_000_000)) / (SCALE * _RADIUS_M)
    eta = (easting_m - 500_000) / (SCALE * _RADIUS_M)
    terms = list(enumerate(_BETA, 1))
    xi_sphere = xi - sum(b * sin(2 * j * xi) * cosh(2 * j * eta) for j, b in terms)
    eta_sphere = eta - sum(b * cos(2 * j * xi) * sinh(2 * j * eta) for j, b in terms)
    lon = degrees(atan2(sinh(eta_sphere), cos(xi_sphere))) + 6 * zone - 183
    lat = _geodetic(asin(sin(xi_sphere) / cosh(eta_sphere)))
    return degrees(lat), (lon + 180) % 360 - 180


def _geodetic(conformal: float) -> float:
    """Geodetic latitude [rad] of a conformal one, by Newton's method (Karney, equations 19 to 21)."""
    target = tau = tan(conformal)
    for _ in range(4):
        sigma = sinh(sqrt(E2) * atanh(sqrt(E2) * tau / sqrt(1 + tau * tau)))
        seen = tau * sqrt(1 + sigma * sigma) - sigma * sqrt(1 + tau * tau)
        slope = sqrt((1 + seen * seen) * (1 + tau * tau)) * (1 - E2) / (1 + (1 - E2) * tau * tau)
        tau += (target - seen) / slope
    return atan2(tau, 1)


def band_latitudes_deg(letter: str) -> tuple[float, float]:
    """South and north end of the latitude band C to X (MGRS, NGA.STND.0037). Raises ValueError."""
    index = "CDEFGHJKLMNPQRSTUVWX".find(letter.upper()) if len(letter) == 1 else -1
    if index < 0:
        raise ValueError(f"there is no latitude band {letter!r}")
    south = -80.0 + 8 * index
    return south, 84.0 if letter.upper() == "X" else south + 8
