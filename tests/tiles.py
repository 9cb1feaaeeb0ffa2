"""A PMTiles archive of one tile, made by hand (specification of PMTiles, version 3)."""

import gzip
import json
import struct
from pathlib import Path

# One Mapbox vector tile (specification 2.1): layer "water" of version 2 with a polygon that fills the tile.
_RING = bytes([0x09, 0x00, 0x00, 0x1A, 0x80, 0x40, 0x00, 0x00, 0x80, 0x40, 0xFF, 0x3F, 0x00, 0x0F])
_FEATURE = bytes([0x18, 0x03, 0x22, len(_RING)]) + _RING
_LAYER = b"\x0a\x05water" + bytes([0x12, len(_FEATURE)]) + _FEATURE + b"\x28\x80\x20\x78\x02"
TILE = bytes([0x1A, len(_LAYER)]) + _LAYER


def archive(path: Path) -> Path:
    """Write the archive: zoom 0, the whole world, gzipped inside."""
    tile = gzip.compress(TILE, mtime=0)
    # A directory: number of entries, then steps of the tile ids, run lengths, lengths, offsets + 1.
    root = gzip.compress(bytes([1, 0, 1]) + _varint(len(tile)) + bytes([1]), mtime=0)
    about = json.dumps({"vector_layers": [{"id": "water", "fields": {}}]})
    metadata = gzip.compress(about.encode(), mtime=0)
    starts = [127, 127 + len(root), 127 + len(root) + len(metadata)]
    header = b"PMTiles\x03" + struct.pack(
        "<11Q6B4iB2i", starts[0], len(root), starts[1], len(metadata), starts[2], 0, starts[2], len(tile),
        1, 1, 1, 1, 2, 2, 1, 0, 0, -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000, 0, 0, 0,
    )  # fmt: skip
    assert len(header) == 127
    path.write_bytes(header + root + metadata + tile)
    return path


def _varint(n: int) -> bytes:
    low = bytes([n & 0x7F | (0x80 if n > 0x7F else 0)])
    return low + (_varint(n >> 7) if n > 0x7F else b"")
