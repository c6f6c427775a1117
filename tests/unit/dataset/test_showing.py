"""What a version and its holdout show."""

from typing import Any

from safety_tasks.dataset import show_holdout, show_version
from safety_tasks.ingest import extend_holdout
from safety_tasks.store.manifests import read_manifest


def test_a_version(plant: Any) -> None:
    """Splits, kinds, sites, ledger and lineage are those that ingest wrote."""
    view = show_version(plant.store, plant.third)
    assert view.splits == plant.third.splits
    assert (view.kinds, view.sites) == ({"labelled": 19}, {"hall": 16, "yard": 3})
    counted = {(row.rule, row.action): row.rows for row in view.ledger}
    assert counted == {("holdout_is_frozen", "reserved"): 1, ("label_replaced", "changed"): 1}
    assert view.lineage == tuple(
        version.version_id for version in (plant.third, plant.second, plant.first)
    )
    assert (view.scenes, view.sign_off, view.is_current, view.validation) == (
        None,
        None,
        False,
        "none",
    )


def test_scenes(plant: Any) -> None:
    """Each scene counts its pictures by split and its boxes by hazard, as the manifest has them."""
    scenes = show_version(plant.store, plant.third, with_scenes=True).scenes
    assert scenes is not None
    rows = read_manifest(plant.store, plant.third)
    assert {line.scene for line in scenes} == {row.scene for row in rows}
    for line in scenes:
        mine = [row for row in rows if row.scene == line.scene]
        assert sum(line.pictures.values()) == len(mine)
        boxes = [plant.third.classes[box.class_id] for row in mine for box in row.boxes]
        assert line.boxes == {name: boxes.count(name) for name in plant.third.classes}


def test_the_holdout_and_who_signed(plant: Any) -> None:
    """Unsigned at first; after two extensions both signatures are there, the newest first; what waits is named."""
    before = show_holdout(plant.store, plant.third)
    assert before.sign_offs == ()
    (waiting,) = before.waiting
    assert waiting.pictures == {"holdout": 2, "reserve": 1}
    once, _ = extend_holdout(
        plant.store, plant.third, [waiting.scene], approved_by="Kim", why="late pictures"
    )
    twice, _ = extend_holdout(plant.store, once, ["scene-8"], approved_by="Lee", why="new hall")
    after = show_holdout(plant.store, twice)
    assert [each.approved_by for each in after.sign_offs] == ["Lee", "Kim"]
    assert after.waiting == ()
    assert (before.summary.pictures, after.summary.pictures) == (2, 5)
    assert show_version(plant.store, twice).sign_off == after.sign_offs[0]
