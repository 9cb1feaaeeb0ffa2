"""UTM against PROJ 9 (pyproj, EPSG 326xx and 327xx), and what is no place in a zone."""

import pytest

from beffroi.kernels.utm import band_latitudes_deg, utm_to_geodetic

PROJ = [
    # EPSG, easting, northing, latitude, longitude
    (32630, 318720.0, 176487.0, 1.5960793625, -4.6295248066),
    (32631, 448251.9, 5411932.7, 48.8582002096, 2.2945014258),
    (32631, 500000.0, 5000000.0, 45.1534771834, 3.0),
    (32701, 300000.0, 9000000.0, -9.0420470664, -178.8195225088),
    (32733, 833978.556, 9500000.0, -4.5173089348, 18.0092944965),
    (32655, 166021.443, 1000.0, 0.009034831, 143.9999999622),
    (32633, 700000.0, 9300000.0, 83.4977872748, 31.0221320452),
    (32760, 400000.0, 1200000.0, -79.2321368006, 172.2002304942),
]


@pytest.mark.parametrize(("epsg", "easting_m", "northing_m", "lat_deg", "lon_deg"), PROJ)
def test_it_agrees_with_proj(
    epsg: int, easting_m: float, northing_m: float, lat_deg: float, lon_deg: float
) -> None:
    lat, lon = utm_to_geodetic(easting_m, northing_m, epsg % 100, north=epsg < 32700)
    assert lat == pytest.approx(lat_deg, abs=1e-9)
    assert lon == pytest.approx(lon_deg, abs=1e-9)


@pytest.mark.parametrize(("zone", "easting_m", "northing_m", "why"), [
    (0, 500e3, 1e6, "no UTM zone 0"), (61, 500e3, 1e6, "no UTM zone 61"),
    (31, 99e3, 1e6, "an easting"), (31, 901e3, 1e6, "an easting"), (31, 500e3, -2e3, "a northing"),
    (31, 500e3, 10.1e6, "a northing"),
])  # fmt: skip
def test_what_no_zone_holds_is_refused(zone: int, easting_m: float, northing_m: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        utm_to_geodetic(easting_m, northing_m, zone, north=True)


def test_bands() -> None:
    assert band_latitudes_deg("U") == (48.0, 56.0)
    assert band_latitudes_deg("x") == (72.0, 84.0)
    assert band_latitudes_deg("M") == (-8.0, 0.0)
    for letter in ("I", "O", "Z", "A", "", "UU"):
        with pytest.raises(ValueError, match="no latitude band"):
            band_latitudes_deg(letter)
