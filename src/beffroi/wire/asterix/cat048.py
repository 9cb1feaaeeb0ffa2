"""ASTERIX category 048, Monoradar Target Reports.

EUROCONTROL-SPEC-0149-4, edition 1.32; items in the order of its standard UAP.
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
    48,
    "EUROCONTROL-SPEC-0149-4, edition 1.32",
    ("010", "Data Source Identifier", Fixed(uint("SAC", 8), uint("SIC", 8))),
    ("140", "Time of Day", Fixed(scaled("", 24, 1 / 2**7, "s"))),
    (
        "020",
        "Target Report Descriptor",
        Extended(
            (uint("TYP", 3), flags("SIM RDP SPI RAB")),
            (flags("TST ERR XPP ME MI"), uint("FOEFRI", 2)),
            (flags("ADSB_EP ADSB_VAL"), flags("SCN_EP SCN_VAL"), flags("PAI_EP PAI_VAL"), spare(1)),
            (uint("ACASXV_EP", 1), uint("ACASXV_VAL", 4), flags("POXPR_EP POXPR_VAL")),
            (
                flags("POACT_EP POACT_VAL"),
                flags("DTFXPR_EP DTFXPR_VAL"),
                flags("DTFACT_EP DTFACT_VAL"),
                spare(1),
            ),
            (flags("IRMXPR_EP IRMXPR_VAL"), flags("IRMACT_EP IRMACT_VAL"), spare(3)),
        ),
    ),
    (
        "040",
        "Measured Position in Polar Co-ordinates",
        Fixed(scaled("RHO", 16, 1 / 2**8, "NM"), scaled("THETA", 16, 180 / 2**15, "deg")),
    ),
    ("070", "Mode-3/A Code in Octal Representation", Fixed(flags("V G L"), spare(1), octal("MODE3A", 4))),
    ("090", "Flight Level in Binary Representation", Fixed(flags("V G"), signed("FL", 14, 1 / 4, "FL"))),
    (
        "130",
        "Radar Plot Characteristics",
        Compound(
            ("SRL", Fixed(scaled("", 8, 180 / 2**12, "deg"))),
            ("SRR", Fixed(uint("", 8))),
            ("SAM", Fixed(signed("", 8, 1, "dBm"))),
            ("PRL", Fixed(scaled("", 8, 180 / 2**12, "deg"))),
            ("PAM", Fixed(signed("", 8, 1, "dBm"))),
            ("RPD", Fixed(signed("", 8, 1 / 2**8, "NM"))),
            ("APD", Fixed(signed("", 8, 180 / 2**13, "deg"))),
        ),
    ),
    ("220", "Aircraft Address", Fixed(uint("", 24))),
    ("240", "Aircraft Identification", Fixed(icao("", 8))),
    ("250", "BDS Register Data", Repetitive(uint("MBDATA", 56), uint("BDS1", 4), uint("BDS2", 4))),
    ("161", "Track Number", Fixed(spare(4), uint("TRN", 12))),
    (
        "042",
        "Calculated Position in Cartesian Co-ordinates",
        Fixed(signed("X", 16, 1 / 2**7, "NM"), signed("Y", 16, 1 / 2**7, "NM")),
    ),
    (
        "200",
        "Calculated Track Velocity in Polar Co-ordinates",
        Fixed(scaled("GSP", 16, 1 / 2**14, "NM/s"), scaled("HDG", 16, 180 / 2**15, "deg")),
    ),
    (
        "170",
        "Track Status",
        Extended(
            (uint("CNF", 1), uint("RAD", 2), flags("DOU MAH"), uint("CDM", 2)),
            (flags("TRE GHO SUP TCC"), spare(3)),
        ),
    ),
    (
        "210",
        "Track Quality",
        Fixed(
            scaled("SIGX", 8, 1 / 2**7, "NM"),
            scaled("SIGY", 8, 1 / 2**7, "NM"),
            scaled("SIGV", 8, 1 / 2**14, "NM/s"),
            scaled("SIGH", 8, 180 / 2**11, "deg"),
        ),
    ),
    ("030", "Warning/Error Conditions and Target Classification", Chained(uint("", 7))),
    (
        "080",
        "Mode-3/A Code Confidence Indicator",
        Fixed(spare(4), flags("QA4 QA2 QA1 QB4 QB2 QB1 QC4 QC2 QC1 QD4 QD2 QD1")),
    ),
    (
        "100",
        "Mode-C Code and Code Confidence Indicator",
        Fixed(
            flags("V G"),
            spare(2),
            uint("MODEC", 12),
            spare(4),
            flags("QC1 QA1 QC2 QA2 QC4 QA4 QB1 QD1 QB2 QD2 QB4 QD4"),
        ),
    ),
    ("110", "Height Measured by a 3D Radar", Fixed(spare(2), signed("3DH", 14, 25, "ft"))),
    (
        "120",
        "Radial Doppler Speed",
        Compound(
            ("CAL", Fixed(uint("D", 1), spare(5), signed("CAL", 10, 1, "m/s"))),
            (
                "RDS",
                Repetitive(
                    scaled("DOP", 16, 1, "m/s"), scaled("AMB", 16, 1, "m/s"), scaled("FRQ", 16, 1, "MHz")
                ),
            ),
        ),
    ),
    (
        "230",
        "Communications/ACAS Capability and Flight Status",
        Fixed(
            uint("COM", 3),
            uint("STAT", 3),
            uint("SI", 1),
            spare(1),
            flags("MSSC ARC AIC B1A"),
            uint("B1B", 4),
        ),
    ),
    ("260", "ACAS Resolution Advisory Report", Fixed(uint("", 56))),
    ("055", "Mode-1 Code in Octal Representation", Fixed(flags("V G L"), uint("MODE1", 5))),
    ("050", "Mode-2 Code in Octal Representation", Fixed(flags("V G L"), spare(1), octal("MODE2", 4))),
    ("065", "Mode-1 Code Confidence Indicator", Fixed(spare(3), flags("QA4 QA2 QA1 QB2 QB1"))),
    (
        "060",
        "Mode-2 Code Confidence Indicator",
        Fixed(spare(4), flags("QA4 QA2 QA1 QB4 QB2 QB1 QC4 QC2 QC1 QD4 QD2 QD1")),
    ),
    ("SP", "Special Purpose Field", Explicit()),
    ("RE", "Reserved Expansion Field", Explicit()),
)
