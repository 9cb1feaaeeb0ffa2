"""Where a SAPIENT message says that something is, in the units and under the names of an observation.

BSI Flex 335 v2.0 Tables of Location, RangeBearing and RangeBearingCone:
- x is longitude or easting, y latitude or northing; z a height on the ellipsoid (LOCATION_DATUM_WGS84_E) or
  above the sea (..._G). UTM is turned into degrees where zone and band agree.
- only bearings from true north are read: magnetic, grid and platform north need what no message holds.
- an error (x_error and the like) is taken as one sigma, in the units of its coordinate.

What cannot be is left out, and a FeedError with its path says why.
"""

import re
from math import cos, degrees, hypot, inf, radians, sqrt

from sapient_msg.bsi_flex_335_v2_0 import location_pb2, range_bearing_pb2
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import Location
from sapient_msg.bsi_flex_335_v2_0.range_bearing_pb2 import RangeBearing, RangeBearingCone

from beffroi.errors import FeedError
from beffroi.kernels.geodesy import A_M
from beffroi.kernels.utm import band_latitudes_deg, utm_to_geodetic

Fields = dict[str, float]

ALTITUDE_M = (-1_000.0, 100_000.0)
RANGE_M = 1_000_000.0
SIGMA_DEG = 1.0
"""Nobody who means degrees gives a place with an error above one."""
RADIANS = location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M
POLAR = {
    range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M: (1.0, 1.0),
    range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M: (degrees(1), 1.0),
    range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM: (1.0, 1e3),
    range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM: (degrees(1), 1e3),
}
"""Factors to degrees and to metres."""


def location(place: Location, path: str, errors: list[FeedError]) -> Fields:
    """Latitude, longitude, height and their errors; nothing, and an error, where the place cannot be."""
    try:
        if place.coordinate_system == location_pb2.LOCATION_COORDINATE_SYSTEM_UTM_M:
            lat_deg, lon_deg = _from_utm(place)
            sigmas = (place.x_error, place.y_error)
        else:
            unit = degrees(1) if place.coordinate_system == RADIANS else 1.0
            lat_deg, lon_deg = place.y * unit, place.x * unit
            sigmas = _metres(place.x_error * unit, place.y_error * unit, lat_deg, path, errors)
        if not (-90 <= lat_deg <= 90 and -180 <= lon_deg <= 180):
            raise ValueError(f"latitude {lat_deg:g}, longitude {lon_deg:g} is no place (x is longitude)")
    except ValueError as bad:
        errors.append(FeedError(path, str(bad)))
        return {}
    fields: Fields = {"lat_deg": lat_deg, "lon_deg": lon_deg, **_height(place, path, errors)}
    if place.HasField("x_error") and place.HasField("y_error") and min(sigmas) >= 0:
        fields |= sigma("horizontal_sigma_m", hypot(*sigmas) / sqrt(2))
    return fields


def _metres(
    x_deg: float, y_deg: float, lat_deg: float, path: str, errors: list[FeedError]
) -> tuple[float, float]:
    """Errors in degrees as metres; none where they cannot be meant so."""
    if max(x_deg, y_deg) > SIGMA_DEG:
        errors.append(FeedError(f"{path}.x_error", f"an error of {max(x_deg, y_deg):g} degrees cannot be"))
        return 0.0, 0.0
    return radians(x_deg) * A_M * cos(radians(lat_deg)), radians(y_deg) * A_M


def _height(place: Location, path: str, errors: list[FeedError]) -> Fields:
    if not place.HasField("z"):
        return {}
    if not ALTITUDE_M[0] <= place.z <= ALTITUDE_M[1]:
        errors.append(FeedError(f"{path}.z", f"a height of {place.z:g} m cannot be"))
        return {}
    datum = "alt_msl_m" if place.datum == location_pb2.LOCATION_DATUM_WGS84_G else "alt_wgs84_m"
    return {datum: place.z, **sigma("vertical_sigma_m", place.z_error)}


_ZONE = re.compile(r"(\d{1,2})\s*([A-Za-z])")


