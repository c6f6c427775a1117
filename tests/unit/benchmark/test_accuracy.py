"""Accuracy of toy models on drawn pictures, where the right answer is known."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.toy_runs import hazards_of
from toy_models import png, strong_model, toy_boxes, toy_model, toy_picture, weak_model

from safety_tasks.benchmark.accuracy import measure_accuracy
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import Support
from safety_tasks.records.picture import Box, Picture, label_text
from safety_tasks.scoring.accuracy import Accuracy


def drawn(folder: Path, index: int, hazards: list[tuple[int, int]]) -> tuple[Picture, Path]:
    """Draw a picture into a folder."""
    payload = png(toy_picture(hazards, grey=100 + index))
    path, boxes = folder / f"{index}.png", toy_boxes(hazards)
    path.write_bytes(payload)
    picture = Picture(
        sha256=sha256_bytes(payload),
        extension="png",
        width_px=64,
        height_px=64,
        brightness=100.0 + index,
        sharpness=50.0,
        label_sha256=sha256_bytes(label_text(boxes).encode()),
        file=path.name,
        batch_id="b",
        kind=BatchKind.LABELLED,
        site="unknown",
        camera=None,
        scene=f"scene-{index}",
        split="holdout",
        boxes=boxes,
    )
    return picture, path


def measure(
    folder: Path,
    model: bytes,
    val: list[list[tuple[int, int]]],
    holdout: list[list[tuple[int, int]]],
) -> tuple[Accuracy, list[tuple[int, int]]]:
    """Measure a model on drawn pictures; also give the calls of progress."""
    every = [drawn(folder, index, hazards) for index, hazards in enumerate([*val, *holdout])]
    pictures = [picture for picture, _ in every]
    calls: list[tuple[int, int]] = []
    accuracy = measure_accuracy(
        Detector(model, what="toy"),
        pictures[: len(val)],
        pictures[len(val) :],
        PictureReader({picture.sha256: path for picture, path in every}),
        lambda done, total: calls.append((done, total)),
    )
    return accuracy, calls


ALL = [hazards_of(index) for index in range(4)]


def test_the_strong_model_is_perfect(tmp_path: Path) -> None:
    """Every hazard is found exactly, at thresholds that val gave."""
    accuracy, calls = measure(tmp_path, strong_model(), ALL[:2], ALL[2:])
    for score in accuracy.hazards.values():
        assert (score.ap50, score.ap50_95) == (pytest.approx(1), pytest.approx(1))
        assert (score.recall, score.precision) == (1, 1)
        assert score.support == Support(pictures=2, boxes=2, scenes=2)
    assert (accuracy.precision.map50, accuracy.precision.map50_95) == (
        pytest.approx(1),
        pytest.approx(1),
    )
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_weak_model_finds_nothing_right(tmp_path: Path) -> None:
    """Boxes of a quarter of the label match nothing."""
    accuracy, _ = measure(tmp_path, weak_model(), ALL[:2], ALL[2:])
    assert {s.ap50 for s in accuracy.hazards.values()} == {0}
    assert {s.recall for s in accuracy.hazards.values()} == {0}
    assert accuracy.precision.map50 == 0


def test_hazards_are_measured_apart(tmp_path: Path) -> None:
    """A model that is blind to one hazard fails on that one only."""
    accuracy, _ = measure(tmp_path, toy_model(gains=(1, 0, 1)), ALL[:2], ALL[2:])
    assert accuracy.hazards["fire"].ap50 == 0
    assert accuracy.hazards["smoke"].ap50 == pytest.approx(1)
    assert accuracy.precision.map50 == pytest.approx(2 / 3)


def test_thresholds_come_from_val_only(tmp_path: Path) -> None:
    """Fainter hazards in the holdout do not pull the threshold down; they are missed."""
    model = toy_model(gains=(0.8, 0.8, 0.8))
    accuracy, _ = measure(tmp_path, model, ALL[:2], ALL[2:])
    # The middle, in logits, of the gap from the lowest threshold to val's scores of 0.8.
    assert accuracy.hazards["smoke"].threshold == pytest.approx(0.3145, abs=1e-3)
    blank, _ = measure(tmp_path, model, [], ALL[2:])
    assert blank.hazards["smoke"].threshold == 0.25


def test_without_labels_nothing_is_measured(tmp_path: Path) -> None:
    """A holdout of backgrounds has no AP and no recall: None, not zero."""
    accuracy, _ = measure(tmp_path, strong_model(), ALL[:2], [[]])
    for score in accuracy.hazards.values():
        assert (score.ap50, score.recall, score.precision) == (None, None, None)
        assert score.support == Support(pictures=0, boxes=0, scenes=0)
    assert accuracy.precision.map50 is None


def test_a_picture_that_does_not_decode_stops_the_measurement(tmp_path: Path) -> None:
    """A holdout picture is never left out of the count in silence."""
    picture, path = drawn(tmp_path, 0, ALL[0])
    path.write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"0\.png"):
        measure_accuracy(
            Detector(strong_model(), what="toy"),
            [],
            [picture],
            PictureReader({picture.sha256: path}),
            lambda done, total: None,
        )


def test_a_camera_held_upright_is_measured_in_its_own_pixels(tmp_path: Path) -> None:
    """A picture stored lying with an EXIF turn is scored in the size that the detector sees."""
    upright = np.full((128, 64, 3), 114, np.uint8)
    upright[96:128, 0:32] = (255, 0, 0)  # RGB: smoke in the lower left corner
    exif, stream = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(upright)).save(stream, "JPEG", exif=exif, quality=95)
    label = Box(class_id=0, x_center=0.25, y_center=0.875, width=0.5, height=0.25)
    picture, path = drawn(tmp_path, 0, [])
    path.write_bytes(stream.getvalue())
    stored = {"width_px": 128, "height_px": 64, "boxes": (label,)}
    accuracy = measure_accuracy(
        Detector(strong_model(), what="toy"),
        [],
        [picture.model_copy(update=stored)],
        PictureReader({picture.sha256: path}),
        lambda done, total: None,
    )
    assert accuracy.hazards["smoke"].ap50 == pytest.approx(1)
