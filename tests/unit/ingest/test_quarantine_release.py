"""What was set aside is delivered anew: mended, without hazard, or as it was; once, whenever a release is cut."""

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.plant_dataset import CLASSES
from support.set_aside import LENIENT, by_rule, set_aside
from support.watched_store import WatchedStore

from safety_tasks.errors import BatchError
from safety_tasks.ingest import take_in_batch
from safety_tasks.ingest.quarantine import list_items
from safety_tasks.ingest.quarantine_folder import show_quarantine
from safety_tasks.ingest.quarantine_release import release_items
from safety_tasks.ingest.release_notes import ReleasedItems
from safety_tasks.records.batch import BatchInfo, BatchIntake
from safety_tasks.records.picture import Arrival
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.tables import ARRIVAL_SCHEMA, decode_rows


@pytest.fixture(autouse=True)
def _own_work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep scratch to this test."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))


def release(store: ObjectStore, batch_id: str = "messy", **how: Any) -> ReleasedItems:
    """Release as Kim does."""
    return release_items(store, batch_id, LENIENT, CLASSES, **{"released_by": "Kim", **how})


def taken(store: ObjectStore, batch_id: str) -> tuple[BatchIntake, tuple[Arrival, ...]]:
    """Take a batch in, and read its pictures."""
    intake = take_in_batch(store, batch_id, LENIENT, CLASSES)
    payload = get_artifact(store, intake.arrivals)
    return intake, decode_rows(payload, Arrival, ARRIVAL_SCHEMA, what="arrivals")


@pytest.fixture
def messy(tmp_path: Path) -> LocalStore:
    """Give a store with a batch of which four items were set aside."""
    return set_aside(tmp_path / "messy", "mixed")


@pytest.fixture
def mended(messy: LocalStore, tmp_path: Path) -> Path:
    """Mend two of the four items in a folder, and take the others out of it."""
    items = by_rule(messy)
    show_quarantine(messy, "messy", tmp_path / "out", LENIENT, CLASSES)
    for rule in ("missing_label", "unexpected_confidence"):
        (tmp_path / "out" / "labels" / f"{items[rule].item_id}.txt").write_text(
            "1 0.5 0.5 0.2 0.2\n"
        )
    for path in (tmp_path / "out" / "images").iterdir():
        if path.stem not in {items[r].item_id for r in ("missing_label", "unexpected_confidence")}:
            path.unlink()
    return tmp_path / "out"


def test_mended_in_a_folder(messy: LocalStore, mended: Path) -> None:
    """Numbers mean what the delivery's names say; site, cameras and scenes are the first delivery's; Kim labelled."""
    scenes = {"unlabelled.jpg": "s1", '=HYPERLINK("evil").jpg': "s2"}
    items = {item.item_id: item for item in list_items(messy, "messy")}
    note = release(messy, folder=mended, why="drew them")
    assert (note.batch_id, note.released_from, len(note.items)) == ("messy.fix1", "messy", 2)
    intake, arrivals = taken(messy, "messy.fix1")
    assert (intake.delivered, intake.accepted) == (2, 2)
    assert (intake.info.labeller, intake.info.site, intake.info.source) == ("Kim", "hall", "tool")
    for arrival in arrivals:
        assert [CLASSES[box.class_id] for box in arrival.boxes] == ["smoke"]
        item = items[Path(arrival.file).stem]
        assert (arrival.scene, arrival.camera) == (scenes[Path(item.file).name], "gate")
    states = {item.rule: item.released_as for item in list_items(messy, "messy")}
    assert [rule for rule, name in states.items() if name] == [
        "unexpected_confidence",
        "missing_label",
    ]


def test_twice_is_once(messy: LocalStore, mended: Path) -> None:
    """The same call again returns the same release; the items that were left can still be released."""
    first = release(messy, folder=mended)
    keys = list(messy.keys(""))
    assert release(messy, folder=mended, why="again") == first
    assert list(messy.keys("")) == keys
    empty = next(i for i in list_items(messy, "messy") if i.rule == "empty_label_undeclared")
    second = release(messy, item_ids=[empty.item_id], as_background=True)
    assert (second.batch_id, second.items) == ("messy.fix2", (empty.item_id,))
    intake, arrivals = taken(messy, "messy.fix2")
    assert intake.info.kind == "background"
    assert [arrival.boxes for arrival in arrivals] == [()]


@pytest.mark.parametrize("kind", ["yolo", "voc", "coco"])
def test_as_it_was(tmp_path: Path, kind: str) -> None:
    """Where a limit is another one now, items come in as they were, with the same boxes in every format."""
    store = set_aside(tmp_path / "store", kind)
    assert set(by_rule(store)) == {"too_many_boxes"}
    release(store)
    intake, arrivals = taken(store, "messy.fix1")
    assert (intake.format, intake.accepted) == (kind, 2)
    for arrival in arrivals:
        assert [CLASSES[box.class_id] for box in arrival.boxes] == ["fire", "smoke"]
        assert (arrival.boxes[0].x_center, arrival.boxes[0].width) == (0.5, 0.25)
        assert (arrival.site, arrival.camera) == ("hall", "gate")


