"""INT8 beside the reference on pictures that nobody trained on, with toy models whose agreement is known."""

from collections import Counter
from pathlib import Path

import pytest
from support.made_variants import X86, made_variant
from support.scored import right, wrong
from support.toy_runs import toy_dataset, toy_export
from toy_models import CLASSES, png, strong_model, toy_boxes, toy_model, toy_picture

from benchmarks import int8_agreement
from benchmarks.edge_timing import Ways
from benchmarks.result import NoResult
from benchmarks.trained_model import SharedModel
from benchmarks.unseen_detections import require_detections, unseen_pictures
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest

HALF = [0.5, 0.5, 0.5]


def drawn(store: LocalStore, row: Picture, number: int, split: str) -> Picture:
    """Store a picture of all three hazards."""
    hazards = [(class_id, (5 * class_id + number) % 16) for class_id in range(3)]
    pixels = toy_picture(hazards)
    pixels[0, 0] = (number, number, number)  # so that no two are the same
    payload = png(pixels)
    changes = {"sha256": sha256_bytes(payload), "split": split, "boxes": toy_boxes(hazards)}
    picture = row.model_copy(update=changes | {"scene": f"{split}-{number}"})
    store.put(picture.key, payload)
    return picture


def shared(store: LocalStore, int8: bytes, *, val: int, holdout: int) -> SharedModel:
    """Share the strong model with an INT8 variant, over so many pictures of val and holdout, and some of train."""
    version = toy_dataset(store)
    row = read_manifest(store, version)[0]
    counts = {"train": 3, "val": val, "holdout": holdout}
    rows = []
    for split, count in counts.items():
        rows += [drawn(store, row, len(rows) + n, split) for n in range(count)]
    manifest = put_artifact(store, "many.parquet", encode_manifest(rows))
    model = put_artifact(store, "int8.onnx", int8)
    exported = toy_export(store, version, "r1", strong_model()).model_copy(
        update={
            "variants": (made_variant(X86, model=model),),
            "thresholds": dict.fromkeys(CLASSES, 0.5),
        }
    )
    return SharedModel(store, version.model_copy(update={"manifest": manifest}), exported)


def measure(model: SharedModel, folder: Path, patch: pytest.MonkeyPatch) -> int8_agreement.Result:
    """Run the benchmark on a shared model."""
    patch.setattr(int8_agreement, "ways", lambda folder: Ways(model, ()))
    return int8_agreement.run(folder)


def test_unseen_is_val_and_holdout(local_store: LocalStore, tmp_path: Path) -> None:
    """Pictures of train are not among them; a part of what was found is that of one split."""
    model = shared(local_store, strong_model(), val=2, holdout=3)
    unseen = unseen_pictures(model, tmp_path / "a" / "unseen")
    assert Counter(p.split for p in unseen.pictures) == {"val": 2, "holdout": 3}
    found = unseen.look(lambda picture: (right(0, float(picture[0, 0, 0]) / 255),))
    assert set(found) == {p.sha256 for p in unseen.pictures}
    assert [round(found[p.sha256][0].score * 255) for p in unseen.pictures] == [
        int(unseen.reader.read(p.sha256)[0, 0, 0]) for p in unseen.pictures
    ]
    parts = {split: unseen.part(found, split) for split in ("train", "val", "holdout")}
    assert {split: len(part) for split, part in parts.items()} == {
        "train": 0,
        "val": 2,
        "holdout": 3,
    }
    assert parts["val"] | parts["holdout"] == found


@pytest.mark.parametrize(
    ("each", "enough"),
    [
        ([], False),
        ([right(0, 0.5)] * 199, False),
        ([right(0, 0.5)] * 200, True),
        ([right(0, 0.49)] * 300, False),
        ([right(0, 0.9)] * 200 + [wrong(0.9, 1)] * 29, False),
        ([right(0, 0.9)] * 170 + [wrong(0.9, 1)] * 30, True),
    ],
)
def test_detections_count_at_the_thresholds(each: list, enough: bool) -> None:
    """Under 200 in all, or under 30 of a hazard that is detected at all, is too little; fainter ones do not count."""
    found = {"a": tuple(each[::2]), "b": tuple(each[1::2])}
    if enough:
        require_detections("x", found, CLASSES, HALF)
        return
    with pytest.raises(NoResult, match="x: expected at least 200 detections"):
        require_detections("x", found, CLASSES, HALF)


def test_equal_models_agree_wholly(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing differs: the share is 0 and passes; what was counted stands beside it."""
    model = shared(local_store, strong_model(), val=30, holdout=37)
    result = measure(model, tmp_path, monkeypatch)
    assert (result.name, result.ratio, result.bar, result.passes) == (
        "int8_agreement",
        0,
        0.03,
        True,
    )
    assert result.extra == {
        "pictures": 67,
        "reference_detections": 201,
        "int8_detections": 201,
        "matched": 201,
        "val_f1": 1.0,
        "val_reference_detections": 90,
        "holdout_f1": 1.0,
        "holdout_reference_detections": 111,
    }


def test_what_one_does_not_see_is_a_share(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blind to fire it finds two of three: F1 is 0.8, the share that differs 0.2, and the bar is missed."""
    model = shared(local_store, toy_model(gains=(1, 0, 1)), val=34, holdout=33)
    result = measure(model, tmp_path, monkeypatch)
    assert (result.ratio, result.passes) == (0.2, False)
    assert (result.extra["int8_detections"], result.extra["matched"]) == (134, 134)
    assert (result.extra["val_f1"], result.extra["holdout_f1"]) == (0.8, 0.8)


def test_faint_detections_do_not_count(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both at the operating thresholds that were chosen for the export, each hazard at its own."""
    model = shared(local_store, toy_model(gains=(1, 0.45, 1)), val=34, holdout=33)
    assert measure(model, tmp_path, monkeypatch).ratio == 0.2
    lower = {"smoke": 0.5, "fire": 0.4, "person_down": 0.5}
    exported = model.exported.model_copy(update={"thresholds": lower})
    lowered = SharedModel(model.store, model.version, exported)
    assert measure(lowered, tmp_path / "lower", monkeypatch).ratio == 0


def test_too_little_is_no_result(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of few pictures nothing is claimed, however well they agree."""
    model = shared(local_store, strong_model(), val=30, holdout=30)
    with pytest.raises(NoResult, match="int8_agreement: expected at least 200 detections"):
        measure(model, tmp_path, monkeypatch)
