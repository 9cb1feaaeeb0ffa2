"""ASTERIX category 020, Multilateration Target Reports.

EUROCONTROL-SPEC-0149-14, edition 1.11; items in the order of its standard UAP.
"""

from beffroi.wire.asterix.codec import Category
from beffroi.wire.asterix.item import (
    Chained,
    Compound,
    Explicit,
    Extended,
    Fixed,
    Repetitive,
    flags,
    icao,
    octal,
    scaled,
    signed,
    spare,
    uint,
)

CATEGORY = Category(
    20,
    "EUROCONTROL-SPEC-0149-14, edition 1.11",
    ("010", "Data Source Identifier", Fixed(uint("SAC", 8), uint("SIC", 8))),
    (
        "020",
        "Target Report Descriptor",
        Extended(
            (flags("SSR MS HF VDL4 UAT DME OT"),),
            (flags("RAB SPI CHN GBS CRT SIM TST"),),
            (uint("CF", 2), spare(5)),
        ),
    ),
    ("140", "Time of Day", Fixed(scaled("", 24, 1 / 2**7, "s"))),
    (
        "041",
        "Position In WGS-84 Coordinates",
        Fixed(signed("LAT", 32, 180 / 2**25, "deg"), signed("LON", 32, 180 / 2**25, "deg")),
    ),
    (
        "042",
        "Position in Cartesian Coordinates",
        Fixed(signed("X", 24, 1 / 2, "m"), signed("Y", 24, 1 / 2, "m")),
    ),
    ("161", "Track Number", Fixed(spare(4), uint("TRN", 12))),
    (
        "170",
        "Track Status",
        Extended((flags("CNF TRE CST"), uint("CDM", 2), flags("MAH STH")), (uint("GHO", 1), spare(6))),
    ),
    ("070", "Mode-3/A Code in Octal Representation", Fixed(flags("V G L"), spare(1), octal("MODE3A", 4))),
    (
        "202",
        "Calculated Track Velocity in Cartesian Coordinates",
        Fixed(signed("VX", 16, 1 / 4, "m/s"), signed("VY", 16, 1 / 4, "m/s")),
    ),
    ("090", "Flight Level in Binary Representation", Fixed(flags("V G"), signed("FL", 14, 1 / 4, "FL"))),
    (
        "100",
        "Mode C Code",
        Fixed(
            flags("V G"),
            spare(2),
            uint("MODEC", 12),
            spare(4),
            flags("QC1 QA1 QC2 QA2 QC4 QA4 QB1 QD1 QB2 QD2 QB4 QD4"),
        ),
    ),
    ("220", "Target Address", Fixed(uint("", 24))),
    ("245", "Target Identification", Fixed(uint("STI", 2), spare(6), icao("CHR", 8))),
    ("110", "Measured Height (Local Cartesian Coordinates)", Fixed(signed("", 16, 6.25, "ft"))),
    ("105", "Geometric Height (WGS-84)", Fixed(signed("", 16, 6.25, "ft"))),
    ("210", "Calculated Acceleration", Fixed(signed("AX", 8, 1 / 4, "m/s2"), signed("AY", 8, 1 / 4, "m/s2"))),
    ("300", "Vehicle Fleet Identification", Fixed(uint("", 8))),
    ("310", "Pre-programmed Message", Fixed(uint("TRB", 1), uint("MSG", 7))),
    (
        "500",
        "Position Accuracy",
        Compound(
            (
                "DOP",
                Fixed(scaled("X", 16, 1 / 4, ""), scaled("Y", 16, 1 / 4, ""), scaled("XY", 16, 1 / 4, "")),
            ),
            (
                "SDP",
                Fixed(scaled("X", 16, 1 / 4, "m"), scaled("Y", 16, 1 / 4, "m"), scaled("XY", 16, 1 / 4, "")),
            ),
            ("SDH", Fixed(scaled("", 16, 1 / 2, "m"))),
        ),
    ),
    ("400", "Contributing Devices", Repetitive(flags("BIT1 BIT2 BIT3 BIT4 BIT5 BIT6 BIT7 BIT8"))),
    ("250", "BDS Register Data", Repetitive(uint("BDSDATA", 56), uint("BDS1", 4), uint("BDS2", 4))),
    (
        "230",
        "Communications/ACAS Capability and Flight Status",
        Fixed(uint("COM", 3), uint("STAT", 3), uint("CASEVN", 2), flags("MSSC ARC AIC B1A"), uint("B1B", 4)),
    ),
    ("260", "ACAS Resolution Advisory Report", Fixed(uint("", 56))),
    ("030", "Warning/Error Conditions", Chained(uint("", 7))),
    ("055", "Mode-1 Code in Octal Representation", Fixed(flags("V G L"), uint("MODE1", 5))),
    ("050", "Mode-2 Code in Octal Representation", Fixed(flags("V G L"), spare(1), octal("MODE2", 4))),
    ("RE", "Reserved Expansion Field", Explicit()),
    ("SP", "Special Purpose Field", Explicit()),
)
