"""Find the scene of each picture: the unit that must not leak between splits.

Rules: the first of these that speaks names it: a rule of ``batch.json``, a row of ``manifest.csv``, the site and
camera, else the group itself; near-duplicates join scenes, whatever they are named, so that no near-copy can cross
splits; a group that touches known scenes takes the name of the one that is kept most strictly, the holdout's first;
grouping too much costs balance, grouping too little leaks: so doubt groups.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safety_tasks.ingest.components import Components
from safety_tasks.ingest.near_duplicates import SignatureTable, near_duplicate_links
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Arrival, Picture, Split

_STRICTEST: tuple[Split, ...] = ("holdout", "incident", "val", "train", "reserve")
_SIDE_OF = ("judge", "judge", "val", "train", "nobody")  # of each rank above


@dataclass(frozen=True)
class Scenes:
    """The scene of each arrival by sha256; those that were moved; those that are like scenes of two sides."""

    of: Mapping[str, str]
    joined: tuple["Joined", ...]
    bridging: frozenset[str]


@dataclass(frozen=True)
class Joined:
    """An arrival whose scene is not the one it was delivered with."""

    arrival: Arrival
    named: str
    scene: str


def named_scene(arrival: Arrival) -> str | None:
    """Return the scene that a delivery names: its own word, else site and camera.

    An incident is a moment, not a camera: it takes no other picture of its camera out of training.
    """
    if arrival.scene is not None:
        return arrival.scene
    if arrival.camera is None or arrival.kind is BatchKind.INCIDENT:
        return None
    return f"{arrival.site}/{arrival.camera}"


def find_scenes(
    arrivals: Sequence[Arrival],
    new: SignatureTable,
    known: Sequence[Picture],
    old: SignatureTable,
) -> Scenes:
    """Give each arrival its scene.

    Args:
        arrivals: pictures without a place, ordered as ``new``.
        new: their signatures.
        known: pictures of the dataset, ordered as ``old``.
        old: their signatures.
    """
    components = Components(len(known) + len(arrivals))
    first_of: dict[str, int] = {}
    for index, picture in enumerate(known):
        components.join(first_of.setdefault(picture.scene, index), index)
    for number, arrival in enumerate(arrivals):
        name = named_scene(arrival)
        if name is not None:
            index = len(known) + number
            components.join(first_of.setdefault(name, index), index)
    near_duplicate_links(new, old, components)
    groups: dict[int, list[int]] = defaultdict(list)
    for number in range(len(arrivals)):
        groups[components.root(len(known) + number)].append(number)
    touched = _touched(known, components, set(groups))
    scene_of: dict[str, str] = {}
    joined = []
    bridging: set[str] = set()
    for root, members in groups.items():
        if root in touched:
            scene = min(touched[root])[1]
            if len({_SIDE_OF[rank] for rank, _ in touched[root]}) > 1:
                bridging.update(arrivals[number].sha256 for number in members)
        else:
            scene = _new_name([arrivals[number] for number in members])
        for number in members:
            arrival = arrivals[number]
            scene_of[arrival.sha256] = scene
            named = named_scene(arrival)
            if named not in (None, scene):
                joined.append(Joined(arrival, str(named), scene))
    return Scenes(scene_of, tuple(joined), frozenset(bridging))


def _touched(
    known: Sequence[Picture], components: Components, wanted: set[int]
) -> dict[int, set[tuple[int, str]]]:
    """Return the known scenes of each group that holds arrivals, each with its rank in strictness."""
    best: dict[str, tuple[int, int]] = {}
    for index, picture in enumerate(known):
        rank = (_STRICTEST.index(picture.split), index)
        best[picture.scene] = min(best.get(picture.scene, rank), rank)
    touched: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for scene, (rank_of_scene, index) in best.items():
        root = components.root(index)
        if root in wanted:
            touched[root].add((rank_of_scene, scene))
    return touched


def _new_name(members: Sequence[Arrival]) -> str:
    names = sorted(name for name in map(named_scene, members) if name is not None)
    return names[0] if names else f"auto-{min(m.sha256 for m in members)[:12]}"
