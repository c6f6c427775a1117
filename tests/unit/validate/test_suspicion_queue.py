"""The review queue finds planted errors first, names the split of each, and never touches the dataset."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from support.made_versions import made_picture, write_version
from support.toy_runs import publish_toy
from support.watched_store import WatchedStore
from toy_models import CLASSES, png, toy_boxes, toy_model, toy_picture

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.dataset import DatasetVersion, Tombstone
from safety_tasks.records.picture import Box, Picture, Split
from safety_tasks.records.review import DoubtKind, LabelReview
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import tombstone_key
from safety_tasks.validate.suspicion_queue import NO_CHAMPION, review_labels

HAZARDS = ((0, 0), (1, 5), (2, 10))
SPLITS: tuple[Split, ...] = ("train", "train", "val", "holdout", "train", "holdout")


def stored(store: ObjectStore, number: int, split: Split = "train", **changes: Any) -> Picture:
    """Store a drawn picture with a hazard of each class; its labels are right unless changed."""
    payload = png(toy_picture(HAZARDS, grey=100 + number))
    values = {
        "sha256": sha256_bytes(payload),
        "extension": "png",
        "width_px": 64,
        "height_px": 64,
        "boxes": toy_boxes(HAZARDS),
    } | changes
    picture = made_picture(number, split, **values)
    store.put(picture.key, payload)
    return picture


def moved(box: Box, **changes: float | int) -> Box:
    """Return a box with a field changed."""
    return Box.model_validate(box.model_dump() | changes)


def planted(store: ObjectStore) -> list[Picture]:
    """Store six pictures: one label swapped, one shifted, one deleted, the others right."""
    smoke, fire, person = toy_boxes(HAZARDS)
    wrong = {
        1: (moved(smoke, class_id=2), fire, person),
        2: (smoke, moved(fire, x_center=fire.x_center + 0.125), person),
        3: (smoke, fire),
    }
    return [
        stored(store, number, split, **({"boxes": wrong[number]} if number in wrong else {}))
        for number, split in enumerate(SPLITS)
    ]


def made(store: ObjectStore, pictures: Sequence[Picture]) -> DatasetVersion:
    """Write a version and let a perfect predictor be the champion."""
    version = write_version(store, pictures)
    publish_toy(store, version, "perfect")
    return version


def rows_of(store: ObjectStore, review: LabelReview) -> list[dict[str, str]]:
    """Return the queue as a spreadsheet reads it."""
    assert review.queue is not None
    text = store.get(review.queue.key).payload.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_without_a_champion_there_is_nothing_to_compare_with(local_store: LocalStore) -> None:
    """Before the first release the answer is an empty review, not an error."""
    version = write_version(local_store, planted(local_store))
    before = list(local_store.keys(""))
    review = review_labels(local_store, version)
    assert (review.problem, review.queue, review.model_sha256) == (NO_CHAMPION, None, None)
    assert list(local_store.keys("")) == before


def test_planted_errors_come_first(local_store: LocalStore) -> None:
    """A swapped class, a shifted box and a deleted box are the queue, each with its kind, split and boxes."""
    pictures = planted(local_store)
    version = made(local_store, pictures)
    review = review_labels(local_store, version)
    rows = rows_of(local_store, review)
    assert review.counts == dict.fromkeys(DoubtKind, 1)
    assert (review.pictures, review.left) == (len(pictures), 0)
    found = {row["picture_sha256"]: (row["kind"], row["hazard"], row["split"]) for row in rows}
    assert found == {
        pictures[1].sha256: ("swapped", "person_down", "train"),
        pictures[2].sha256: ("badly_located", "fire", "val"),
        pictures[3].sha256: ("overlooked", "person_down", "holdout"),
    }
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    missed = next(row for row in rows if row["kind"] == "overlooked")
    assert missed["label_says"] == "nothing"
    assert missed["model_says"] == "person_down 1.000 at 0.5000 0.5000 0.7500 0.7500"
    assert missed["box_xyxy"] == "0.5000 0.5000 0.7500 0.7500"
    assert LabelReview.from_json_bytes(review.to_json_bytes(), what="review") == review
    assert [doubt.picture_sha256 for doubt in review.worst] == [
        row["picture_sha256"] for row in rows
    ]


def test_nothing_is_dropped(tmp_path: Any) -> None:
    """A review writes its own pages and the predictions, and deletes nothing."""
    store = WatchedStore(tmp_path / "store")
    version = made(store, planted(store))
    store.written.clear()
    review_labels(store, version)
    own = (f"{version.prefix}/review/", "dataset/predictions/")
    assert store.written
    assert all(key.startswith(own) for key in store.written)
    assert store.deleted == []


def test_a_second_review_looks_at_no_picture_again(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions are kept by model and picture: the same review comes back without the model running."""
    store = LocalStore(tmp_path / "store")
    pictures = planted(store)
    version = made(store, pictures)
    first = review_labels(store, version)
    looked: list[int] = []
    run = "safety_tasks.inference.detector.Detector.run_raw"
    monkeypatch.setattr(run, lambda *_: pytest.fail("the model ran again"))
    assert review_labels(store, version, progress=lambda done, total: looked.append(done)) == first
    assert looked == []
    monkeypatch.undo()
    grown = write_version(store, [*pictures, stored(store, 7)], version)
    review_labels(store, grown, progress=lambda done, total: looked.append(total))
    assert looked == [1]


