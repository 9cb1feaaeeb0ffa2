"""The form of serial numbers: a real one, the standard's parts, and each way to break it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import cta2063


def test_a_real_serial_number() -> None:
    serial = cta2063.decode("1588E040445AC004418")  # a Parrot Anafi: E = 14 characters follow
    assert (serial.manufacturer, serial.number) == ("1588", "040445AC004418")


@given(st.text(cta2063.ALPHABET, min_size=4, max_size=4), st.text(cta2063.ALPHABET, min_size=1, max_size=15))
def test_every_serial_number_comes_back(manufacturer: str, number: str) -> None:
    text = cta2063.encode(manufacturer, number)
    assert len(text) == 5 + len(number)
    assert cta2063.decode(text) == cta2063.Serial(manufacturer, number)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "serial number"),
        ("1588", "serial number"),
        ("15881", "serial number"),
        ("1588E040445AC00441", "character 5"),
        ("1588E040445AC0044189", "character 5"),
        ("15880040445AC004418", "character 5"),
        ("1588G040445AC004418", "character 5"),
        ("I588E040445AC004418", "character 1"),
        ("1588E04O445AC004418", "character 8"),
        ("1588e040445AC004418", "character 5"),
        ("1588E040445AC00441é", "character 19"),
    ],
)
def test_what_breaks_the_form_is_named(text: str, place: str) -> None:
    with pytest.raises(WireError) as caught:
        cta2063.decode(text)
    assert caught.value.place == place


@given(st.text(max_size=25))
def test_any_text_is_a_serial_number_or_a_wire_error(text: str) -> None:
    try:
        serial = cta2063.decode(text)
    except WireError:
        return
    assert str(serial) == text


def test_parts_that_make_no_serial_number() -> None:
    for manufacturer, number in (("158", "1"), ("1588", ""), ("1588", "1" * 16), ("158O", "1")):
        with pytest.raises(WireError):
            cta2063.encode(manufacturer, number)
