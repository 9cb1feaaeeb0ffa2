"""ASTERIX category 010, Monosensor Surface Movement Data.

EUROCONTROL-SPEC-0149-7, edition 1.1; items in the order of its standard UAP.
"""

from beffroi.wire.asterix.codec import Category
from beffroi.wire.asterix.item import (
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
    10,
    "EUROCONTROL-SPEC-0149-7, edition 1.1",
    ("010", "Data Source Identifier", Fixed(uint("SAC", 8), uint("SIC", 8))),
    ("000", "Message Type", Fixed(uint("", 8))),
    (
        "020",
        "Target Report Descriptor",
        Extended(
            (uint("TYP", 3), flags("DCR CHN GBS CRT")),
            (flags("SIM TST RAB"), uint("LOP", 2), uint("TOT", 2)),
            (uint("SPI", 1), spare(6)),
        ),
    ),
    ("140", "Time of Day", Fixed(scaled("", 24, 1 / 2**7, "s"))),
    (
        "041",
        "Position in WGS-84 Co-ordinates",
        Fixed(signed("LAT", 32, 180 / 2**31, "deg"), signed("LON", 32, 180 / 2**31, "deg")),
    ),
    (
        "040",
        "Measured Position in Polar Co-ordinates",
        Fixed(scaled("RHO", 16, 1, "m"), scaled("TH", 16, 180 / 2**15, "deg")),
    ),
    ("042", "Position in Cartesian Co-ordinates", Fixed(signed("X", 16, 1, "m"), signed("Y", 16, 1, "m"))),
    (
        "200",
        "Calculated Track Velocity in Polar Co-ordinates",
        Fixed(scaled("GSP", 16, 1 / 2**14, "NM/s"), scaled("TRA", 16, 180 / 2**15, "deg")),
    ),
    (
        "202",
        "Calculated Track Velocity in Cartesian Co-ordinates",
        Fixed(signed("VX", 16, 1 / 16, "m/s"), signed("VY", 16, 1 / 16, "m/s")),
    ),
    ("161", "Track Number", Fixed(spare(4), uint("TRK", 12))),
    (
        "170",
        "Track Status",
        Extended(
            (flags("CNF TRE"), uint("CST", 2), flags("MAH TCC STH")),
            (uint("TOM", 2), uint("DOU", 3), uint("MRS", 2)),
            (uint("GHO", 1), spare(6)),
        ),
    ),
    ("060", "Mode-3/A Code in Octal Representation", Fixed(flags("V G L"), spare(1), octal("MODE3A", 4))),
    ("220", "Target Address", Fixed(uint("", 24))),
    ("245", "Target Identification", Fixed(uint("STI", 2), spare(6), icao("CHR", 8))),
    ("250", "Mode S MB Data", Repetitive(uint("MBDATA", 56), uint("BDS1", 4), uint("BDS2", 4))),
    ("300", "Vehicle Fleet Identification", Fixed(uint("", 8))),
    ("090", "Flight Level in Binary Representation", Fixed(flags("V G"), signed("FL", 14, 1 / 4, "FL"))),
    ("091", "Measured Height", Fixed(signed("", 16, 6.25, "ft"))),
    (
        "270",
        "Target Size and Orientation",
        Extended(
            (scaled("LENGTH", 7, 1, "m"),),
            (scaled("ORIENTATION", 7, 180 / 2**6, "deg"),),
            (scaled("WIDTH", 7, 1, "m"),),
        ),
    ),
    ("550", "System Status", Fixed(uint("NOGO", 2), flags("OVL TSV DIV TTF"), spare(2))),
    ("310", "Pre-programmed Message", Fixed(uint("TRB", 1), uint("MSG", 7))),
    (
        "500",
        "Standard Deviation of Position",
        Fixed(scaled("DEVX", 8, 1 / 4, "m"), scaled("DEVY", 8, 1 / 4, "m"), signed("COVXY", 16, 1 / 4, "m")),
    ),
    ("280", "Presence", Repetitive(signed("DRHO", 8, 1, "m"), signed("DTHETA", 8, 0.15, "deg"))),
    ("131", "Amplitude of Primary Plot", Fixed(uint("", 8))),
    (
        "210",
        "Calculated Acceleration",
        Fixed(signed("AX", 8, 1 / 16, "m/s2"), signed("AY", 8, 1 / 16, "m/s2")),
    ),
    None,
    ("SP", "Special Purpose Field", Explicit()),
    ("RE", "Reserved Expansion Field", Explicit()),
)
