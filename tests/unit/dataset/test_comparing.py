"""The difference of two versions: what came, went, moved and was relabelled, by columns."""

from typing import Any

from support.placed import picture
from support.plant_dataset import CLASSES

from safety_tasks.dataset import diff_versions
from safety_tasks.ingest.versions import write_version
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Box, Picture
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest


def written(store: LocalStore, *pictures: Picture, batch: str = "b") -> DatasetVersion:
    """Write a version of some pictures, without a parent."""
    return write_version(
        store,
        None,
        pictures,
        (),
        classes=CLASSES,
        batches=(batch,),
        synthetic=False,
        backgrounds_declared=False,
        signatures=(),
    )


def test_the_same_twice_differs_in_nothing(plant: Any) -> None:
    """A version and itself: no change, no example."""
    found = diff_versions(plant.store, plant.first, plant.first)
    assert (found.added, found.removed, found.moved, found.relabelled) == ({}, {}, (), 0)
    assert not found.holdout_changed
    assert (found.hazards, set(found.examples.values())) == ((), {()})


def test_what_ingest_did(plant: Any) -> None:
    """Two batches later: what came by split, the label that was mended, the batches that did it."""
    found = diff_versions(plant.store, plant.first, plant.third)
    assert found.added == {"train": 2, "reserve": 1}
    assert (found.removed, found.moved, found.relabelled) == ({}, (), 1)
    assert found.batches_added == ("second", "third")
    assert not found.holdout_changed
    old = {row.sha256 for row in read_manifest(plant.store, plant.first)}
    assert set(found.examples["added"]).isdisjoint(old)
    assert set(found.examples["relabelled"]) <= old
    smoke = next(each for each in found.hazards if (each.split, each.hazard) == ("train", "smoke"))
    assert (smoke.before.boxes, smoke.after.boxes) == (10, 11)


def test_backwards_is_the_mirror(plant: Any) -> None:
    """From the newer to the older what came is what went."""
    there = diff_versions(plant.store, plant.first, plant.third)
    back = diff_versions(plant.store, plant.third, plant.first)
    assert (back.removed, back.added) == (there.added, there.removed)
    assert back.batches_removed == there.batches_added
    assert back.examples["removed"] == there.examples["added"]


def test_moves_renames_and_limits(local_store: LocalStore) -> None:
    """Moves are counted by both splits, renamed scenes apart; examples are as many as asked for."""
    rows = [picture(name, f"s-{name}", "train") for name in "abcdef"]
    older = written(local_store, *rows)
    label = (Box(class_id=1, x_center=0.5, y_center=0.5, width=0.1, height=0.1),)
    newer = written(
        local_store,
        rows[0].model_copy(update={"split": "holdout"}),
        rows[1].model_copy(update={"split": "holdout"}),
        rows[2].model_copy(update={"split": "val"}),
        rows[3].model_copy(update={"scene": "other"}),
        picture("e", "s-e", "train", boxes=label),
        batch="c",
    )
    found = diff_versions(local_store, older, newer, examples=1)
    moves = {(each.before, each.after): each.pictures for each in found.moved}
    assert moves == {("train", "holdout"): 2, ("train", "val"): 1}
    assert (found.removed, found.renamed_scenes, found.relabelled) == ({"train": 1}, 1, 1)
    assert found.holdout_changed
    assert [len(names) for names in found.examples.values()] == [0, 1, 1, 1]
