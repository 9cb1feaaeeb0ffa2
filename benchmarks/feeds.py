"""Feeds: microseconds of CPU for one message, from its bytes to its observations, digest included.

The frames are samples of each feed with their numbers changed, so that no two are the same. Peers parse, and
no more: none of them gives units, accuracy, subjects or a digest.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from beffroi import feeds
from beffroi.wire.framing import splitter

HERE = Path(__file__).resolve().parent
NOW_S = 1_700_513_840.0
AIRCRAFT = 100
ROUNDS = 7
ASKED = {"readsb": "<= 4", "sbs": "<= 2.5"}


def numbered(sample: bytes, changes: Sequence[tuple[bytes, Callable[[int], str]]], count: int) -> list[bytes]:
    """Copies of a sample; `changes` says what stands in the place of which piece of it."""
    made = []
    for i in range(count):
        frame = sample
        for piece, new in changes:
            frame = frame.replace(piece, new(i).encode())
        made.append(frame)
    return made


CHANGES: dict[str, list[tuple[bytes, Callable[[int], str]]]] = {
    "sbs": [
        (b"4CA2D6", lambda i: f"{0x400000 + i % 300:06X}"),
        (b"01.123", lambda i: f"{i % 60:06.3f}"),
        (b"51.45735", lambda i: f"{51 + i / 1e5:.5f}"),
        (b"37000", lambda i: str(25 * (i % 1600))),
    ],
    "ogn": [
        (b"DDA5BA", lambda i: f"{0xDD0000 + i % 300:06X}"),
        (b"15.41N", lambda i: f"{i % 6000 / 100:05.2f}N"),
    ],
    "metar": [
        (b"LFPO", lambda i: f"LF{65 + i % 26:c}{65 + i // 26 % 26:c}"),
        (b"1022", lambda i: str(980 + i % 60)),
    ],
    "opensky": [
        (b"3944f1", lambda i: f"{0x390000 + i % 300:06x}"),
        (b"2.513052", lambda i: f"{i / 1e4:.6f}"),
    ],
}
"""Feed → what is changed in its sample."""


def lines(count: int) -> dict[str, list[bytes]]:
    """Frames of the feeds of one observation a frame."""
    made = {}
    for name, changes in CHANGES.items():
        sample = feeds.feed(name).SAMPLE
        made[name] = numbered(sample if isinstance(sample, bytes) else sample[1], changes, count)
    entry = json.loads(feeds.feed("readsb").SAMPLE)["aircraft"][0]
    made["readsb"] = [json.dumps(aircraft(entry, i), separators=(",", ":")).encode() for i in range(count)]
    return made


def aircraft(entry: dict[str, Any], i: int) -> dict[str, Any]:
    """One aircraft of a snapshot, unlike the others."""
    changed = {"hex": f"{0x400000 + i % 300:06x}", "lat": 35 + i / 1e5, "lon": i / 1e5, "gs": i % 500 + 0.1}
    return {
        **entry,
        "mlat": [],
        "tisb": [],
        "messages": i,
        "version": 2,
        "sil": 3,
        "gva": 2,
        "sda": 2,
    } | changed


def snapshots(count: int) -> list[bytes]:
    """`aircraft.json` with 100 aircraft, once a second."""
    sample = json.loads(feeds.feed("readsb").SAMPLE)
    return [
        json.dumps(
            {
                "now": NOW_S + k,
                "aircraft": [aircraft(sample["aircraft"][0], k * 1000 + i) for i in range(AIRCRAFT)],
            }
        ).encode()
        for k in range(count)
    ]


def best_us(run: Callable[[], int]) -> float:
    """The least CPU time for one of the things that `run` counts, of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        done = run()
        best = min(best, (process_time() - began) / done * 1e6)
    return best


def decoding_us(name: str, frames: Sequence[bytes]) -> float:
    """Microseconds for an observation of a feed, with a fresh decoder each round."""
    decoders = [feeds.decoder(name) for _ in range(ROUNDS)]

    def run() -> int:
        decode = decoders.pop()
        return sum(1 for frame in frames for _ in decode(frame, NOW_S, "bench"))

    return best_us(run)


def cutting_us(name: str, stream: bytes, frames: int) -> float:
    """Microseconds for a frame of a stream that comes in pieces of 64 KiB."""
    pieces = [stream[i : i + 65_536] for i in range(0, len(stream), 65_536)]

    def run() -> int:
        cut = splitter(name)
        assert sum(len(cut.push(piece)) for piece in pieces) == frames
        return frames

    return best_us(run)


def json_us(frames: Sequence[bytes], each: int = 1) -> float:
    """What the standard library takes to parse the same JSON."""
    return best_us(lambda: sum(each for frame in frames if json.loads(frame)))


def peer_us(name: str, frames: Sequence[bytes]) -> float | None:
    """What a peer takes, in its own environment."""
    python = os.environ.get("BEFFROI_PEERS")
    if not python:
        return None
    command = [python, str(HERE / "peer_feeds.py"), name]
    done = subprocess.run(command, input=b"\n".join(frames), stdout=subprocess.PIPE, check=False)
    measured: float | None = json.loads(done.stdout or b"null")
    return measured


def row(
    what: str, us: float, asked: str = "", peer: str = "", peer_measured: float | None = None
) -> dict[str, Any]:
    """One line of the table."""
    met = us <= float(asked.removeprefix("<= ")) if asked else None
    return {
        "what": what, "measured": round(us, 2), "unit": "us CPU a message", "asked": asked, "peer": peer,
        "peer_measured": None if peer_measured is None else round(peer_measured, 2), "met": met,
    }  # fmt: skip


def rows(count: int) -> Iterator[dict[str, Any]]:
    """The figures."""
    made = lines(count)
    stdlib = "json of Python's standard library, parsing alone"
    readsb = made.pop("readsb")
    yield row(
        "feed readsb, a line of the JSON port",
        decoding_us("readsb", readsb),
        ASKED["readsb"],
        stdlib,
        json_us(readsb),
    )
    whole = snapshots(max(2, count // AIRCRAFT))
    yield row(
        "feed readsb, an aircraft of a snapshot of 100", decoding_us("readsb", whole), ASKED["readsb"],
        stdlib, json_us(whole, AIRCRAFT),
    )  # fmt: skip
    peers = {"ogn": "aprslib 0.7.2", "metar": "metar 2.0.2"}
    for name, frames in sorted(made.items()):
        peer = peer_us(name, frames[:500]) if name in peers else None
        yield row(f"feed {name}", decoding_us(name, frames), ASKED.get(name, ""), peers.get(name, ""), peer)
    for name in sorted(set(feeds.names()) - set(made) - {"readsb"}):
        sample = feeds.feed(name).SAMPLE
        frames = [sample] if isinstance(sample, bytes) else list(sample)
        yield row(f"feed {name}, its samples", decoding_us(name, frames * (count // 10 // len(frames) + 1)))
    text = b"\n".join(readsb) + b"\n"
    yield row("framing json, a line of the JSON port", cutting_us("json", text, len(readsb)))
    yield row("framing line, the same", cutting_us("line", text, len(readsb)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    for figures in rows(200 if parser.parse_args().quick else 3_000):
        sys.stdout.write(json.dumps(figures) + "\n")
