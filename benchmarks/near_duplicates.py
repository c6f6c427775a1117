"""What finding close hashes costs: our search of 1,000,000 hashes ÷ comparing each with each.

Rules: a third of the hashes are near-copies, a few bits away from others, some equal; comparing each with each is
measured on 50,000 of them and grows with the square; on these both must give the same pairs; one core; the paired
measurements alternate.
"""

import time
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from safety_tasks.ingest.hash_pairs import pairs_within

NAME: Final = "near_duplicates"
BAR: Final = 0.01
_WHAT: Final = "pairs within 3 bits of 1,000,000 hashes / each with each (from 50,000)"
_HASHES: Final = 1_000_000
_SAMPLE: Final = 50_000
_DISTANCE: Final = 3
_ROWS: Final = 64

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]


def run(folder: Path) -> Result:
    """Measure.

    Args:
        folder: not used; nothing is written.

    Raises:
        NoResult: the two ways gave different pairs, or there were too few to compare.
    """
    del folder
    pairs = []
    for seed in range(LEAST_RUNS):
        hashes = make_hashes(_HASHES, seed)
        sample = hashes[:_SAMPLE]
        start = time.perf_counter()
        pairs_within(hashes, _DISTANCE)
        ours_s = time.perf_counter() - start
        start = time.perf_counter()
        expected = each_with_each(sample, _DISTANCE)
        reference_s = (time.perf_counter() - start) * (_HASHES / _SAMPLE) ** 2
        require_same(pairs_within(sample, _DISTANCE), expected)
        pairs.append(Pair(ours_s, reference_s))
    return judge(NAME, _WHAT, pairs, BAR)


def make_hashes(count: int, seed: int) -> Hashes:
    """Return (count,) hashes: two of three random, each third one of the two before it with 0-4 bits flipped."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    copies = np.arange(2, count, 3)
    hashes[copies] = hashes[copies - 1 - rng.integers(0, 2, len(copies))]
    flips = rng.integers(0, 5, len(copies))
    for number in range(4):
        bits = np.uint64(1) << rng.integers(0, 64, len(copies), dtype=np.uint64)
        hashes[copies] ^= np.where(number < flips, bits, np.uint64(0))
    return hashes


def each_with_each(hashes: Hashes, distance: int) -> Indices:
    """Return all index pairs (m, 2), i < j, ordered, that differ in at most ``distance`` bits, by comparing all."""
    found = []
    for start in range(0, len(hashes), _ROWS):
        rows = hashes[start : start + _ROWS, None]
        close = np.argwhere(np.bitwise_count(rows ^ hashes[None, start:]) <= distance) + start
        found.append(close[close[:, 0] < close[:, 1]])
    return np.concatenate([np.empty((0, 2), np.int64), *found])


def require_same(ours: Indices, expected: Indices) -> None:
    """Refuse to compare ways that give different pairs, or none.

    Raises:
        NoResult: they do.
    """
    if not len(expected) or not np.array_equal(ours, expected):
        raise NoResult(
            f"{NAME}: expected the same pairs from both ways, found {len(ours)} and {len(expected)}. "
            "The search loses or invents pairs: see tests/unit/ingest/test_hash_pairs.py."
        )
