"""ASTERIX category 129, UAS Identification and Target Reports.

EUROCONTROL-SPEC-0149-29, edition 1.2 (12 June 2019); items in the order of its standard UAP, FRN 1 to 15.
One record a block (chapter 4.4). The UAP table gives I129/120 one octet, its own section 5.2.12 three, of
which it draws the first; the section is followed here, and the two others are kept as a number.
"""

from beffroi.wire.asterix.codec import Category
from beffroi.wire.asterix.item import Explicit, Fixed, scaled, signed, spare, text, uint

CATEGORY = Category(
    129,
    "EUROCONTROL-SPEC-0149-29, edition 1.2",
    ("010", "Data Source Identification", Fixed(uint("SAC", 8), uint("SIC", 8))),
    ("015", "Data Destination Identification", Fixed(uint("DAC", 8), uint("DIC", 8))),
    ("020", "UAS Manufacturer Identification", Fixed(text("", 3))),
    ("030", "UAS Model Identification", Fixed(text("", 3))),
    ("040", "UAS Serial Number", Fixed(text("", 12))),
    ("050", "UAS Registration Country", Fixed(text("", 2))),
    ("070", "Time of Day", Fixed(scaled("", 24, 1 / 2**7, "s"))),
    (
        "080",
        "Position in WGS-84 Co-ordinates",
        Fixed(signed("LAT", 32, 180 / 2**30, "deg"), signed("LON", 32, 180 / 2**30, "deg")),
    ),
    ("090", "Altitude above Mean Sea Level", Fixed(signed("", 24, 0.1, "m"))),
    ("100", "Altitude above Ground Level", Fixed(signed("", 24, 0.1, "m"))),
    ("110", "GNSS Signal Accuracy", Fixed(scaled("", 16, 1, "m"))),
    (
        "120",
        "Operational Risk Levels",
        Fixed(uint("UCC", 2), uint("ARC", 2), uint("AEC", 4), uint("UNDRAWN", 16)),
    ),
    ("SP", "Special Purpose Field", Explicit()),
    (
        "185",
        "Calculated Horizontal Velocity in Cartesian Co-ordinates",
        Fixed(signed("HVX", 20, 0.01, "m/s"), signed("HVY", 20, 0.01, "m/s")),
    ),
    ("220", "Calculated Vertical Velocity", Fixed(spare(4), signed("", 20, 0.01, "m/s"))),
    blocking=False,
)
