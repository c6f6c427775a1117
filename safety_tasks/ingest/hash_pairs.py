"""Find hashes that differ in few bits, exactly, without comparing each with each.

Rules: equal hashes are compared once for all of them; unequal ones meet in buckets (``hash_buckets``); pairs within a
group, and of two that look for nobody, are not even compared; pairs come in chunks, so that memory stays bounded.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from safety_tasks.ingest.hash_buckets import Flags, Hashes, Indices, expand, search

_BITS: Final = 64


def pairs_within(hashes: Hashes, distance: int) -> Indices:
    """Return all pairs of hashes that differ in few bits.

    Args:
        hashes: (n,) uint64.
        distance: the most bits that may differ.

    Returns:
        (m, 2) int64: indices i < j, ordered. m grows with the square of how many are equal: see ``links_within``.
    """
    everyone = np.arange(len(hashes), dtype=np.int64)
    return _ordered(close_pairs(hashes, distance, everyone, np.ones(len(hashes), bool)))


def pairs_between(first: Hashes, second: Hashes, distance: int) -> Indices:
    """Return all pairs of a hash of each side that differ in few bits.

    Args:
        first: (n,) uint64.
        second: (k,) uint64.
        distance: the most bits that may differ.

    Returns:
        (m, 2) int64: an index into ``first`` and one into ``second``, ordered.
    """
    sides = np.repeat(np.arange(2), [len(first), len(second)])
    pairs = _ordered(close_pairs(np.concatenate([first, second]), distance, sides, sides == 0))
    pairs[:, 1] -= len(first)
    return pairs


def links_within(hashes: Hashes, distance: int) -> Indices:
    """Return pairs that join the same hashes into groups as all pairs would, equal ones in a chain.

    Args:
        hashes: (n,) uint64.
        distance: the most bits that may differ.

    Returns:
        (m, 2) int64: indices i < j, ordered; of equal hashes only neighbours, and only the first meets others.
    """
    order = np.argsort(hashes, kind="stable")
    again = hashes[order[1:]] == hashes[order[:-1]]
    chains = np.column_stack([order[:-1], order[1:]])[again]
    firsts = np.delete(order, np.flatnonzero(again) + 1)
    return _ordered([chains, firsts[pairs_within(hashes[firsts], distance)]])


def close_pairs(hashes: Hashes, distance: int, groups: Indices, active: Flags) -> Iterator[Indices]:
    """Give pairs of hashes that differ in few bits, of two groups, at least one of them active.

    Args:
        hashes: (n,) uint64.
        distance: the most bits that may differ.
        groups: (n,) the group of each; pairs within a group are not even compared.
        active: (n,) whether a hash looks for partners; pairs of two inactive ones are not given.

    Yields:
        (m, 2) int64 indices, each pair once, its two in any order, chunk by chunk.

    Raises:
        ValueError: the distance is not 0-63.
    """
    if not 0 <= distance < _BITS:
        raise ValueError(f"expected a distance of 0-{_BITS - 1} bits, found {distance}.")
    if not len(hashes):
        return
    names = np.unique(groups, return_inverse=True)[1]
    unique, place, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    members = np.argsort(place, kind="stable")
    stops = np.cumsum(counts)
    starts = stops - counts
    group = np.minimum.reduceat(names[members], starts)
    mixed = group != np.maximum.reduceat(names[members], starts)
    group[mixed] = len(hashes) + np.flatnonzero(mixed)  # of several groups: compared with all
    some_active = np.logical_or.reduceat(active[members], starts)

    def allowed(left: Indices, right: Indices) -> Indices:
        keep = (names[left] != names[right]) & (active[left] | active[right])
        return np.column_stack([left[keep], right[keep]])

    equal = np.flatnonzero(np.repeat(mixed, counts))
    for which, other in expand(equal + 1, np.repeat(stops, counts)[equal]):
        yield allowed(members[equal[which]], members[other])
    for pairs in search(unique, _BITS, distance, group, some_active):
        first, second = pairs.T
        for which, one in expand(starts[first], stops[first]):
            partner = second[which]
            for row, other in expand(starts[partner], stops[partner]):
                yield allowed(members[one[row]], members[other])


def _ordered(chunks: Iterable[Indices]) -> Indices:
    """Return pairs with the smaller index first, in order."""
    pairs = np.sort(np.concatenate([np.empty((0, 2), np.int64), *chunks]), axis=1)
    return pairs[np.lexsort(pairs.T[::-1])]
