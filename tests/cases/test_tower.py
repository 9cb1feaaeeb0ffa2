"""Texts for the tower: in aviation units, with their doubt, and nothing guessed."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.case import Joined, TowerText
from beffroi.cases import tower
from beffroi.cases.tower import Told, proposed, text
from beffroi.errors import DeskError
from beffroi.site import read
from beffroi.units import M_PER_FT, M_PER_NM, MPS_PER_KT
from cased import SITE, columns, picture, stood
from made import sign

PLACE = {"distance_m": 0.7 * M_PER_NM, "bearing_deg": 45.0, "ref": "threshold", "name": "24"}
ALL = Told(
    kind="drone", place=PLACE, sigma_m=20.0, alt_m=400 * M_PER_FT, alt_sigma_m=50 * M_PER_FT,
    speed_mps=27 * MPS_PER_KT, track_deg=225.0, speed_sigma_mps=1.0,
)  # fmt: skip


def but(**fields: Any) -> str:
    return text(ALL._replace(**fields))


def test_as_it_is_read_aloud() -> None:
    assert text(ALL) == (
        "drone, 350 to 450 feet AMSL, 0.7 miles north-east of threshold 24, moving south-west 27 knots"
    )
    assert text(ALL, "fr") == (
        "drone, 350 à 450 pieds AMSL, à 0,7 mille au nord-est du seuil 24, "
        "en route vers le sud-ouest à 27 nœuds"
    )
    assert text(ALL, "vi") == (
        "tàu bay không người lái, 350 đến 450 feet AMSL, "
        "cách 0,7 hải lý về phía đông bắc ngưỡng đường CHC 24, di chuyển về hướng tây nam 27 knot"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert text(Told(kind="drone")) == "drone"
    assert but(alt_m=None).startswith("drone, 0.7 miles")
    assert but(place=None, speed_mps=None) == "drone, 350 to 450 feet AMSL"
    assert but(alt_sigma_m=None).startswith("drone, about 400 feet AMSL")
    assert but(speed_sigma_mps=10.0).endswith("threshold 24"), "it may go anywhere"
    assert but(speed_mps=0.5).endswith("not moving")
    assert but(many=3).startswith("3 × drone")
    assert text(Told()) == "unidentified object"


def test_doubt_is_a_range() -> None:
    assert "0.4 to 1.0 miles north-east" in but(sigma_m=0.3 * M_PER_NM)
    assert "within 1.7 miles of threshold 24" in but(sigma_m=1.0 * M_PER_NM)
    assert "300 to 500 feet" in but(alt_sigma_m=60 * M_PER_FT)


@given(alt_m=st.floats(-100, 5000), sigma_m=st.floats(0.1, 500))
def test_the_range_holds_what_it_is_made_of(alt_m: float, sigma_m: float) -> None:
    words = text(Told(alt_m=alt_m, alt_sigma_m=sigma_m)).split(", ")[1].split(" feet")[0].split(" to ")
    low, high = int(words[0]), int(words[-1])
    assert low % 50 == high % 50 == 0
    assert low - 1.1 <= (alt_m - sigma_m) / M_PER_FT
    assert high + 1.1 >= (alt_m + sigma_m) / M_PER_FT
    assert high - low <= 2 * sigma_m / M_PER_FT + 102


def test_of_the_newest_that_is_followed() -> None:
    site = read(SITE)
    now = picture(
        site, 0.0, tracks=columns(2, x_m=-1000.0, y_m=500.0, alt_m=150.0, alt_sigma_m=10.0, vx_mps=10.0)
    )
    said = proposed(stood(), [sign(1), sign(9)], now, "en")
    assert said.startswith("drone, 450 to 550 feet AMSL, ")
    assert said.endswith("moving east 19 knots")
    level = {"place": PLACE, "level": {"height_m": 122.0, "datum": "amsl"}, "kind": "drone"}
    assert proposed(stood(), [sign(9, params=level)], now, "en") == (
        "drone, about 400 feet AMSL, 0.7 miles north-east of threshold 24"
    )
    seen = Joined(key="sighting:aa", at_s=9.0, lat_deg=48.733, lon_deg=2.3598, what="drone", count=2)
    case = msgspec.structs.replace(stood(), joined=(seen,))
    assert proposed(case, [], now, "en") == "2 × drone, within 0.1 miles of threshold 24"
    with pytest.raises(DeskError, match="nothing is known"):
        proposed(stood(), [], now, "en")
    with pytest.raises(DeskError, match="exercise"):
        proposed(msgspec.structs.replace(stood(), exercise=True), [sign(1)], now, "en")


def test_overdue() -> None:
    sent = TowerText(id=1, text="x", by="ana", draft_s=0.0, sent_s=10.0)
    assert not tower.overdue(sent, 39.9)
    assert tower.overdue(sent, 40.0)
    assert not tower.overdue(msgspec.structs.replace(sent, readback_s=20.0), 99.0)
