"""The documents of an evaluation: its numbers, COCO's files as pycocotools scores them, pictures to look at."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from toy_models import BACKGROUND_GREY, CELLS, CLASSES, png, strong_model, toy_boxes, toy_picture

from safety_tasks.benchmark.evaluation.data import EvaluationData, Sample, read_files
from safety_tasks.benchmark.evaluation.files import numbers_of, truth_path, write_detections
from safety_tasks.benchmark.evaluation.pictures import require_new, write_pictures
from safety_tasks.benchmark.evaluation.verb import Evaluation, evaluate
from safety_tasks.errors import ConfigError
from safety_tasks.inference.detector import Detector

PICTURES = 24
LEVELS = (60, 120, 122, 240)  # few, so that many scores are equal, and two nearly are


def patchy(folder: Path, seed: int = 5) -> EvaluationData:
    """Draw pictures of patches of all hazards, of several sizes, with labels near some and apart from others."""
    rng = np.random.default_rng(seed)
    for index in range(PICTURES):
        picture = np.full((CELLS, CELLS, 3), BACKGROUND_GREY, np.uint8)
        lines = []
        for cell in rng.choice(CELLS**2, rng.integers(0, 9), replace=False):
            class_id, (row, column) = int(rng.integers(0, 3)), divmod(int(cell), CELLS)
            picture[row, column] = 0
            picture[row, column, 2 - class_id] = rng.choice(LEVELS)
            if rng.random() < 0.7:
                x, y = (np.array([column, row]) + 0.5) / CELLS + rng.normal(0, 0.02, 2)
                w, h = np.clip(rng.normal(1, 0.2, 2), 0.4, 1.6) / CELLS
                lines.append(f"{class_id} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n")
        side = 64 * int(rng.integers(1, 4))
        large = cv2.resize(picture, (side, side), interpolation=cv2.INTER_NEAREST)
        (folder / f"{index:02d}.png").write_bytes(png(large))
        (folder / f"{index:02d}.txt").write_text("".join(lines))
    return read_files(folder, CLASSES)


def measured(data: EvaluationData, frames: int = 0) -> Evaluation:
    """Measure the strong model."""
    return evaluate(Detector(strong_model(), what="toy"), data, frames=frames)


def by_pycocotools(path: Path) -> tuple[dict[str, tuple[float, float, float]], list[float]]:
    """Return AP50, AP50-95 and AR by hazard, and the summary, as pycocotools scores the files."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(truth_path(path)))
        scored = COCOeval(truth, truth.loadRes(str(path)), "bbox")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    precision, recall = scored.eval["precision"], scored.eval["recall"]
    hazards = {
        category["name"]: (
            precision[0, :, k, 0, 2].mean(),
            precision[:, :, k, 0, 2].mean(),
            recall[:, k, 0, 2].mean(),
        )
        for k, category in enumerate(truth.dataset["categories"])
    }
    return hazards, list(scored.stats)


@pytest.mark.parametrize("seed", [5, 6])
def test_pycocotools_gives_the_same_numbers(tmp_path: Path, seed: int) -> None:
    """AP50, AP50-95 and AR of each hazard and their means are those of the written files, to 1e-8."""
    found = measured(patchy(tmp_path, seed))
    assert write_detections(found, tmp_path / "found.json") == tmp_path / "found.images.json"
    hazards, stats = by_pycocotools(tmp_path / "found.json")
    for name, score in found.accuracy.hazards.items():
        ours = (score.ap50, score.ap50_95, score.ar)
        assert ours == pytest.approx(hazards[name], abs=1e-8)
        assert score.ap50 is not None
        assert 0.05 < score.ap50 < 0.95
    numbers = numbers_of(found)
    means = (numbers["map50_95"], numbers["map50"], numbers["ar"])
    assert means == pytest.approx((stats[0], stats[1], stats[8]), abs=1e-8)


def test_files_of_coco_name_what_was_measured(tmp_path: Path) -> None:
    """Results are a plain list, pictures have their file names and sizes, and an unreadable one is in neither file."""
    data = patchy(tmp_path)
    data.samples[0].path.write_bytes(b"")
    found = measured(data)
    write_detections(found, tmp_path / "found.json")
    results = json.loads((tmp_path / "found.json").read_text())
    assert set(results[0]) == {"image_id", "category_id", "bbox", "score"}
    truth = json.loads((tmp_path / "found.images.json").read_text())
    names = [image["file_name"] for image in truth["images"]]
    assert names == [f"{index:02d}.png" for index in range(1, PICTURES)]
    assert {image["width"] for image in truth["images"]} == {64, 128, 192}
    assert [category["name"] for category in truth["categories"]] == list(CLASSES)
    assert {result["image_id"] for result in results} <= {image["id"] for image in truth["images"]}