def _from_utm(place: Location) -> tuple[float, float]:
    """(lat_deg, lon_deg). Raises ValueError with the reason where zone, band and place do not fit."""
    zone = _ZONE.fullmatch(place.utm_zone.strip())
    if zone is None:
        raise ValueError(f"{place.utm_zone[:20]!r} is no UTM zone with its band or hemisphere")
    letter = zone[2].upper()
    if letter == "S":
        raise ValueError("the letter S may mean the south or the band from 32° to 40° north")
    lat_deg, lon_deg = utm_to_geodetic(place.x, place.y, int(zone[1]), north=letter >= "N")
    south, north = (0.0, 84.0) if letter == "N" else band_latitudes_deg(letter)
    if not south - 0.5 <= lat_deg <= north + 0.5:
        raise ValueError(f"a northing of {place.y:g} m lies outside of band {letter}")
    return lat_deg, lon_deg


def polar(seen: RangeBearing, path: str, errors: list[FeedError]) -> Fields:
    """Range, azimuth and elevation from the sensor, with their errors; each as far as it is given."""
    to_deg, to_m = POLAR[seen.coordinate_system]
    fields: Fields = {}
    if not any(map(seen.HasField, ("azimuth", "range", "elevation"))):
        errors.append(FeedError(path, "neither azimuth nor range nor elevation"))
    if seen.HasField("azimuth"):
        fields |= _azimuth(seen, to_deg, path, errors)
    if seen.HasField("range"):
        if 0 <= seen.range * to_m <= RANGE_M:
            fields |= {"range_m": seen.range * to_m, **sigma("range_sigma_m", seen.range_error * to_m)}
        else:
            errors.append(FeedError(f"{path}.range", f"{seen.range:g} cannot be"))
    if seen.HasField("elevation"):
        if -90 <= seen.elevation * to_deg <= 90:
            fields["elevation_deg"] = seen.elevation * to_deg
            fields |= sigma("elevation_sigma_deg", seen.elevation_error * to_deg)
        else:
            errors.append(FeedError(f"{path}.elevation", f"{seen.elevation:g} cannot be"))
    return fields


def _azimuth(seen: RangeBearing, to_deg: float, path: str, errors: list[FeedError]) -> Fields:
    if seen.datum != range_bearing_pb2.RANGE_BEARING_DATUM_TRUE:
        name = range_bearing_pb2.RangeBearingDatum.Name(seen.datum).rpartition("_")[2].lower()
        errors.append(FeedError(f"{path}.datum", f"true north cannot be found from {name} north"))
        return {}
    azimuth_deg = seen.azimuth * to_deg
    if not -360 <= azimuth_deg <= 360:
        errors.append(FeedError(f"{path}.azimuth", f"{seen.azimuth:g} cannot be"))
        return {}
    # the second remainder takes the 360.0 that the first gives for the smallest negative angles
    return {
        "azimuth_deg": azimuth_deg % 360 % 360,
        **sigma("azimuth_sigma_deg", seen.azimuth_error * to_deg),
    }


def sigma(name: str, value: float) -> Fields:
    """An error under its name; nothing where none is stated, or none that means anything."""
    return {name: value} if 0 < value < inf else {}


def cone(view: RangeBearingCone) -> Fields:
    """Where the sensor looks. The extents are in degrees whatever the other units are."""
    to_deg, to_m = POLAR[view.coordinate_system]
    seen: Fields = {}
    if view.HasField("range") and 0 < view.range * to_m <= RANGE_M:
        seen["range_m"] = view.range * to_m
    is_true = view.datum == range_bearing_pb2.RANGE_BEARING_DATUM_TRUE
    if is_true and view.HasField("azimuth") and 0 < view.horizontal_extent < 360:
        middle = view.azimuth * to_deg
        seen["azimuth_from_deg"] = (middle - view.horizontal_extent / 2) % 360
        seen["azimuth_to_deg"] = (middle + view.horizontal_extent / 2) % 360
    return seen
