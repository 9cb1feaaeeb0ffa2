"""Subject: the typed key of what an observation, a track or a sign is about.

A key is one string, `kind:value`: `icao24:4baac6`, `uas:1588E040445AC004418`, `track:17`,
`mac:60:60:1f:aa:bb:cc`, `ogn:flarm-ddeaf1`, `source:radar-orly`, `flight:AFR1234`.
It holds no name of a person where a key will do.
"""

import re

KINDS = (
    "icao24",     # 24-bit aircraft address, ICAO Annex 10 Vol. III Part I ch. 9, six hexadecimal digits
    "uas",        # serial number of an unmanned aircraft, ANSI/CTA-2063-A, or its session id
    "mac",        # transmitter, where nothing better is known of it
    "ogn",        # device in the Open Glider Network
    "track",      # a track of this watch
    "callsign",   # radio call sign, where no address is known
    "sensor",     # an object as numbered by one sensor: `sensor:SOURCE/OBJECT`
    "source",     # a source of this site
    "place",      # a place: an aerodrome, a weather station
    "sighting",   # what a person reported
    "group",      # several objects together
    "flight", "traveller", "plate", "bag", "awb", "host",
)  # fmt: skip

_ICAO24 = re.compile(r"[0-9a-f]{6}")


def subject(kind: str, value: str) -> str:
    """The key of `value`. Raises ValueError on a kind that is not in `KINDS` or an empty value."""
    if kind not in KINDS or not value:
        raise ValueError(f"not a subject: {kind!r} {value!r}")
    return f"{kind}:{value}"


def kind_of(key: str) -> str:
    """The kind of a key."""
    return key.partition(":")[0]


def value_of(key: str) -> str:
    """The value of a key."""
    return key.partition(":")[2]


def icao24(text: str) -> str | None:
    """The key of a 24-bit address in any case, or None where `text` is none (as `~` addresses are)."""
    lowered = text.strip().lower()
    return f"icao24:{lowered}" if _ICAO24.fullmatch(lowered) and lowered != "000000" else None
