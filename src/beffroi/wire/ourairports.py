"""OurAirports: the tables of the world's aerodromes and their runways, rows of one aerodrome at a time.

Source: ourairports.com/help/data-dictionary.html, airports.csv and runways.csv (public domain). Lengths there
are feet, positions the ends of the pavement, headings true.
"""

import csv
from collections.abc import Iterator
from typing import NamedTuple

from beffroi.errors import WireError
from beffroi.units import M_PER_FT


class End(NamedTuple):
    """One end of a runway, as the table has it."""

    designator: str
    lat_deg: float
    lon_deg: float
    elevation_m: float | None
    displaced_m: float


class RunwayRow(NamedTuple):
    """A runway that is open and whose two ends are known."""

    low: End
    high: End
    width_m: float | None
    length_m: float | None


class AirportRow(NamedTuple):
    """An aerodrome."""

    ident: str
    name: str
    lat_deg: float
    lon_deg: float
    elevation_m: float | None
    country: str
    """ISO 3166-1, two letters."""


def airport(table: bytes, ident: str) -> AirportRow | None:
    """The aerodrome with this identifier (an ICAO location indicator where it has one), or None."""
    return next(map(_airport, _rows(table, ident, "ident")), None)


def airports(table: bytes) -> Iterator[AirportRow]:
    """All aerodromes that aeroplanes use: no heliports, no water, none that is closed. Raises WireError."""
    try:
        rows = csv.reader(table.decode().splitlines())
        header = next(rows, [])
        kind = header.index("type")
        for row in rows:
            if row[kind].endswith("_airport"):
                yield _airport(dict(zip(header, row, strict=True)))
    except (UnicodeDecodeError, IndexError, KeyError, ValueError, csv.Error) as bad:
        raise WireError("type", f"this is no table of OurAirports: {bad}") from bad


def runways(table: bytes, ident: str) -> list[RunwayRow]:
    """The open runways of an aerodrome whose two ends the table places."""
    found = []
    for row in _rows(table, ident, "airport_ident"):
        low, high = _end(row, "le"), _end(row, "he")
        if low and high and row["closed"] != "1":
            found.append(RunwayRow(low, high, _metres(row, "width_ft"), _metres(row, "length_ft")))
    return found


def _airport(row: dict[str, str]) -> AirportRow:
    return AirportRow(
        ident=row["ident"],
        name=row["name"],
        lat_deg=_number(row, "latitude_deg") or 0.0,
        lon_deg=_number(row, "longitude_deg") or 0.0,
        elevation_m=_metres(row, "elevation_ft"),
        country=row["iso_country"],
    )


def _rows(table: bytes, ident: str, column: str) -> list[dict[str, str]]:
    """The rows whose `column` is `ident`; only lines that hold the word are parsed."""
    header, _, _ = table.partition(b"\n")
    word = ident.encode()
    try:
        lines = [line.decode() for line in table.splitlines() if word in line]
        rows = csv.DictReader(lines, fieldnames=next(csv.reader([header.decode()])))
        return [row for row in rows if row[column] == ident]
    except (UnicodeDecodeError, KeyError, csv.Error) as bad:
        raise WireError(column, f"this is no table of OurAirports: {bad}") from bad


def _end(row: dict[str, str], side: str) -> End | None:
    lat, lon = _number(row, f"{side}_latitude_deg"), _number(row, f"{side}_longitude_deg")
    if lat is None or lon is None:
        return None
    displaced_m = _metres(row, f"{side}_displaced_threshold_ft") or 0.0
    return End(row[f"{side}_ident"], lat, lon, _metres(row, f"{side}_elevation_ft"), displaced_m)


def _metres(row: dict[str, str], column: str) -> float | None:
    feet = _number(row, column)
    return None if feet is None else feet * M_PER_FT


def _number(row: dict[str, str], column: str) -> float | None:
    try:
        return float(row[column]) if row[column] else None
    except ValueError as bad:
        raise WireError(f"{row.get('id', '?')}.{column}", str(bad)) from bad
