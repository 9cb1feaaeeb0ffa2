"""Records worked out by hand from the layouts: categories 010, 020, 034 and 129, the working shown.

Each line of a vector is an item, its octets and how its value becomes them. They hold in both directions.
"""

from typing import Any

import pytest

from beffroi.errors import WireError
from beffroi.wire import asterix
from beffroi.wire.asterix import Block

CAT010 = [
    # FRN  1-7   010 000 020 140 041 --- 042 FX -> 1111 1011
    # FRN  8-14  --- --- 161 --- 060 220 245 FX -> 0010 1111
    # FRN 15-21  --- --- 090 --- --- --- --- FX -> 0010 0001
    # FRN 22-28  500                            -> 1000 0000
    ("fspec", "FB 2F 21 80", None),
    ("010", "01 02", {"SAC": 1, "SIC": 2}),
    ("000", "01", 1),  # target report
    # TYP 001, DCR 0, CHN 0, GBS 1, CRT 0, FX 0
    ("020", "24", {"TYP": 1, "DCR": 0, "CHN": 0, "GBS": 1, "CRT": 0}),
    ("140", "54 60 40", 43200.5),  # x 128 = 5529664
    # 45 / (180 / 2^31) = 2^29; -90 / (180 / 2^31) = -2^30
    ("041", "20 00 00 00  C0 00 00 00", {"LAT": 45.0, "LON": -90.0}),
    ("042", "FF 9C  00 C8", {"X": -100, "Y": 200}),  # 1 m
    ("161", "01 23", {"TRK": 291}),  # four spare bits, 0x123
    # V 0, G 0, L 0, spare; 7 7 0 0 -> 111 111 000 000
    ("060", "0F C0", {"V": 0, "G": 0, "L": 0, "MODE3A": "7700"}),
    ("220", "3C 66 0C", 0x3C660C),
    # STI 00 and six spare bits; D L H 6 5 A and two spaces = 4 12 8 54 53 1 32 32 ->
    # 000100 001100 001000 110110 110101 000001 100000 100000
    ("245", "00 10 C2 36 D4 18 20", {"STI": 0, "CHR": "DLH65A"}),
    ("090", "05 28", {"V": 0, "G": 0, "FL": 330.0}),  # x 4 = 1320
    # 10 / 0.25 = 40; 12.5 / 0.25 = 50; -3 / 0.25 = -12
    ("500", "28 32 FF F4", {"DEVX": 10.0, "DEVY": 12.5, "COVXY": -3.0}),
]

CAT020 = [
    # FRN  1-7   010 020 140 041 042 161 170 FX -> 1111 1111
    # FRN  8-14  070 202 --- --- 220 245 --- FX -> 1100 1101
    # FRN 15-21  105 --- --- --- 500 --- ---    -> 1000 1000
    ("fspec", "FF CD 88", None),
    ("010", "0A 0B", {"SAC": 10, "SIC": 11}),
    # SSR 0, MS 1, HF VDL4 UAT DME OT 0, FX 1; RAB SPI CHN 0, GBS 1, CRT SIM TST 0, FX 0
    (
        "020",
        "41 10",
        {"SSR": 0, "MS": 1, "HF": 0, "VDL4": 0, "UAT": 0, "DME": 0, "OT": 0}
        | {"RAB": 0, "SPI": 0, "CHN": 0, "GBS": 1, "CRT": 0, "SIM": 0, "TST": 0},
    ),
    ("140", "54 60 40", 43200.5),
    # 45 / (180 / 2^25) = 2^23; -90 / (180 / 2^25) = -2^24
    ("041", "00 80 00 00  FF 00 00 00", {"LAT": 45.0, "LON": -90.0}),
    ("042", "FF FF 37  00 01 90", {"X": -100.5, "Y": 200.0}),  # / 0.5 = -201, 400
    ("161", "01 23", {"TRN": 291}),
    # CNF 0, TRE 0, CST 0, CDM 01, MAH 0, STH 0, FX 0
    ("170", "08", {"CNF": 0, "TRE": 0, "CST": 0, "CDM": 1, "MAH": 0, "STH": 0}),
    ("070", "8F C0", {"V": 1, "G": 0, "L": 0, "MODE3A": "7700"}),
    ("202", "FF EC  00 1D", {"VX": -5.0, "VY": 7.25}),  # / 0.25 = -20, 29
    ("220", "3C 66 0C", 0x3C660C),
    ("245", "80 10 C2 36 D4 18 20", {"STI": 2, "CHR": "DLH65A"}),
    ("105", "00 A0", 1000.0),  # / 6.25 ft = 160
    # DOP 0, SDP 1, SDH 1 -> 0110 0000; 10 / 0.25, 12.5 / 0.25, 0.25 / 0.25; 5 / 0.5
    ("500", "60  00 28 00 32 00 01  00 0A", {"SDP": {"X": 10.0, "Y": 12.5, "XY": 0.25}, "SDH": 5.0}),
]

