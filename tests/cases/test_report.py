"""A report: whole, inert, and the same for people and machines."""

import csv
import io
import json
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.case import Case, Closure, Entry, File
from beffroi.cases import page as pages
from beffroi.cases.report import Look, Minutes, Point, Report, Told, as_csv, as_geojson, as_json, made
from beffroi.life import DeskSign, Event
from beffroi.scene import LAT_DEG, LON_DEG, NOW_S, site
from beffroi.site import Language
from watched import rung

PIXEL = bytes.fromhex("89504e470d0a1a0a")


def told(text: str = "seen by two guards", **more: Any) -> Told:
    sign = rung(1, "flight_conflict", priority="urgent")
    events = [Event(number=1, sign=DeskSign(sign=sign, state="new", life=None, changed_s=NOW_S, event=1))]
    still = File(digest="ab" * 32, name="still.png", media_type="image/png", bytes=8, at_s=NOW_S, by="",
                 camera="mast", bearing_deg=42.0)  # fmt: skip
    case = Case(key="7", version=2, kind="drone", opened_s=NOW_S, changed_s=NOW_S, title=text,
                lat_deg=LAT_DEG, lon_deg=LON_DEG, files=(still,), **more)  # fmt: skip
    note = Entry(about="case:7", version=2, at_s=NOW_S + 5, by="person:1", code="note", params={"text": text})
    return Told(
        case=case, entries=[note], signs=[events],
        closures=[Closure(place="runway:06/24", state="suspended", since_s=NOW_S, by="Ann", why=text)],
        minutes=[Minutes(place="runway:06/24", measured=4.25, predicted=6.0)],
        looks=[Look(at_s=NOW_S, by="Bob", action="read.case", subject="case:7", purpose=text)],
        path=[Point(time_s=NOW_S + i, lat_deg=LAT_DEG + i / 1e3, lon_deg=LON_DEG) for i in range(5)],
        names={"person:1": "Ann"},
    )  # fmt: skip


def report(text: str = "seen by two guards", language: Language = "en", **more: Any) -> Report:
    return made(told(text, **more), site(), now_s=NOW_S + 60, by="person:1", language=language)


class Read(HTMLParser):
    """What a page consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Read:
    parser = Read()
    parser.feed(page)
    return parser


def test_it_tells_the_whole_story() -> None:
    said = read(pages.page(report())).text
    for words in ("seen by two guards", "Ann", "Bob", "AFR1234", "runway:06/24: suspended", "4.2", "6.0"):
        assert words in said


@settings(max_examples=60)
@given(
    st.text(max_size=60) | st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=1>', "\u202e"])
)
def test_text_from_outside_makes_no_element(text: str) -> None:
    plain, hostile = read(pages.page(report())), read(pages.page(report(text)))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attrs) for _, attrs in hostile.tags] == [sorted(attrs) for _, attrs in plain.tags]


def test_the_page_needs_nothing_else() -> None:
    tags = read(pages.page(report(), {"ab" * 32: ("image/png", PIXEL)})).tags
    assert not [tag for tag, _ in tags if tag in ("script", "link", "iframe", "object", "a")]
    sources = [attrs["src"] for tag, attrs in tags if "src" in attrs]
    assert sources
    assert all(src and src.startswith("data:image/png;base64,") for src in sources)


@pytest.mark.parametrize("mark", [{"exercise": True}, {"simulated": True}])
def test_what_is_not_real_is_marked_at_the_head(mark: dict[str, Any]) -> None:
    page = pages.page(report(**mark))
    assert page.index('class="unreal"') < page.index("<h2>")
    assert 'class="unreal"' not in pages.page(report())


def test_every_language_has_every_word() -> None:
    assert set(pages.WORDS) == set(get_args(Language))
    keys = [set(words) for words in pages.WORDS.values()]
    assert keys[0] == keys[1] == keys[2]
    assert all(all(words.values()) for words in pages.WORDS.values())


def test_a_cell_is_no_formula() -> None:
    rows = [*csv.reader(io.StringIO(as_csv(report("=1+1")).decode()))]
    assert rows[0] == ["time", "by", "about", "code", "text"]
    assert len(rows) == 1 + len(report().timeline)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_machines_read_the_same() -> None:
    whole = json.loads(as_json(report()))
    assert whole["case"]["key"] == "7"
    assert [line["code"] for line in whole["timeline"]] == ["opened", "note"]
    places = json.loads(as_geojson(report()))
    kinds = [feature["geometry"]["type"] for feature in places["features"]]
    assert kinds == ["LineString", "LineString", "Point"]
    assert places["features"][-1]["geometry"]["coordinates"] == [LON_DEG, LAT_DEG]
