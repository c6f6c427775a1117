"""Search unequal hashes for close pairs, bucket by bucket.

Rules: hashes that differ in at most d bits agree in one of d + 1 blocks of bits (pigeonhole; Manku, Jain and Das Sarma,
"Detecting Near-Duplicates for Web Crawling", 2007), so only those of one bucket, equal in a block, are compared; a
pair is given by the first block it agrees in; a giant bucket (black frames, a static camera) is searched again by its
other bits; what is compared at once is bounded, and so is memory.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

_KEY_BITS: Final = 20
_GIANT: Final = 2048
_LEAST_BITS_A_BLOCK: Final = 6
_CHUNK: Final = 1 << 19

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Block = tuple[int, int]


def search(
    hashes: Hashes, bits: int, distance: int, groups: Indices, active: Flags
) -> Iterator[Indices]:
    """Give pairs of hashes that differ in few bits, of two groups, at least one of them active.

    Args:
        hashes: (n,) uint64, no two equal, of ``bits`` bits.
        bits: how many of the lowest bits may be set.
        distance: the most bits that may differ.
        groups: (n,) from 0; pairs within a group are not even compared.
        active: (n,) whether a hash looks for partners.

    Yields:
        (m, 2) indices, each pair once, its two in any order, chunk by chunk.
    """
    edges = [bits * number // (distance + 1) for number in range(distance + 2)]
    blocks = [(low, min(high - low, _KEY_BITS)) for low, high in pairwise(edges)]
    for number, (low, width) in enumerate(blocks):
        keys = _keys(hashes, low, width)
        sizes = np.bincount(keys)
        rest_bits = bits - width
        giant = sizes > (_GIANT if rest_bits >= _LEAST_BITS_A_BLOCK * (distance + 1) else len(keys))
        rows = np.flatnonzero(~giant[keys])
        found = (rows[pairs] for pairs in _met(keys[rows], groups[rows], active[rows]))
        for pairs in found:
            yield _close(hashes, pairs, distance, blocks[:number])
        for key in np.flatnonzero(giant):
            rows = np.flatnonzero(keys == key)
            if active[rows].any() and np.ptp(groups[rows]):
                rest = _without(hashes[rows], low, width)
                for pairs in search(rest, rest_bits, distance, groups[rows], active[rows]):
                    yield _close(hashes, rows[pairs], distance, blocks[:number])


def expand(starts: Indices, stops: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Give every number of many ranges, chunk by chunk.

    Args:
        starts: (n,) the first number of each range.
        stops: (n,) the number after its last.

    Yields:
        (k,) which range, and (k,) the number in it.
    """
    counts = np.maximum(stops - starts, 0)
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        before = int(ends[first] - counts[first])
        last = max(first + 1, int(np.searchsorted(ends, before + _CHUNK, "right")))
        part = slice(first, last)
        which = np.repeat(np.arange(first, last), counts[part])
        # a range's first number less how many numbers the chunk gave before it
        shift = starts[part] - (ends[part] - counts[part] - before)
        yield which, np.arange(len(which)) + np.repeat(shift, counts[part])
        first = last


def _met(keys: Indices, groups: Indices, active: Flags) -> Iterator[Indices]:
    """Give pairs of rows of one key and two groups, at least one active, each once."""
    span = int(groups.max(initial=0)) + 1
    codes = keys * span + groups
    mine, mine_codes = _sorted(codes, np.flatnonzero(active))
    mine_keys = mine_codes // span
    for left, right in expand(_run_ends(mine_codes), _run_ends(mine_keys)):
        yield np.column_stack([mine[left], mine[right]])
    others, codes = _sorted(codes, np.flatnonzero(~active))
    if len(others):
        low, high = mine_keys * span, (mine_keys + 1) * span
        for start, stop, start_side, stop_side in (
            (low, mine_codes, "left", "left"),
            (mine_codes, high, "right", "left"),
        ):
            starts = np.searchsorted(codes, start, start_side)  # type: ignore[call-overload]
            stops = np.searchsorted(codes, stop, stop_side)  # type: ignore[call-overload]
            for left, right in expand(starts, stops):
                yield np.column_stack([mine[left], others[right]])


def _close(hashes: Hashes, pairs: Indices, distance: int, earlier: list[Block]) -> Indices:
    """Keep the pairs that differ in few bits, and in every earlier block."""
    differ = hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]
    near = np.flatnonzero(np.bitwise_count(differ) <= distance)
    differ = differ[near]
    new = np.ones(len(near), bool)
    for low, width in earlier:
        new &= _keys(differ, low, width) != 0
    return pairs[near[new]]


def _keys(hashes: Hashes, low: int, width: int) -> Indices:
    return ((hashes >> np.uint64(low)) & np.uint64((1 << width) - 1)).astype(np.int64)


def _without(hashes: Hashes, low: int, width: int) -> Hashes:
    """Cut a block out and close the gap."""
    below = hashes & np.uint64((1 << low) - 1)
    above = hashes >> np.uint64(low + width) if low + width < 64 else np.zeros_like(hashes)
    return below | (above << np.uint64(low))


def _sorted(codes: Indices, rows: Indices) -> tuple[Indices, Indices]:
    """Return rows ordered by their codes, and these codes."""
    order = np.argsort(codes[rows], kind="stable")
    rows = rows[order]
    return rows, codes[rows]


def _run_ends(ordered: Indices) -> Indices:
    """Return for each entry where the run of its equals ends."""
    ends = np.append(np.flatnonzero(np.diff(ordered)) + 1, len(ordered))
    return np.repeat(ends, np.diff(ends, prepend=0)) if len(ordered) else ordered