def test_the_numbers_as_a_document(tmp_path: Path) -> None:
    """Every number has its place, and JSON takes it."""
    numbers = numbers_of(measured(patchy(tmp_path), frames=9))
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert set(numbers) == {
        *("pictures", "scenes", "hazards", "map50", "map50_95", "ar", "map50_interval"),
        *("map50_95_interval", "latency_ms", "false_alarms", "unreadable", "thresholds_from"),
        "notes",
    }
    assert set(numbers["hazards"]) == set(CLASSES)
    assert set(numbers["hazards"]["fire"]) == {
        *("ap50", "ap50_95", "ar", "recall", "precision", "f1", "best_f1", "threshold"),
        *("support", "ap50_interval", "ap50_95_interval", "recall_interval"),
    }
    times = numbers["latency_ms"]
    assert set(times) == {
        *("p50", "p95", "p99", "mean", "pre", "run", "post", "threads", "frames", "machine")
    }
    assert (times["frames"], times["threads"]) == (9, 1)
    assert (numbers["pictures"], numbers["thresholds_from"]) == (PICTURES, "default")


def test_what_cannot_be_measured_is_null(tmp_path: Path) -> None:
    """No labels, no scenes and no frames give null, not zero; scenes that nobody knows are not counted as one."""
    (tmp_path / "a.png").write_bytes(png(toy_picture([])))
    (tmp_path / "a.txt").touch()
    numbers = numbers_of(measured(read_files(tmp_path, CLASSES)))
    blank: Any = [numbers[name] for name in ("scenes", "map50", "map50_95", "ar", "latency_ms")]
    assert blank == [None] * 5
    fire = numbers["hazards"]["fire"]
    names = ("ap50", "ap50_95", "ar", "recall", "precision", "f1", "best_f1")
    assert [fire[name] for name in names] == [None] * 7
    assert fire["support"] == {"pictures": 0, "boxes": 0, "scenes": None}
    assert numbers["false_alarms"]["per_1000"] == 0


def told(folder: Path) -> EvaluationData:
    """Draw a hit, a miss and a false alarm of fire, whose file name no file system likes."""
    samples = []
    for index, (drawn, labelled) in enumerate([([(1, 5)],) * 2, ([], [(1, 9)]), ([(1, 3)], [])]):
        path = folder / f"{index}.png"
        path.write_bytes(png(toy_picture(drawn, side_px=256)))
        samples.append(Sample(path, f"a/b {index}:*.png", toy_boxes(labelled), None))
    return EvaluationData(tuple(samples))


def test_telling_pictures_are_drawn(tmp_path: Path) -> None:
    """The best hit, the miss and the false alarm each get a picture; its label or detection is where it belongs."""
    written = write_pictures(measured(told(tmp_path)), tmp_path / "out")
    assert [path.name for path in written] == [
        "00_best_fire_b-0-.jpg",
        "01_missed_fire_b-1-.jpg",
        "02_false_alarm_fire_b-2-.jpg",
    ]
    assert sorted(written) == sorted((tmp_path / "out").iterdir())
    hit, miss, alarm = (cv2.imread(str(path)) for path in written)
    assert hit is not None
    assert miss is not None
    assert alarm is not None
    label, model = np.array([255, 220, 0]), np.array([40, 120, 255])
    for picture, colour in ((hit, model), (miss, label), (alarm, model)):
        rows, _ = np.nonzero(np.abs(picture.astype(int) - colour).max(axis=2) < 40)
        # A cell of 64 of the 256 pixels, drawn on 720, and the name above it.
        assert 180 - 8 < np.ptp(rows) < 180 + 28


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    """Pictures of two models never mix; a new folder and an empty one are fine."""
    require_new(tmp_path / "new")
    require_new(tmp_path)
    (tmp_path / "old.jpg").touch()
    for place in (tmp_path, tmp_path / "old.jpg"):
        with pytest.raises(ConfigError, match="expected a new or empty folder"):
            require_new(place)