def empty_label(folder: Path) -> None:
    """Empty the labels."""
    for path in (folder / "labels").iterdir():
        path.write_text("")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: shutil.rmtree(folder / "labels"), "expected the picture's label, found none"),
        (empty_label, "declares no background"),
        (lambda folder: (folder / "data.yaml").unlink(), "expected the names of the class numbers"),
        (lambda folder: (folder / "data.yaml").write_text("names:\n"), "expected 'names:'"),
        (lambda folder: (folder / "images" / "new.jpg").write_bytes(b"x"), "found new"),
        (lambda folder: shutil.rmtree(folder / "images"), "found no folder"),
        (
            lambda folder: [p.unlink() for p in (folder / "images").iterdir()],
            "expected pictures named by items",
        ),
        (
            lambda folder: [p.rename(p.with_suffix(".bin")) for p in (folder / "images").iterdir()],
            "Save it as JPEG or PNG",
        ),
        (
            lambda folder: [
                shutil.copy(p, p.with_suffix(".png")) for p in list((folder / "images").iterdir())
            ],
            "found two",
        ),
    ],
)  # fmt: skip
def test_folders_that_are_not_mended(
    messy: LocalStore, mended: Path, change: Callable[[Path], Any], said: str
) -> None:
    """What ingest would refuse for certain is refused at once, with what to do, and nothing is delivered."""
    change(mended)
    with pytest.raises(BatchError, match=said):
        release(messy, folder=mended)
    assert list(messy.keys("incoming/messy.fix1/")) == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"batch_id": "other"}, "expected items of it, found none"),
        ({"item_ids": ["0" * 16]}, "found 0000"),
        ({"released_by": " "}, "expected who releases"),
        ({"released_by": "x" * 201}, "released_by"),
        ({"as_background": True}, "expected items by name"),
        ({}, "expected a label, found none"),
    ],
)
def test_releases_that_mean_nothing(messy: LocalStore, how: dict[str, Any], said: str) -> None:
    """An unknown batch or item, nobody's name, a whole batch as background, an item without label."""
    items = by_rule(messy)
    if how.get("released_by", "").startswith("x"):
        how = how | {"item_ids": [items["unexpected_confidence"].item_id]}
    with pytest.raises(BatchError, match=said):
        release(messy, **how)
    assert list(messy.keys("quarantine/messy/released/")) == []


def test_without_its_delivery_no_number_is_guessed(tmp_path: Path) -> None:
    """Where the names of a YOLO label are gone it cannot be delivered as it was."""
    store = set_aside(tmp_path / "store", "yolo")
    for key in list(store.keys("incoming/")):
        store.delete(key)
    with pytest.raises(BatchError, match="without class names"):
        release(store)


def test_cut_anywhere_and_called_again(tmp_path: Path) -> None:
    """Whatever write a release dies at, the next call ends with one whole batch and every item marked."""
    ends = []
    for cut in itertools.count():
        set_aside(tmp_path / f"{cut}", "yolo")
        store = WatchedStore(tmp_path / f"{cut}")

        calls = itertools.count()

        def die(key: str, calls: Iterator[int] = calls, cut: int = cut) -> None:
            if next(calls) >= cut:  # and so does every thread after it
                raise KeyboardInterrupt

        store.before_write = die
        try:
            release(store)
            whole = True
        except KeyboardInterrupt:
            whole = False
        store.before_write = lambda key: None
        assert release(store).batch_id == "messy.fix1"
        assert all(item.released_as == "messy.fix1" for item in list_items(store, "messy"))
        keys = [key for key in store.keys("incoming/") if not key.startswith("incoming/messy/")]
        ends.append({key: store.get(key).payload for key in keys})
        if whole:
            break
    assert len(ends) > 8
    assert all(end == ends[-1] for end in ends)


def test_a_cut_release_of_other_items_is_not_mixed_in(tmp_path: Path) -> None:
    """After a cut before the marker another choice of items uses the name, and takes only its own along."""
    set_aside(tmp_path / "store", "yolo")
    store = WatchedStore(tmp_path / "store")
    one, two = (item.item_id for item in list_items(store, "messy"))

    def die(key: str) -> None:
        if key.endswith("_READY"):
            raise KeyboardInterrupt

    store.before_write = die
    with pytest.raises(KeyboardInterrupt):
        release(store, item_ids=[one])
    store.before_write = lambda key: None
    assert release(store, item_ids=[two]).items == (two,)
    assert not any(one in key for key in store.keys("incoming/messy.fix1/"))
    assert release(store, item_ids=[one]).batch_id == "messy.fix2"
    info = BatchInfo.from_json_bytes(store.get("incoming/messy.fix2/batch.json").payload, what="i")
    assert list(info.cameras) == [f"{one}.jpg"]
    assert json.loads(store.get("quarantine/messy/released/messy.fix2.json").payload)["items"] == [
        one
    ]
