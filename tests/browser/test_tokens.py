"""The colours of the console: their contrasts are those of the guide's table, computed from the style sheet.

WCAG 2.2, relative luminance and contrast ratio. Each row: the colours, and the lowest ratio over the four
grounds (map, panel, raised, selected), over the map alone, or of a text on its fill.
"""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[2] / "web/src/tokens.css").read_text(encoding="utf-8")
GROUNDS = ("map", "panel", "raised", "sel")
EVERY, FILLS, ON_MAP = "every ground", "its fill", "map"
TABLE = [
    # token, on what, dark, ratio, light, ratio
    ("map", "", "#10161B", 0.0, "#E8ECEF", 0.0),
    ("panel", "", "#171E24", 0.0, "#FFFFFF", 0.0),
    ("raised", "", "#212A32", 0.0, "#F1F4F6", 0.0),
    ("sel", "", "#1D3448", 0.0, "#DCEBFB", 0.0),
    ("line", "", "#2C3740", 0.0, "#D5DCE2", 0.0),
    ("edge", EVERY, "#74828E", 3.3, "#77848F", 3.2),
    ("text", EVERY, "#E8EDF1", 10.9, "#10171D", 14.9),
    ("text2", EVERY, "#B4C0CA", 6.9, "#3F4C57", 7.3),
    ("text3", EVERY, "#93A1AD", 4.9, "#56636E", 5.1),
    ("accent", EVERY, "#6DB5FF", 5.9, "#0A5CB8", 5.4),
    ("p1", EVERY, "#FF7070", 4.8, "#C4003B", 5.1),
    ("p1-text", FILLS, "#FFFFFF", 5.5, "#FFFFFF", 6.2),
    ("p2", EVERY, "#FFBC42", 7.7, "#7A5600", 5.5),
    ("p2-text", FILLS, "#241700", 10.5, "#2A1B00", 10.7),
    ("unreal", EVERY, "#DDBBFF", 7.7, "#7A18DB", 5.8),
    ("unreal-text", FILLS, "#EBDDFF", 9.6, "#54109C", 8.7),
    ("track", ON_MAP, "#C3CFD9", 11.5, "#34424D", 8.7),
    ("drone", ON_MAP, "#FFFFFF", 18.2, "#10171D", 15.2),
    ("dim", ON_MAP, "#7D8B97", 5.2, "#6C7984", 3.8),
    ("zone", ON_MAP, "#74828E", 4.6, "#6C7984", 3.8),
]
FILL = {
    "p1-fill": ("#C9252F", "#C4003B"),
    "p2-fill": ("#FFBC42", "#FFC653"),
    "unreal-fill": ("#3D2A5E", "#EDE0FF"),
}
READ, SEEN = 4.5, 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11: what is read, and what is seen."""
SHAPES = {"edge", "dim", "zone"}


def tokens(selector: str) -> dict[str, str]:
    """The colours that a rule of the style sheet sets."""
    block = re.search(rf"^{re.escape(selector)} {{(.*?)^}}", CSS, re.MULTILINE | re.DOTALL)
    assert block, selector
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block[1]))


DARK = tokens(":root")
THEMES = {"dark": DARK, "light": DARK | tokens(":root[data-theme='light']")}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_the_most() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_a_colour_is_the_guides_and_has_its_contrast(
    row: tuple[str, str, str, float, str, float], theme: str
) -> None:
    name, on, *both = row
    colour, ratio = both[:2] if theme == "dark" else both[2:]
    has = THEMES[theme]
    assert has[name] == str(colour).lower()
    grounds = {EVERY: GROUNDS, ON_MAP: ("map",), FILLS: (name.replace("text", "fill"),), "": ()}[on]
    if grounds:
        found = min(contrast(has[name], has[ground]) for ground in grounds)
        assert round(found, 1) == ratio
        assert found >= (SEEN if name in SHAPES else READ)


@pytest.mark.parametrize("name", FILL)
def test_a_fill_is_the_guides(name: str) -> None:
    assert (DARK[name], THEMES["light"][name]) == tuple(colour.lower() for colour in FILL[name])


def test_no_component_has_a_colour_of_its_own() -> None:
    own = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[;\s'\")])|\brgba?\(")
    for path in (Path(__file__).resolve().parents[2] / "web/src").rglob("*.svelte"):
        style = path.read_text(encoding="utf-8").partition("<style>")[2]
        assert not own.findall(style), path.name