CAT034 = [
    # FRN 1-7   010 000 030 020 041 050 --- FX -> 1111 1101
    # FRN 8-14  070 --- --- 120 090 --- ---    -> 1001 1000
    ("fspec", "FD 98", None),
    ("010", "19 04", {"SAC": 25, "SIC": 4}),
    ("000", "02", 2),  # sector crossing
    ("030", "54 60 40", 43200.5),
    ("020", "40", 90.0),  # / (360 / 2^8) = 64
    ("041", "02 00", 4.0),  # x 128 = 512
    # COM - - PSR SSR MDS - FX -> 1001 0000; OVLRDP is the fourth bit; ANT 1, CHAB 11
    (
        "050",
        "90  10  E0",
        {
            "COM": {"NOGO": 0, "RDPC": 0, "RDPR": 0, "OVLRDP": 1, "OVLXMT": 0, "MSC": 0, "TSV": 0},
            "PSR": {"ANT": 1, "CHAB": 3, "OVL": 0, "MSC": 0},
        },
    ),
    # two counters: 00001 00000000101, 00010 00000000111
    ("070", "02  08 05  10 07", [{"TYP": 1, "COUNT": 5}, {"TYP": 2, "COUNT": 7}]),
    # 300 m; 45 / (180 / 2^23) = 2^21; -90 / (180 / 2^23) = -2^22
    ("120", "01 2C  20 00 00  C0 00 00", {"HGT": 300, "LAT": 45.0, "LON": -90.0}),
    ("090", "E0 0A", {"RNG": -0.25, "AZM": 0.2197265625}),  # x 128 = -32; / (360 / 2^14) = 10
]

CAT129 = [
    # FRN  1-7   010 --- 020 030 040 050 070 FX -> 1011 1111
    # FRN  8-14  080 090 100 110 120 --- 185 FX -> 1111 1011
    # FRN 15-21  220                            -> 1000 0000
    ("fspec", "BF FB 80", None),
    ("010", "00 00", {"SAC": 0, "SIC": 0}),  # 00/00 is recommended for a report that comes from the air
    ("020", "44 4A 49", "DJI"),
    ("030", "4D 33 54", "M3T"),
    ("040", "31 35 38 31 46 35 42 4B 44 32 32 33", "1581F5BKD223"),
    ("050", "46 52", "FR"),
    ("070", "54 60 40", 43200.5),  # x 128
    # 45 / (180 / 2^30) = 2^28; 2.8125 / (180 / 2^30) = 2^24
    ("080", "10 00 00 00  01 00 00 00", {"LAT": 45.0, "LON": 2.8125}),
    ("090", "00 04 B5", 120.5),  # / 0.1 m = 1205
    ("100", "FF FF F6", -1.0),  # / 0.1 m = -10
    ("110", "00 05", 5),  # m
    # UCC 10, ARC 01, AEC 0101; two octets that the specification does not draw
    ("120", "95 00 00", {"UCC": 2, "ARC": 1, "AEC": 5, "UNDRAWN": 0}),
    # twenty bits each: -3 / 0.01 = -300 = FFED4; 4 / 0.01 = 400 = 00190
    ("185", "FF ED 40 01 90", {"HVX": -3.0, "HVY": 4.0}),
    ("220", "0F FF CE", -0.5),  # four spare bits, -0.5 / 0.01 = -50 = FFFCE
]


def octets(vector: list[tuple[str, str, Any]]) -> bytes:
    return bytes.fromhex("".join(line[1] for line in vector))


@pytest.mark.parametrize(("number", "vector"), [(10, CAT010), (20, CAT020), (34, CAT034), (129, CAT129)])
def test_a_record_worked_out_by_hand(number: int, vector: list[tuple[str, str, Any]]) -> None:
    body = octets(vector)
    data = bytes([number]) + (3 + len(body)).to_bytes(2, "big") + body
    values = {item: value for item, _, value in vector[1:]}
    (block,) = asterix.blocks(data)
    assert isinstance(block, Block)
    (record,) = block.records
    assert dict(record) == values
    assert list(record) == list(values)
    assert asterix.encode(number, [values]) == data


def test_two_uas_reports_do_not_share_a_block() -> None:
    body = octets(CAT129) * 2
    (found,) = asterix.blocks(bytes([129, 0, 3 + len(body)]) + body)
    assert isinstance(found, WireError)
    assert "2 records in a block" in found.reason
    with pytest.raises(WireError, match="2 records"):
        asterix.encode(129, [{"050": "FR"}, {"050": "FR"}])
