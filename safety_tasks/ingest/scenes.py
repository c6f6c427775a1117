"""Find the scene of each picture: the unit that must not leak between splits.

Rules: the first of these that speaks decides: a rule of ``batch.json``, a row of ``manifest.csv``, else the group
of near-duplicates. A picture that looks like one of an existing dataset joins that scene. Grouping too much
costs balance, grouping too little leaks: so doubt groups.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.records.dataset import SceneRule

_CHUNK: Final = 512


def scene_by_rule(file: str, rules: Sequence[SceneRule]) -> str | None:
    """Return the scene of the first rule whose pattern fits the file's name, or None."""
    name = file.rpartition("/")[2]
    for rule in rules:
        if fnmatch.fnmatchcase(name, rule.glob):
            return rule.scene
    return None


def group_near_duplicates(
    hashes: Mapping[str, int], known: Mapping[str, tuple[int, str]], distance: int
) -> dict[str, str]:
    """Name a scene for each unnamed picture.

    Args:
        hashes: perceptual hash (64 bits) of each unnamed picture, by sha256.
        known: (hash, scene) of pictures whose scene is known, by sha256.
        distance: hashes that differ in at most so many bits look alike.

    Returns:
        the scene of each unnamed picture: an existing one, or ``auto-`` and the group's smallest digest.
    """
    names = sorted(hashes)
    if not names:
        return {}
    parent = list(range(len(names)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    mine = np.array([hashes[name] for name in names], dtype=np.uint64)
    for first, second in _close_pairs(mine, mine, distance):
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    scene_of: dict[int, str] = {}
    if known:
        known_names = sorted(known)
        others = np.array([known[name][0] for name in known_names], dtype=np.uint64)
        for first, second in _close_pairs(mine, others, distance):
            scene_of.setdefault(root(first), known[known_names[second]][1])
    return {
        name: scene_of.get(root(index), f"auto-{names[root(index)][:12]}")
        for index, name in enumerate(names)
    }


def _close_pairs(
    first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64], distance: int
) -> list[tuple[int, int]]:
    """Return index pairs whose hashes differ in at most ``distance`` bits, in order."""
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(first), _CHUNK):
        differ = np.bitwise_count(first[start : start + _CHUNK, None] ^ second[None, :])
        rows, columns = np.nonzero(differ <= distance)
        pairs.extend((int(r) + start, int(c)) for r, c in zip(rows, columns, strict=True))
    return pairs
