"""ASTERIX blocks: the real recordings against pyasteryx, every category both ways, recovery, junk."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyasteryx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import asterix, pcap
from beffroi.wire.asterix import Block
from beffroi.wire.asterix.item import Chained, Compound, Explicit, Extended, Field, Fixed, Item, Repetitive
from shared import DATA, needs_data

CATEGORIES = (10, 20, 21, 34, 48, 62, 129)
PYASTERYX = pyasteryx.Decoder()


def table(number: int) -> asterix.Category:
    found = asterix.category(number)
    assert found is not None
    return found


def datagrams(name: str) -> Iterator[bytes]:
    for packet in pcap.packets((DATA / "asterix" / name).read_bytes()):
        assert isinstance(packet, pcap.Packet)
        yield pcap.udp_payload(packet.linktype, packet.data)


def raw_blocks(datagram: bytes) -> Iterator[bytes]:
    while datagram:
        length = int.from_bytes(datagram[1:3], "big")
        yield datagram[:length]
        datagram = datagram[length:]


def records(data: bytes) -> list[dict[str, Any]]:
    (block,) = asterix.blocks(data)
    assert isinstance(block, Block)
    return [dict(record) for record in block.records]


def real_blocks() -> Iterator[bytes]:
    for name in ("cat_034_048.pcap", "cat_062_065.pcap"):
        for datagram in datagrams(name):
            yield from raw_blocks(datagram)
    yield from raw_blocks((DATA / "asterix/cat21_re.ast").read_bytes())


# --- the recordings ---


@needs_data
def test_the_recordings_hold_what_their_description_says() -> None:
    count: Counter[int] = Counter()
    refused = []
    for data in real_blocks():
        for block in asterix.blocks(data):
            if isinstance(block, Block):
                count[block.category] += len(block.records)
            else:
                refused.append(str(block))
    assert count == {48: 128, 34: 34, 62: 2, 21: 2}
    assert refused == ["octet 0: category 065 is not known"]


@needs_data
def test_what_is_read_of_the_recordings_is_written_again_bit_by_bit() -> None:
    again = [data for data in real_blocks() if data[0] != 65]
    assert [asterix.encode(data[0], records(data)) for data in again] == again


@needs_data
def test_the_recordings_mean_what_pyasteryx_reads() -> None:
    count = 0
    for data in real_blocks():
        if data[0] in (21, 48, 62):
            theirs = [message.items for message in PYASTERYX.decode(data)]
            ours = records(data)
            assert len(ours) == len(theirs)
            for mine, yours in zip(ours, theirs, strict=True):
                agree(data[0], mine, yours)
                count += 1
    assert count == 132


OTHER_UNITS = {
    (21, "074"): 1e9,  # nanoseconds
    (21, "076"): 1e9,
    (48, "200"): 3600,  # knots
    (62, "135"): 100,  # feet
    (62, "136"): 100,
    (62, "500"): 100,
}
"""By how much the numbers of pyasteryx are greater where it does not keep the specification's unit."""