def test_a_review_may_stop_early_and_go_on(local_store: LocalStore) -> None:
    """What one call does not reach waits for the next, and that is said."""
    version = made(local_store, planted(local_store))
    lefts = [review_labels(local_store, version, most_new=4).left for _ in range(2)]
    assert lefts == [2, 0]


@pytest.mark.parametrize(("limit", "rows", "sheets"), [(0, 0, 0), (2, 2, 1), (25, 25, 2)])
def test_the_queue_has_its_limit(
    local_store: LocalStore, limit: int, rows: int, sheets: int
) -> None:
    """The worst are listed and drawn; the counts are of all; sheets of a longer queue before are gone."""
    pictures = [stored(local_store, number, boxes=()) for number in range(10)]
    version = made(local_store, [*pictures, stored(local_store, 11, "val")])
    review_labels(local_store, version)
    review = review_labels(local_store, version, limit=limit)
    assert len(rows_of(local_store, review)) == rows
    assert review.counts[DoubtKind.OVERLOOKED] == 30
    keys = [key for key in local_store.keys(version.prefix) if "/sheet-" in key]
    assert keys == [sheet.key for sheet in review.sheets]
    assert len(keys) == sheets


def test_a_sheet_shows_label_and_model(local_store: LocalStore) -> None:
    """Each doubt has a tile, and the sheet is a picture."""
    review = review_labels(local_store, made(local_store, planted(local_store)))
    (sheet,) = review.sheets
    picture = decode_picture(local_store.get(sheet.key).payload, what=sheet.key)
    assert sheet.key.endswith(f"/review/{str(review.model_sha256)[:12]}/sheet-01.jpg")
    assert picture.shape[1] > 3 * 320


def test_a_purged_picture_is_passed_over_and_counted(local_store: LocalStore) -> None:
    """A picture without bytes cannot be compared; once compared, it keeps a grey tile."""
    pictures = planted(local_store)
    version = made(local_store, pictures)
    seen = review_labels(local_store, version)
    gone = pictures[3]
    local_store.delete(gone.key)
    grave = Tombstone(
        picture_sha256=gone.sha256,
        size_bytes=1,
        purged_by="a",
        why="asked",
        at="2026-01-01",
        versions=(),
        runs=(),
        releases=(),
    )
    local_store.put(tombstone_key(gone.sha256), grave.to_json_bytes())
    again = review_labels(local_store, version)
    assert again.queue == seen.queue
    assert again.sheets != seen.sheets
    for key in tuple(local_store.keys("dataset/predictions/")):
        local_store.delete(key)
    anew = review_labels(local_store, version)
    assert (anew.purged, anew.left, anew.counts[DoubtKind.OVERLOOKED]) == (1, 0, 0)


def test_a_champion_that_does_not_prove_is_not_asked(local_store: LocalStore) -> None:
    """A forged model's opinion is worth nothing: the review says so and goes no further."""
    version = made(local_store, planted(local_store))
    local_store.put(pointer_key("stable"), b"{}")
    review = review_labels(local_store, version)
    assert review.problem.startswith("The champion cannot be asked:")
    assert review.queue is None


def test_a_champion_of_other_classes_is_not_asked(local_store: LocalStore) -> None:
    """With another class map it would call fire smoke."""
    publish_toy(local_store, write_version(local_store, [stored(local_store, 1, "val")]), "old")
    classes = ("fire", "smoke", "person_down")
    version = write_version(local_store, [stored(local_store, 2)], classes=classes)
    assert "expected classes that begin with" in review_labels(local_store, version).problem


def test_a_champion_of_fewer_classes_speaks_of_those(local_store: LocalStore) -> None:
    """Labels of a class that the champion never learnt are not called swapped."""
    publish_toy(local_store, write_version(local_store, [stored(local_store, 1, "val")]), "old")
    smoke, fire, person = toy_boxes(HAZARDS)
    leak = moved(smoke, class_id=3)
    version = write_version(
        local_store,
        [stored(local_store, 2, boxes=(leak, fire, person))],
        classes=(*CLASSES, "leak"),
    )
    review = review_labels(local_store, version)
    assert review.counts[DoubtKind.OVERLOOKED] == sum(review.counts.values()) == 1


def test_detections_under_the_operating_threshold_are_not_heard(local_store: LocalStore) -> None:
    """What would raise no alarm doubts no label."""
    pictures = [stored(local_store, 1, boxes=()), stored(local_store, 2, "val")]
    version = write_version(local_store, pictures)
    publish_toy(local_store, version, "unsure", toy_model(gains=(0.6,) * 3), threshold=0.7)
    assert sum(review_labels(local_store, version).counts.values()) == 0


def test_hostile_names_stay_in_their_cell(local_store: LocalStore) -> None:
    """Quotes, commas and formulas of a name are read back as one quoted cell."""
    name = '=HYPERLINK("http://x","y")\n,z.png'
    wrong = stored(local_store, 1, "val", boxes=(), file=name, scene="@s")
    review = review_labels(local_store, made(local_store, [wrong]))
    rows = rows_of(local_store, review)
    assert {row["file"] for row in rows} == {f"'{name}".replace("\n", " ")}
    assert {row["scene"] for row in rows} == {"'@s"}
