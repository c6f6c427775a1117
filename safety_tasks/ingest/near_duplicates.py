"""Find near-copies among pictures by their signatures.

Rules: two pictures are candidates if any hash of the one is close to any of the other's, and are joined if their
thumbnails then show the same; pairs of pictures that are joined already are not compared, so ten thousand frames of one
camera cost about as many comparisons; two groups that were found to differ often enough are left apart; the result
depends on the pictures, not on the order they come in.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from safety_tasks.ingest.components import Components
from safety_tasks.ingest.hash_pairs import close_pairs
from safety_tasks.ingest.likeness import ALIKE, similarity
from safety_tasks.ingest.signatures import HASHES, THUMBNAIL_SIDE_PX, Signature

__all__ = ["ALIKE", "DISTANCE", "SignatureTable", "near_duplicate_links", "similarity"]

DISTANCE: Final = 4
_BATCH: Final = 512
_PATIENCE: Final = 500

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SignatureTable:
    """Signatures of n pictures.

    Attributes:
        sha256: the pictures' digests.
        hashes: (n, ``HASHES``) uint64.
        thumbnails: (n, side, side) uint8 grey.
    """

    sha256: tuple[str, ...]
    hashes: npt.NDArray[np.uint64]
    thumbnails: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls) -> Self:
        """Return a table of no pictures."""
        return cls.of({})

    @classmethod
    def of(cls, signatures: Mapping[str, Signature]) -> Self:
        """Return the table of signatures by sha256, in the mapping's order."""
        side = THUMBNAIL_SIDE_PX
        hashes = [signature.hashes for signature in signatures.values()]
        pixels = b"".join(signature.thumbnail for signature in signatures.values())
        return cls(
            tuple(signatures),
            np.array(hashes, np.uint64).reshape(-1, HASHES),
            np.frombuffer(pixels, np.uint8).reshape(-1, side, side),
        )

    def __len__(self) -> int:
        return len(self.sha256)


def near_duplicate_links(
    new: SignatureTable, known: SignatureTable, connected: Components
) -> list[tuple[int, int]]:
    """Join near-copies, of which at least one is new.

    Args:
        new: pictures to place.
        known: pictures that have their place.
        connected: groups of all of them, known ones first, then new ones; what is joined is joined in it.

    Returns:
        the pairs that were confirmed and joined, smaller index first, ordered; as few as join the groups.

    Raises:
        ValueError: ``connected`` is not of that size.
    """
    size = len(known) + len(new)
    if len(connected) != size:
        raise ValueError(f"expected groups of {size} pictures, found {len(connected)}.")
    if not len(new):
        return []
    # From here on pictures are numbered by digest, so that no order of delivery shows.
    order = np.argsort(np.array([*known.sha256, *new.sha256]), kind="stable")
    hashes = np.concatenate([known.hashes, new.hashes])[order]
    search = _Search(
        np.concatenate([known.thumbnails, new.thumbnails])[order],
        order >= len(known),
        _renumbered(connected.roots()[order]),
    )
    for column in hashes.T:
        search.confirm(_neighbours(column))
    owner = np.repeat(np.arange(size), HASHES)
    groups = search.groups.roots()[owner]
    for pairs in close_pairs(hashes.ravel(), DISTANCE, groups, search.is_new[owner]):
        search.confirm(owner[pairs])
    links = sorted(tuple(sorted(order[list(pair)].tolist())) for pair in search.links)
    for first, second in links:
        connected.join(first, second)
    return links


def _renumbered(roots: Indices) -> Components:
    """Return groups of positions: those that share a root."""
    groups = Components(len(roots))
    _, firsts, which = np.unique(roots, return_index=True, return_inverse=True)
    for position, first in enumerate(firsts[which].tolist()):
        groups.join(first, position)
    return groups


def _neighbours(column: npt.NDArray[np.uint64]) -> Indices:
    """Return pairs of pictures that follow each other when ordered by a hash, if it is close: a cheap first look."""
    order = np.argsort(column, kind="stable")
    near = np.bitwise_count(column[order[1:]] ^ column[order[:-1]]) <= DISTANCE
    following: Indices = np.column_stack([order[:-1], order[1:]])[near]
    return following


class _Search:
    """Candidates are confirmed batch by batch, each at most once."""

    def __init__(
        self, thumbnails: npt.NDArray[np.uint8], is_new: npt.NDArray[np.bool_], groups: Components
    ) -> None:
        self.groups = groups
        self.is_new = is_new
        self.links: list[tuple[int, int]] = []
        self._thumbnails = thumbnails
        self._refused = np.empty(0, np.int64)
        self._refusals: Counter[int] = Counter()

    def confirm(self, pairs: Indices) -> None:
        """Join those of (m, 2) candidates that involve a new picture and show the same."""
        pairs = pairs[self.is_new[pairs].any(axis=1)]
        size = len(self.is_new)
        codes = np.unique(pairs.min(axis=1) * size + pairs.max(axis=1))
        codes = codes[np.isin(codes, self._refused, invert=True)]
        for start in range(0, len(codes), _BATCH):
            self._confirm_batch(codes[start : start + _BATCH])

    def _confirm_batch(self, codes: Indices) -> None:
        size = len(self.is_new)
        groups = self.groups.roots()
        first, second = np.divmod(codes, size)
        one, other = groups[first], groups[second]
        between = np.minimum(one, other) * size + np.maximum(one, other)
        tired = [code for code, count in self._refusals.items() if count >= _PATIENCE]
        open_ = (one != other) & np.isin(between, tired, invert=True)
        first, second, between = first[open_], second[open_], between[open_]
        alike = similarity(self._thumbnails[first], self._thumbnails[second]) >= ALIKE
        for pair in zip(first[alike].tolist(), second[alike].tolist(), strict=True):
            if self.groups.join(*pair):
                self.links.append(pair)
        self._refused = np.union1d(self._refused, codes[open_][~alike])
        self._refusals.update(between[~alike].tolist())
