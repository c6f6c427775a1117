"""The measured search and its reference give the same pairs, or there is no result."""

import numpy as np
import pytest

from benchmarks.near_duplicates import each_with_each, make_hashes, require_same
from benchmarks.result import NoResult
from safety_tasks.ingest.hash_pairs import pairs_within


def test_hashes_hold_copies_and_equal_seeds_give_equal_hashes() -> None:
    """About a third has a near-copy within three bits."""
    hashes = make_hashes(3000, 1)
    assert np.array_equal(hashes, make_hashes(3000, 1))
    assert not np.array_equal(hashes, make_hashes(3000, 2))
    assert 700 < len(each_with_each(hashes, 3)) < 1000


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 1000])
def test_the_reference_gives_what_the_search_gives(count: int) -> None:
    """Also where a step of rows ends."""
    hashes = make_hashes(count, 3)
    assert each_with_each(hashes, 3).tolist() == pairs_within(hashes, 3).tolist()


@pytest.mark.parametrize(
    ("ours", "expected"),
    [([], []), ([], [[0, 1]]), ([[0, 1]], []), ([[0, 1]], [[0, 2]]), ([[0, 1], [1, 2]], [[0, 1]])],
)
def test_different_pairs_are_no_result(ours: list[list[int]], expected: list[list[int]]) -> None:
    """A search that loses or invents a pair, or finds nothing to compare, is not measured."""
    tables = [np.array(pairs, np.int64).reshape(-1, 2) for pairs in (ours, expected)]
    with pytest.raises(NoResult, match="expected the same pairs"):
        require_same(*tables)
    require_same(np.array([[0, 1]]), np.array([[0, 1]]))