def agree(category: int, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Each item of ours has the values that pyasteryx reads, field by field, whatever it calls them."""
    assert {f"I{category:03d}/{item}" for item in ours} == set(theirs)
    for item, value in ours.items():
        other = theirs[f"I{category:03d}/{item}"]
        if item in ("RE", "SP"):
            assert value.hex() == other["raw"].lower()
            continue
        mine, yours = list(leaves(value)), list(leaves(other))
        assert len(mine) == len(yours), (item, value, other)
        for a, b in zip(mine, yours, strict=True):
            same(a, b, OTHER_UNITS.get((category, item), 1))


def same(ours: Any, theirs: Any, factor: float) -> None:
    if isinstance(ours, str):
        assert ours.replace("@", "") == theirs  # code 0 is no character
    elif isinstance(theirs, str):
        assert ours == int(theirs, 16)
    else:
        assert theirs in (pytest.approx(ours), pytest.approx(ours * factor))


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


@needs_data
def test_blocks_of_a_category_without_a_table_do_not_hide_the_others() -> None:
    (datagram,) = datagrams("cat_062_065.pcap")
    kinds = [block.category if isinstance(block, Block) else str(block) for block in asterix.blocks(datagram)]
    assert kinds == [62, "octet 161: category 065 is not known"]


# --- every category, both ways ---


def field_values(field: Field) -> st.SearchStrategy[Any]:
    if field.alphabet:
        count = field.bits // (len(field.alphabet).bit_length() - 1)
        padded = st.text(st.sampled_from(field.alphabet), min_size=count, max_size=count)
        return padded.map(lambda characters: characters.rstrip(" "))
    half = 1 << field.bits - 1
    low, high = (-half, half - 1) if field.signed else (0, 2 * half - 1)
    return st.integers(low, high).map(lambda raw: raw * field.lsb)


def fixed_values(item: Fixed) -> st.SearchStrategy[Any]:
    fields = {name: field_values(field) for name, (field, _) in item.slots.items()}
    return fields[""] if list(fields) == [""] else st.fixed_dictionaries(fields)


def extended_values(item: Extended) -> st.SearchStrategy[Any]:
    parts = [[(name, field_values(f)) for name, (f, _) in part.slots.items()] for part in item.parts]
    shown = [dict(itertools.chain(*parts[:n])) for n in range(1, len(parts) + 1)]
    return st.one_of([st.fixed_dictionaries(fields) for fields in shown])


def item_values(item: Item) -> st.SearchStrategy[Any]:
    match item:
        case Fixed():
            return fixed_values(item)
        case Extended():
            return extended_values(item)
        case Repetitive():
            return st.lists(fixed_values(item.item), max_size=3)
        case Chained():
            return st.lists(fixed_values(item.item), min_size=1, max_size=3)
        case Explicit():
            return st.binary(max_size=20)
        case Compound():
            parts = {name: item_values(part) for name, part in item.items.items()}
            return st.fixed_dictionaries({}, optional=parts).filter(bool)
    raise AssertionError(item)


VALUES = {number: item_values(table(number).profile) for number in CATEGORIES}
slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


def close(value: Any) -> Any:
    """Numbers to 12 digits, so that 0.1 * 3 is 0.3."""
    if isinstance(value, dict):
        return {name: close(one) for name, one in value.items()}
    if isinstance(value, list):
        return [close(one) for one in value]
    return f"{value:.12g}" if isinstance(value, float) else value


@pytest.mark.parametrize("number", CATEGORIES)
@slow
@given(st.data())
def test_what_is_written_is_read(number: int, data: st.DataObject) -> None:
    many = st.lists(VALUES[number], min_size=1, max_size=3 if table(number).blocking else 1)
    given_records = data.draw(many)
    written = asterix.encode(number, given_records)
    assert records(written) == given_records
    assert asterix.encode(number, records(written)) == written


NOT_COMPARED = {
    21: ("090", "260"),  # extensions after edition 2.4; fields of the advisory split
    48: ("020", "030", "210", "260", "RE"),  # newer extensions; last warning only; knots; split; not read
    62: ("080", "510", "380/ACS", "380/TID", "340/HEIGHT", "500/COV"),  # newer; last only; split; signs
}
"""What pyasteryx, which follows older editions, does not read or reads in another form."""


def compared(number: int, record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is not compared, its texts of the letters that both know."""
    kept = {}
    for item, value in record.items():
        if item not in NOT_COMPARED[number]:
            kept[item] = plain(number, item, value)
    return {item: value for item, value in kept.items() if value not in ({}, None)}


def plain(number: int, item: str, value: Any) -> Any:
    if isinstance(value, dict):
        parts = {name: plain(number, f"{item}/{name}", one) for name, one in value.items()}
        return {name: one for name, one in parts.items() if f"{item}/{name}" not in NOT_COMPARED[number]}
    if isinstance(value, str) and value.strip("01234567"):
        return "".join(c for c in value if c.isascii() and (c.isupper() or c.isdigit()))
    return value


@pytest.mark.parametrize("number", [21, 48, 62])
@slow
@given(st.data())
def test_what_is_written_is_read_the_same_by_pyasteryx(number: int, data: st.DataObject) -> None:
    record = compared(number, data.draw(VALUES[number]))
    if record:
        written = asterix.encode(number, [record])
        (theirs,) = PYASTERYX.decode(written)
        agree(number, records(written)[0], theirs.items)


# --- what is wrong ---


PLOT = {"010": {"SAC": 25, "SIC": 4}, "140": 100.0, "040": {"RHO": 10.0, "THETA": 90.0}}


def test_a_bad_block_is_skipped_by_its_length_and_reported() -> None:
    good = asterix.encode(48, [PLOT])
    bad = bytes([48, 0, 9]) + b"\xff\xff\xff\xff\xff\xff"
    found = list(asterix.blocks(good + bad + good))
    assert [type(one) for one in found] == [Block, WireError, Block]
    assert isinstance(found[1], WireError)
    assert found[1].place == f"octet {len(good) + 3}"  # where its first record starts
    assert "category 048" in found[1].reason


def test_a_record_that_runs_past_its_block_spoils_the_block_and_not_the_next() -> None:
    good = asterix.encode(48, [PLOT, PLOT])
    short = bytes([48, 0, len(good) - 1]) + good[3:-1]
    found = list(asterix.blocks(short + good))
    assert [type(one) for one in found] == [WireError, Block]
    assert "runs past LEN" in str(found[0])


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\x30", "octet 0"),
        (b"\x30\x00\x02", "octet 0"),
        (b"\x30\x00\x00\x00", "octet 0"),
        (b"\x30\xff\xff\x80\x19\x04", "octet 0"),
        (b"\x30\x00\x06\x80\x19\x04\x30\x00", "octet 6"),
    ],
)
def test_a_length_that_cannot_be_ends_the_datagram(data: bytes, place: str) -> None:
    *_, last = asterix.blocks(data)
    assert isinstance(last, WireError)
    assert last.place == place
    assert "octets are left" in last.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "0 records"),
        (b"\x00", "announces nothing"),
        (b"\x01\x01\x01\x01\x80", "item 29, which is not defined"),
        (b"\x01\x01\x01\x04\x00", "an explicit length of 0"),
        (b"\x01\x01\x01\x01" * 100, "runs past LEN"),
    ],
)
def test_what_is_wrong_in_a_block_is_said(body: bytes, reason: str) -> None:
    (found,) = asterix.blocks(bytes([48]) + (3 + len(body)).to_bytes(2, "big") + body)
    assert isinstance(found, WireError)
    assert reason in found.reason


