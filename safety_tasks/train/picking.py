"""Pick the pictures that a run trains on: all that is new, a share of what the champion saw, and all of val.

Rules: what the champion never saw is taken; of what it saw a share is, no hazard is lost by that, scenes come before
second pictures of a scene, backgrounds stay in proportion; ``data_fraction`` then takes whole scenes; one seed picks
the same each time, a larger share picks all that a smaller one did; val is never thinned.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetEmpty
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe

_DELIVER: Final = "Deliver and ingest labelled pictures of more scenes."


@dataclass(frozen=True)
class Picked:
    """What a run works with, in the order of the input: train as chosen, and val.

    ``replayed`` counts the pictures of train that the champion saw; ``notes`` say what was left out.
    """

    pictures: tuple[Picture, ...]
    replayed: int
    notes: tuple[str, ...]


def pick_pictures(
    pictures: Sequence[Picture], recipe: Recipe, seen: frozenset[str] | None
) -> Picked:
    """Pick the pictures of a run.

    Args:
        pictures: manifest rows of any split.
        recipe: ``replay_share``, ``data_fraction`` and ``seed`` are read.
        seen: SHA-256 of the pictures that the champion was trained on; None where this is no warm start.

    Raises:
        DatasetEmpty: train or val is empty, or nothing of train was chosen.
    """
    train = [picture for picture in pictures if picture.split == "train"]
    for split in ("train", "val"):
        if not any(picture.split == split for picture in pictures):
            raise DatasetEmpty(f"dataset: expected pictures in {split}, found none. {_DELIVER}")
    notes: list[str] = []
    chosen = train
    if seen is not None:
        old = [picture for picture in train if picture.sha256 in seen]
        kept = _replay(old, recipe)
        chosen = [p for p in train if p.sha256 not in seen or p.sha256 in kept]
        notes.append(
            f"warm start: {len(train) - len(old)} new pictures and {len(kept)} of the {len(old)} that the champion saw "
            f"(replay_share {recipe.replay_share})"
        )
        if not chosen:
            raise DatasetEmpty(
                f"recipe {recipe.name}: expected pictures to train on, found that the champion saw all {len(train)} "
                f"and that replay_share is {recipe.replay_share}. Raise replay_share, or deliver new pictures."
            )
        lost = sorted(_hazards(train) - _hazards(chosen))
        if lost:
            notes.append(
                f"no picture of class {', '.join(map(str, lost))} is trained on: raise replay_share"
            )
    limited = _whole_scenes(chosen, recipe)
    if len(limited) < len(chosen):
        scenes = (len({p.scene for p in part}) for part in (limited, chosen))
        notes.append(
            f"data_fraction {recipe.data_fraction}: {len(limited)} of {len(chosen)} pictures, "
            f"{' of '.join(map(str, scenes))} scenes"
        )
    taken = {picture.sha256 for picture in limited}
    return Picked(
        pictures=tuple(
            p for p in pictures if p.split == "val" or (p.split == "train" and p.sha256 in taken)
        ),
        replayed=len(taken & seen) if seen is not None else 0,
        notes=tuple(notes),
    )


def _replay(old: Sequence[Picture], recipe: Recipe) -> set[str]:
    """Return the digests of the seen pictures to train on again; none at a share of 0."""
    share, seed = recipe.replay_share, recipe.seed
    if share == 0:
        return set()
    labelled = sorted((p for p in old if p.boxes), key=lambda p: _lot(seed, p.sha256))
    empty = sorted((p for p in old if not p.boxes), key=lambda p: _lot(seed, p.sha256))
    cover = _cover((p.sha256, _hazards([p])) for p in labelled)
    # Each list is cut at a length that only grows with the share, so that a larger share picks a superset.
    first = [*cover, *(d for d in _spread(labelled, seed, set()) if d not in cover)]
    of_labelled = {p.scene for p in labelled}
    count = max(_share_of(share, len(labelled)), len(cover))
    return {
        *first[:count],
        *_spread(empty, seed, of_labelled)[: _share_of(share, len(empty))],
    }


def _spread(pictures: Sequence[Picture], seed: int, known: set[str]) -> list[str]:
    """Return digests so that every beginning of the list is spread over scenes, in proportion after one of each.

    Args:
        pictures: in the order in which they are drawn within a scene.
        seed: draws among equal places.
        known: scenes that need no picture of their own from here.
    """
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        scenes[picture.scene].append(picture)
    places = [
        (index > 0 or scene in known, (index + 0.5) / len(members), _lot(seed, p.sha256), p.sha256)
        for scene, members in scenes.items()
        for index, p in enumerate(members)
    ]
    return [place[-1] for place in sorted(places)]


def _whole_scenes(chosen: list[Picture], recipe: Recipe) -> list[Picture]:
    """Return the scenes whose pictures come nearest to the fraction, and as many as keep every hazard."""
    if recipe.data_fraction == 1:
        return chosen
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in chosen:
        scenes[picture.scene].append(picture)
    drawn = sorted(scenes, key=lambda scene: _lot(recipe.seed, scene))
    cover = _cover((scene, _hazards(scenes[scene])) for scene in drawn)
    target, total = recipe.data_fraction * len(chosen), 0
    taken: set[str] = set()
    for scene in [*cover, *(scene for scene in drawn if scene not in cover)]:
        longer = total + len(scenes[scene])
        # One scene at least; another one only as long as it brings the count nearer to the target.
        if taken and scene not in cover and longer - target >= target - total:
            break
        taken.add(scene)
        total = longer
    return [picture for picture in chosen if picture.scene in taken]


def _cover(named: Iterable[tuple[str, set[int]]]) -> dict[str, None]:
    """Return, in order, the first name of each hazard that none before it shows, rarest hazard first."""
    shown = dict(named)
    counts = Counter(hazard for hazards in shown.values() for hazard in hazards)
    cover: dict[str, None] = {}
    for hazard in sorted(counts, key=lambda hazard: (counts[hazard], hazard)):
        if not any(hazard in shown[name] for name in cover):
            cover[next(name for name, hazards in shown.items() if hazard in hazards)] = None
    return cover


def _hazards(pictures: Iterable[Picture]) -> set[int]:
    return {box.class_id for picture in pictures for box in picture.boxes}


def _share_of(share: float, count: int) -> int:
    return math.floor(share * count + 0.5)


def _lot(seed: int, name: Hashable) -> str:
    """Return what decides the order in which names are drawn."""
    return sha256_bytes(f"{seed}:{name}".encode())
