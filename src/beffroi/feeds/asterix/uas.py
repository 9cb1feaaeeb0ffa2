"""ASTERIX 129: what an unmanned aircraft says of itself.

EUROCONTROL-SPEC-0149-29, edition 1.2. I129/090 is above mean sea level, I129/100 above the ground. It names
no operator; the country is the one where the aircraft is registered.
"""

from beffroi.feeds.asterix.field import Fields, cartesian, classes, name, wgs84
from beffroi.wire.asterix import Record

SIGMAS_IN_CEP = 1.1774
"""Radius that holds half of two equal, independent normal errors: sqrt(2 ln 2) sigma."""

NAMES = {"manufacturer": "020", "model": "030", "registered in": "050"}


def uas(record: Record, source: str) -> Fields:
    """Category 129."""
    serial = _serial(record.get("040"))
    cep_m = record.get("110")
    named = {word: name(record.get(item)) for word, item in NAMES.items()}
    return {
        "kind": "claim",
        "time_s": record.get("070"),
        "subject": f"uas:{serial}" if serial else None,
        "alt_msl_m": record.get("090"),
        "height_agl_m": record.get("100"),
        "horizontal_sigma_m": cep_m / SIGMAS_IN_CEP if cep_m else None,  # 0: unknown, or more than 255 m
        "vertical_speed_mps": record.get("220"),
        "classes": classes("drone"),
        "text": ", ".join(f"{word} {one}" for word, one in named.items() if one) or None,
        **wgs84(record.get("080")),
        **cartesian(record.get("185"), "HVX", "HVY"),
    }


def _serial(octets: str | None) -> str | None:
    """The specification gives the serial number no coding: it is one where it is printable and has no gap."""
    serial = octets.strip("\x00 ") if octets else ""
    return serial if serial.isascii() and serial.isprintable() and " " not in serial else None