def test_a_reserved_bit_of_a_profile_is_refused() -> None:
    (found,) = asterix.blocks(b"\x3e\x00\x05\x40\x00")  # FRN 2 of category 062
    assert isinstance(found, WireError)
    assert "item 2, which is not defined" in found.reason


@slow
@given(st.binary(max_size=300), st.sampled_from([*CATEGORIES, 0]))
def test_junk_is_read_or_refused_block_by_block(junk: bytes, number: int) -> None:
    data = bytes([number]) + (3 + len(junk)).to_bytes(2, "big") + junk if number else junk
    for block in asterix.blocks(data):
        if isinstance(block, Block):
            for record in block.records:
                assert len(dict(record)) > 0


def test_a_flood_of_junk_takes_bounded_time(campaign: Callable[[int], int]) -> None:
    """The longest block, of the octets that take longest: nested counts, long chains, tiny records."""
    started = time.process_time()
    rounds = campaign(10)
    for _ in range(rounds):
        for number in CATEGORIES:
            for octet in (0x00, 0x01, 0x04, 0x7F, 0x80, 0xFE, 0xFF):
                list(asterix.blocks(bytes([number, 0xFF, 0xFF]) + bytes([octet]) * 0xFFFC))
    assert time.process_time() - started < 5 * rounds


def test_plans_are_forgotten() -> None:
    profile = table(62).profile
    for pattern in range(1 << 14):
        data = bytes([pattern >> 7 << 1 | 1, (pattern & 0x7F) << 1])
        list(asterix.blocks(bytes([62, 0, 5]) + data))
    assert profile.plan.cache_info().currsize <= 2048


@pytest.mark.parametrize(
    ("record", "place", "reason"),
    [
        ({"040": {"RHO": 256.0}}, "I048 040 RHO", "does not fit 16 bits"),
        ({"040": {"RHO": -0.1}}, "I048 040 RHO", "does not fit 16 bits"),
        ({"040": {"RHO": float("nan")}}, "I048 040 RHO", "not a number"),
        ({"040": {"R": 1}}, "I048 040 R", "no such field"),
        ({"040": 5}, "I048 040", "no dict of fields"),
        ({"999": 5}, "I048 999", "no such item"),
        ({}, "I048", "nothing to write"),
        ({"070": {"MODE3A": "7800"}}, "I048 070 MODE3A", "alphabet"),
        ({"070": {"MODE3A": "770"}}, "I048 070 MODE3A", "alphabet"),
        ({"240": "TOOLONGXX"}, "I048 240", "alphabet"),
        ({"240": "afr12"}, "I048 240", "alphabet"),
        ({"030": []}, "I048 030", "at least one"),
        ({"250": [{}] * 256}, "I048 250", "at most 255"),
        ({"120": {"CAL": {"CAL": 1000}}}, "I048 120 CAL CAL", "does not fit 10 bits"),
        ({"SP": bytes(255)}, "I048 SP", "at most 254"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(record: dict[str, Any], place: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason) as raised:
        asterix.encode(48, [record])
    assert raised.value.place == place


def test_an_azimuth_that_rounds_to_a_full_circle_is_north() -> None:
    written = asterix.encode(48, [{"040": {"RHO": 1.0, "THETA": 359.9999}}])
    assert records(written) == [{"040": {"RHO": 1.0, "THETA": 0.0}}]


def test_extensions_of_a_later_edition_are_passed_over() -> None:
    descriptor = b"\xa1" + b"\x01" * 6 + b"\x00"  # eight octets, where the edition knows six
    (record,) = records(b"\x30\x00\x0e\xa0\x19\x04" + descriptor)
    assert record["010"] == {"SAC": 25, "SIC": 4}
    assert (record["020"]["TYP"], len(record["020"])) == (5, 31)
