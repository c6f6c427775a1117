"""Pairs of close hashes are exactly those that comparing each with each finds."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_tasks.ingest import hash_buckets
from safety_tasks.ingest.components import Components
from safety_tasks.ingest.hash_pairs import close_pairs, links_within, pairs_between, pairs_within

ALL = 2**64 - 1
CENTRES = st.sampled_from([0, ALL, 0x0123456789ABCDEF, 1 << 63])
NOISE = st.sets(st.integers(0, 63), max_size=5).map(lambda bits: sum(1 << bit for bit in bits))
HASH = st.builds(lambda centre, noise: centre ^ noise, CENTRES, NOISE)
HASHES = st.lists(HASH, max_size=30)
DISTANCE = st.integers(0, 11)


def array(hashes: list[int]) -> hash_buckets.Hashes:
    """Return hashes as (n,) uint64."""
    return np.array(hashes, np.uint64)


def brute_force(hashes: list[int], distance: int) -> list[list[int]]:
    """Compare each with each."""
    return [
        [i, j]
        for i, j in combinations(range(len(hashes)), 2)
        if (hashes[i] ^ hashes[j]).bit_count() <= distance
    ]


@pytest.fixture(params=[(2048, 1 << 19), (2, 3)], ids=["as-shipped", "tiny-buckets"])
def _limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Try also with buckets that are giant at three hashes and chunks of three pairs."""
    giant, chunk = request.param
    monkeypatch.setattr(hash_buckets, "_GIANT", giant)
    monkeypatch.setattr(hash_buckets, "_CHUNK", chunk)


@pytest.mark.parametrize(
    ("hashes", "distance", "pairs"),
    [
        ([], 3, []),
        ([5], 3, []),
        ([5, 5], 0, [[0, 1]]),
        ([0, 1], 0, []),
        ([0, 0b111], 3, [[0, 1]]),
        ([0, 0b1111], 3, []),
        ([0, 1 | 1 << 16 | 1 << 32], 3, [[0, 1]]),
        ([0, 1 | 1 << 16 | 1 << 32 | 1 << 48], 3, []),
        ([0, 1 | 1 << 16 | 1 << 32 | 1 << 48], 4, [[0, 1]]),
        ([0, ALL, 0], 63, [[0, 2]]),
        ([1, 2, 4], 2, [[0, 1], [0, 2], [1, 2]]),
    ],
)
def test_close_pairs_are_found(hashes: list[int], distance: int, pairs: list[list[int]]) -> None:
    """Up to the distance and no further, wherever the bits are."""
    assert pairs_within(array(hashes), distance).tolist() == pairs


@pytest.mark.usefixtures("_limits")
class TestAgainstBruteForce:
    """The same answers as comparing each with each, also where buckets are divided and chunks are small."""

    @settings(deadline=None)
    @given(HASHES, DISTANCE)
    def test_within(self, hashes: list[int], distance: int) -> None:
        """All pairs, ordered, each once."""
        found = pairs_within(array(hashes), distance)
        assert found.dtype == np.int64
        assert found.tolist() == brute_force(hashes, distance)

    @settings(deadline=None)
    @given(HASHES, HASHES, DISTANCE)
    def test_between(self, first: list[int], second: list[int], distance: int) -> None:
        """All pairs of two sides, and none within a side."""
        expected = [
            [i, j]
            for i, one in enumerate(first)
            for j, other in enumerate(second)
            if (one ^ other).bit_count() <= distance
        ]
        assert pairs_between(array(first), array(second), distance).tolist() == expected

    @settings(deadline=None)
    @given(HASHES, DISTANCE)
    def test_links(self, hashes: list[int], distance: int) -> None:
        """Links are pairs, and join what all pairs join."""
        links = links_within(array(hashes), distance).tolist()
        pairs = brute_force(hashes, distance)
        assert all(link in pairs for link in links)
        assert _roots(len(hashes), links) == _roots(len(hashes), pairs)

    @settings(deadline=None)
    @given(st.lists(st.tuples(HASH, st.integers(-3, 3), st.booleans()), max_size=25), DISTANCE)
    def test_groups_and_seekers(self, items: list[tuple[int, int, bool]], distance: int) -> None:
        """Pairs are of two groups, at least one of them seeks, and each comes once."""
        hashes, groups, active = map(list, zip(*items, strict=True)) if items else ([], [], [])
        chunks = close_pairs(
            array(hashes), distance, np.array(groups, np.int64), np.array(active, bool)
        )
        found = sorted(sorted(pair) for chunk in chunks for pair in chunk.tolist())
        assert found == [
            [i, j]
            for i, j in brute_force(hashes, distance)
            if groups[i] != groups[j] and (active[i] or active[j])
        ]


def _roots(size: int, pairs: list[list[int]]) -> list[int]:
    components = Components(size)
    for pair in pairs:
        components.join(*pair)
    return components.roots().tolist()


@pytest.mark.parametrize("distance", [-1, 64])
def test_a_senseless_distance_is_refused(distance: int) -> None:
    """A hash has 64 bits."""
    with pytest.raises(ValueError, match="expected a distance of 0-63 bits"):
        pairs_within(array([1, 2]), distance)


def test_links_of_equal_hashes_are_a_chain() -> None:
    """A hundred thousand black frames give as many links less one, not their square."""
    links = links_within(np.zeros(100_000, np.uint64), 3)
    assert links.tolist() == [[i, i + 1] for i in range(99_999)]


def test_a_giant_bucket_is_divided() -> None:
    """Five thousand unequal hashes that share a block are searched by their other bits, exactly."""
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**48, 5000, dtype=np.uint64)
    hashes[::2] = hashes[1::2] ^ np.uint64(0b1000_0000_0001)
    expected = [[i, i + 1] for i in range(0, 5000, 2)]
    assert pairs_within(hashes, 3).tolist() == expected


def test_nothing_is_compared_within_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand frames of one camera meet one picture beside them, a few times each, and never one another."""
    compared: list[int] = []
    close = hash_buckets._close

    def count(
        hashes: hash_buckets.Hashes,
        pairs: hash_buckets.Indices,
        distance: int,
        earlier: list[hash_buckets.Block],
    ) -> hash_buckets.Indices:
        compared.append(len(pairs))
        return close(hashes, pairs, distance, earlier)

    monkeypatch.setattr(hash_buckets, "_close", count)
    hashes = np.arange(10_000, dtype=np.uint64)
    groups = np.zeros(10_000, np.int64)
    groups[-1] = 1
    list(close_pairs(hashes, 3, groups, np.ones(10_000, bool)))
    assert sum(compared) <= 20 * 9_999
