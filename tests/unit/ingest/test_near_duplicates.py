"""Near-copies are joined, strangers are not, and what is joined already costs nothing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from safety_tasks.ingest import near_duplicates
from safety_tasks.ingest.components import Components
from safety_tasks.ingest.near_duplicates import (
    ALIKE,
    DISTANCE,
    SignatureTable,
    near_duplicate_links,
    similarity,
)
from safety_tasks.ingest.signatures import HASHES, THUMBNAIL_SIDE_PX, signature_of

EMPTY = SignatureTable.empty()


def frames(count: int, camera: int, start: int = 0) -> SignatureTable:
    """Return frames of a still camera: its view, noise, and something that moves."""
    view = np.random.default_rng(camera).integers(30, 220, (10, 10)).astype(np.uint8)
    view = view.repeat(8, 0).repeat(8, 1)
    signatures = {}
    for number in range(start, start + count):
        rng = np.random.default_rng([camera, number])
        frame = view + rng.normal(0, 2, view.shape)
        top, left = rng.integers(0, 70, 2)
        frame[top : top + 10, left : left + 6] = 128
        signature = signature_of(frame.clip(0, 255).astype(np.uint8))
        signatures[f"{camera}-{number:06d}"] = signature
    return SignatureTable.of(signatures)


def part(table: SignatureTable, rows: list[int]) -> SignatureTable:
    """Return some rows."""
    return SignatureTable(
        tuple(table.sha256[row] for row in rows), table.hashes[rows], table.thumbnails[rows]
    )


def both(first: SignatureTable, second: SignatureTable) -> SignatureTable:
    """Return one table of two."""
    return SignatureTable(
        first.sha256 + second.sha256,
        np.concatenate([first.hashes, second.hashes]),
        np.concatenate([first.thumbnails, second.thumbnails]),
    )


def groups_of(new: SignatureTable, known: SignatureTable = EMPTY) -> set[frozenset[str]]:
    """Join from nothing; return the groups, by names."""
    components = Components(len(known) + len(new))
    near_duplicate_links(new, known, components)
    return named(components, known.sha256 + new.sha256)


def named(components: Components, names: tuple[str, ...]) -> set[frozenset[str]]:
    """Return groups by names."""
    roots = np.array([components.root(index) for index in range(len(names))])
    return {frozenset(np.array(names)[roots == root].tolist()) for root in set(roots.tolist())}


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the counts of thumbnails that are compared."""
    counts: list[int] = []

    def count(
        first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        counts.append(len(first))
        return similarity(first, second)

    monkeypatch.setattr(near_duplicates, "similarity", count)
    return counts


def test_a_table_keeps_what_it_is_given() -> None:
    """Rows are in the mapping's order; an empty table has none, and the same shapes."""
    signature = signature_of(np.arange(6400, dtype=np.uint8).reshape(80, 80))
    table = SignatureTable.of({"b": signature, "a": signature_of(np.zeros((80, 80), np.uint8))})
    assert table.sha256 == ("b", "a")
    assert tuple(table.hashes[0].tolist()) == signature.hashes
    assert table.thumbnails[0].tobytes() == signature.thumbnail
    assert (len(EMPTY), EMPTY.hashes.shape, EMPTY.thumbnails.shape) == (
        0, (0, HASHES), (0, THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX),
    )  # fmt: skip
    assert both(EMPTY, table).sha256 == table.sha256


@pytest.mark.parametrize(("new", "known"), [(0, 0), (0, 3), (1, 0), (1, 1)])
def test_few_pictures(new: int, known: int) -> None:
    """Nothing new gives no link, and strangers none."""
    tables = frames(new, camera=1), frames(known, camera=2)
    assert near_duplicate_links(*tables, Components(new + known)) == []


def test_groups_of_another_size_are_refused() -> None:
    """The groups must be of exactly these pictures."""
    with pytest.raises(ValueError, match="expected groups of 3 pictures, found 2"):
        near_duplicate_links(frames(2, 1), frames(1, 1), Components(2))


def test_links_are_numbered_known_first_and_joined() -> None:
    """A new picture is linked to a known one by their places; the caller's groups are joined."""
    known, new = both(frames(1, 1), frames(1, 2)), frames(1, 2, start=5)
    components = Components(3)
    assert near_duplicate_links(new, known, components) == [(1, 2)]
    assert components.roots().tolist() == [0, 1, 1]


def test_two_known_pictures_are_never_joined() -> None:
    """What has its place keeps it, unless a new picture shows that both are one."""
    known = frames(2, 1)
    components = Components(3)
    assert near_duplicate_links(frames(1, 2), known, components) == []
    components = Components(3)
    assert near_duplicate_links(frames(1, 1, start=7), known, components) == [(0, 2), (1, 2)]


def test_both_a_close_hash_and_likeness_are_needed() -> None:
    """Equal hashes of unlike pictures join nothing, nor do like pictures without a close hash."""
    one, other = frames(1, 1), frames(1, 2)
    same_hashes = SignatureTable(other.sha256, one.hashes, other.thumbnails)
    same_picture = SignatureTable(other.sha256, ~one.hashes, one.thumbnails)
    assert similarity(one.thumbnails, same_picture.thumbnails)[0] >= ALIKE
    for second in (same_hashes, same_picture):
        assert near_duplicate_links(second, one, Components(2)) == []


def test_a_near_copy_in_a_crowd_is_found() -> None:
    """Also where no order of the hashes brings the two together."""
    one, crowd = frames(1, 1), frames(1, 2)
    copy = SignatureTable(("0",), one.hashes ^ np.uint64(1 << 63), one.thumbnails)
    strangers = np.random.default_rng(0).integers(0, 2**64, (200, HASHES), dtype=np.uint64)
    names = tuple(f"stranger-{number}" for number in range(200))
    known = both(one, SignatureTable(names, strangers, crowd.thumbnails.repeat(200, 0)))
    assert near_duplicate_links(copy, known, Components(202)) == [(0, 201)]


@pytest.mark.parametrize("seed", range(3))
def test_groups_are_those_of_comparing_each_with_each(seed: int) -> None:
    """Skipping what is joined changes no group, nor does the order in which pictures come."""
    table = both(both(frames(12, 1), frames(9, 2)), frames(1, 3))
    order = np.random.default_rng(seed).permutation(len(table)).tolist()
    shuffled = part(table, order)
    expected = Components(len(table))
    for i in range(len(table)):
        for j in range(i):
            differ = shuffled.hashes[i][:, None] ^ shuffled.hashes[j][None, :]
            alike = similarity(shuffled.thumbnails[i : i + 1], shuffled.thumbnails[j : j + 1])
            if np.bitwise_count(differ).min() <= DISTANCE and alike[0] >= ALIKE:
                expected.join(i, j)
    assert groups_of(shuffled) == named(expected, shuffled.sha256) == groups_of(table)
    by_place = near_duplicate_links(table, EMPTY, Components(len(table)))
    shuffled_links = near_duplicate_links(shuffled, EMPTY, Components(len(table)))
    found = {frozenset((order[i], order[j])) for i, j in shuffled_links}
    assert found == {frozenset(pair) for pair in by_place}


def test_a_still_camera_costs_about_one_comparison_a_frame(compared: list[int]) -> None:
    """Two thousand frames are grouped by some thousand comparisons, not by two million."""
    table = frames(2000, 1)
    assert len(groups_of(table)) == 1
    assert sum(compared) < 2 * len(table)
    compared.clear()
    components = Components(2000)
    for index in range(1, 2000):
        components.join(0, index)
    assert near_duplicate_links(table, EMPTY, components) == []
    assert sum(compared) == 0


def test_a_still_camera_leaves_no_pairs_to_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours join most frames of a camera before pairs are searched, so few are found between its parts."""
    found: list[int] = []
    search = near_duplicates.close_pairs

    def count(*arguments: Any) -> Iterator[npt.NDArray[np.int64]]:
        for pairs in search(*arguments):
            found.append(len(pairs))
            yield pairs

    monkeypatch.setattr(near_duplicates, "close_pairs", count)
    assert len(groups_of(frames(1000, 1))) == 1
    assert sum(found) < 10_000


def test_black_frames_are_one_group(compared: list[int]) -> None:
    """A thousand black frames are joined one by one."""
    black = signature_of(np.zeros((76, 76), np.uint8))
    table = SignatureTable.of({f"{number:04d}": black for number in range(1000)})
    assert len(groups_of(table)) == 1
    assert sum(compared) == 999


def test_a_refused_pair_is_not_compared_again(compared: list[int]) -> None:
    """However many hashes two pictures share, their thumbnails are compared once."""
    one, other = frames(1, 1), frames(1, 2)
    same_hashes = SignatureTable(other.sha256, one.hashes, other.thumbnails)
    near_duplicate_links(same_hashes, one, Components(2))
    assert sum(compared) == 1


def test_groups_that_differ_are_left_apart_in_time(
    compared: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two cameras whose hashes agree but whose pictures do not are not compared for ever."""
    monkeypatch.setattr(near_duplicates, "_PATIENCE", 50)
    monkeypatch.setattr(near_duplicates, "_BATCH", 10)
    one, other = frames(40, 1), frames(40, 2)
    other = SignatureTable(other.sha256, one.hashes, other.thumbnails)
    components = Components(80)
    for index in range(39):
        components.join(index, index + 1)
        components.join(40 + index, 41 + index)
    assert near_duplicate_links(both(one, other), EMPTY, components) == []
    assert 50 <= sum(compared) < 60
