"""Say which pictures the champion has seen, so that a warm start knows what is new to it, and where it came from.

Rules: a run's own record of what its weights saw counts, which holds what the champion before it saw too; a run without
one saw all of train of its version; where nothing can be said, every picture counts as new, and a note says why.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from safety_tasks.bundle.reading import read_served
from safety_tasks.digests import sha256_file
from safety_tasks.errors import SafetyTasksError, TrainingError
from safety_tasks.records.base import Artifact, Sha256
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.base import ObjectStore, fetch_artifact, get_artifact
from safety_tasks.store.manifests import read_manifest, read_version
from safety_tasks.train.base_weights import UNREADABLE, Start
from safety_tasks.train.picking import Picked
from safety_tasks.train.starts import read_start, start_key

_DIGESTS: Final = TypeAdapter(list[Sha256])
_SO: Final = "so every picture counts as new"


@dataclass(frozen=True)
class Seen:
    """The SHA-256 of the pictures that the champion's weights saw; None where that is unknown, and why."""

    pictures: frozenset[str] | None
    note: str = ""


def seen_by_champion(store: ObjectStore, weights_sha256: str | None = None) -> Seen:
    """Return what the champion, which ``stable`` serves, was trained on.

    Args:
        store: where releases and runs are.
        weights_sha256: the weights that training starts from, if known: another champion's pictures say nothing of
            them, and a release may come between two looks.
    """
    try:
        served = read_served(store, "stable")
        if served is None:
            return Seen(None, f"there is no champion, {_SO}")
        return _seen_by(store, served.document.run_id, weights_sha256)
    except SafetyTasksError as problem:
        return Seen(None, f"what the champion saw cannot be read, {_SO}: {problem}")


def part_way_back(
    store: ObjectStore, base: Start, recipe: Recipe, folder: Path
) -> tuple[Start, str]:
    """Return a start between the champion's weights and what the champion itself started from, and what to note of it.

    Args:
        store: where releases and runs are.
        base: the champion's weights.
        recipe: ``champion_share`` says how much of them is kept.
        folder: where files may be written.

    Raises:
        StoreError: the network failed.
    """
    if recipe.champion_share == 1 or base.path is None:
        return base, ""
    from safety_tasks.train.engine.mixing import mix_weights

    try:
        origin = origin_of_champion(store, base.record.sha256)
        if origin is None:
            return base, "the champion started from random weights, so its own are taken whole"
        path = fetch_artifact(store, origin, folder / "origin.pt")
        target = folder / "mixed.pt"
        mix_weights(base.path, path, recipe.champion_share, target, recipe.imgsz_px)
    except UNREADABLE as problem:
        return base, f"the champion's weights are taken whole: {problem}"
    share = f"{recipe.champion_share:g} of the champion's weights, the rest what it started from"
    record = base.record.model_copy(
        update={"sha256": sha256_file(target), "note": f"{base.record.note}; {share}"}
    )
    return Start(target, record), share


def origin_of_champion(store: ObjectStore, weights_sha256: str | None) -> Artifact | None:
    """Return the weights that the champion itself started from; None if it started from random ones.

    Args:
        store: where releases and runs are.
        weights_sha256: the champion's weights, as for ``seen_by_champion``.

    Raises:
        SafetyTasksError: they are not known: another champion, trained elsewhere, or a damaged record.
    """
    served = read_served(store, "stable")
    run_id = served.document.run_id if served else "of the champion"
    run = _run_of(store, run_id, weights_sha256)
    start = read_start(store, run_id) if run else None
    if start is None:
        raise TrainingError(f"run {run_id}: it is not on record what it started from")
    return start.base


def union_seen(picked: Picked, seen: frozenset[str] | None) -> list[str]:
    """Return what a run's weights will have seen: what it trains on and what its champion saw, sorted."""
    trained = {picture.sha256 for picture in picked.pictures if picture.split == "train"}
    return sorted(trained | (seen or frozenset()))


def _seen_by(store: ObjectStore, run_id: str, weights_sha256: str | None) -> Seen:
    run = _run_of(store, run_id, weights_sha256)
    if run is None:
        return Seen(None, f"another release became the champion meanwhile, {_SO}")
    if run.backend == "adopted":
        return Seen(None, f"run {run_id} was trained elsewhere, {_SO}")
    start = read_start(store, run_id)
    if start is None:
        pictures = read_manifest(store, read_version(store, run.dataset_version))
        return Seen(frozenset(p.sha256 for p in pictures if p.split == "train"))
    if (start.dataset_version, start.recipe) != (run.dataset_version, run.recipe):
        raise TrainingError(
            f"{start_key(run_id)}: expected the start of the run on {run.dataset_version}, "
            f"found one on {start.dataset_version} with recipe {start.recipe.name}. One of the two records was altered."
        )
    try:
        return Seen(
            frozenset(_DIGESTS.validate_python(json.loads(get_artifact(store, start.seen))))
        )
    except (ValueError, ValidationError) as problem:
        raise TrainingError(
            f"{start.seen.key}: expected a list of SHA-256, found other content. It was written by other code."
        ) from problem


def _run_of(store: ObjectStore, run_id: str, weights_sha256: str | None) -> TrainingRun | None:
    """Return the champion's run, or None if its weights are others by now."""
    key = f"runs/{run_id}/training.json"
    run = TrainingRun.from_json_bytes(store.get(key).payload, what=key, error=TrainingError)
    return run if weights_sha256 in (None, run.weights.sha256) else None
