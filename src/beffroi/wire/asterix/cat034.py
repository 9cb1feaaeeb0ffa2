"""ASTERIX category 034, Monoradar Service Messages.

EUROCONTROL-SPEC-0149-2b, edition 1.29; items in the order of its standard UAP.
"""

from beffroi.wire.asterix.codec import Category
from beffroi.wire.asterix.item import (
    Compound,
    Explicit,
    Fixed,
    Repetitive,
    flags,
    scaled,
    signed,
    spare,
    uint,
)

CATEGORY = Category(
    34,
    "EUROCONTROL-SPEC-0149-2b, edition 1.29",
    ("010", "Data Source Identifier", Fixed(uint("SAC", 8), uint("SIC", 8))),
    ("000", "Message Type", Fixed(uint("", 8))),
    ("030", "Time of Day", Fixed(scaled("", 24, 1 / 2**7, "s"))),
    ("020", "Sector Number", Fixed(scaled("", 8, 180 / 2**7, "deg"))),
    ("041", "Antenna Rotation Speed", Fixed(scaled("", 16, 1 / 2**7, "s"))),
    (
        "050",
        "System Configuration and Status",
        Compound(
            ("COM", Fixed(flags("NOGO RDPC RDPR OVLRDP OVLXMT MSC TSV"), spare(1))),
            None,
            None,
            ("PSR", Fixed(uint("ANT", 1), uint("CHAB", 2), flags("OVL MSC"), spare(3))),
            ("SSR", Fixed(uint("ANT", 1), uint("CHAB", 2), flags("OVL MSC"), spare(3))),
            (
                "MDS",
                Fixed(uint("ANT", 1), uint("CHAB", 2), flags("OVLSUR MSC SCF DLF OVLSCF OVLDLF"), spare(7)),
            ),
        ),
    ),
    (
        "060",
        "System Processing Mode",
        Compound(
            ("COM", Fixed(spare(1), uint("REDRDP", 3), uint("REDXMT", 3), spare(1))),
            None,
            None,
            ("PSR", Fixed(uint("POL", 1), uint("REDRAD", 3), uint("STC", 2), spare(2))),
            ("SSR", Fixed(uint("REDRAD", 3), spare(5))),
            ("MDS", Fixed(uint("REDRAD", 3), uint("CLU", 1), spare(4))),
        ),
    ),
    ("070", "Message Count Values", Repetitive(uint("TYP", 5), uint("COUNT", 11))),
    (
        "100",
        "Generic Polar Window",
        Fixed(
            scaled("RHOST", 16, 1 / 2**8, "NM"),
            scaled("RHOEND", 16, 1 / 2**8, "NM"),
            scaled("THETAST", 16, 180 / 2**15, "deg"),
            scaled("THETAEND", 16, 180 / 2**15, "deg"),
        ),
    ),
    ("110", "Data Filter", Fixed(uint("", 8))),
    (
        "120",
        "3D-Position Of Data Source",
        Fixed(
            signed("HGT", 16, 1, "m"),
            signed("LAT", 24, 180 / 2**23, "deg"),
            signed("LON", 24, 180 / 2**23, "deg"),
        ),
    ),
    (
        "090",
        "Collimation Error",
        Fixed(signed("RNG", 8, 1 / 2**7, "NM"), signed("AZM", 8, 180 / 2**13, "deg")),
    ),
    ("RE", "Reserved Expansion Field", Explicit()),
    ("SP", "Special Purpose Field", Explicit()),
)
