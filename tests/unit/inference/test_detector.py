"""A detector reports boxes in the picture's own pixels, picture by picture, or the tree's error."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.failing_models import failing_from_grey, infinite
from support.tiny_yolo import IMGSZ_PX, tiny_graph
from support.toy_detectors import EVERY_HAZARD, with_thresholds
from toy_models import CLASSES, strong_model, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.letterbox import letterbox, to_blob
from safety_tasks.inference.model_metadata import META_LAYOUT, META_VARIANT, with_metadata

CHECKOUT = Path(__file__).resolve().parents[3]
HEAVY = ("torch", "ultralytics", "pandas", "pyarrow", "matplotlib", "airflow", "boto3", "botocore")


@given(st.integers(0, 15), st.integers(1, 5), st.integers(0, 2))
def test_boxes_are_in_pixels_of_the_picture(position: int, factor: int, class_id: int) -> None:
    """The same scene in a larger picture gives the same box, as much larger."""
    side = 64 * factor
    (found,) = Detector(strong_model(), what="m").detect(
        toy_picture([(class_id, position)], side_px=side), 0.5
    )
    cell = side / 4
    left, top = position % 4 * cell, position // 4 * cell
    assert found.class_id == class_id
    assert found.box_xyxy == pytest.approx((left, top, left + cell, top + cell), abs=0.01 * factor)


def test_wide_pictures_map_back_too() -> None:
    """A picture twice as wide as high lies in the square's middle rows."""
    picture = np.full((64, 128, 3), 114, np.uint8)
    picture[0:32, 32:64] = (0, 0, 255)
    (found,) = Detector(strong_model(), what="m").detect(picture, 0.5)
    assert found.box_xyxy == pytest.approx((32, 0, 64, 32), abs=0.1)


def test_each_picture_is_taken_when_its_answer_is_asked_for() -> None:
    """A stream that never ends is read picture by picture, never ahead."""
    taken: list[int] = []

    def stream() -> Iterator[npt.NDArray[np.uint8]]:
        for number in itertools.count():
            taken.append(number)
            yield toy_picture([(number % 3, number % 16)])

    answers = Detector(strong_model(), what="m").detect_each(stream())
    assert taken == []
    for number in range(5):
        (found,) = next(answers)
        assert found.class_id == number % 3
        assert taken == list(range(number + 1))


def test_each_of_no_picture_is_nothing() -> None:
    """An empty batch has no answers; a batch has those of its pictures, at the wished score."""
    detector = Detector(with_thresholds(**dict.fromkeys(CLASSES, 0.7)), what="m")
    assert list(detector.detect_each([])) == []
    batch = [EVERY_HAZARD, toy_picture([]), EVERY_HAZARD]
    for wished in (None, 0.01):
        wanted = [detector.detect(picture, wished) for picture in batch]
        assert list(detector.detect_each(batch, wished)) == wanted
    assert [len(found) for found in detector.detect_each(batch)] == [1, 0, 1]
    assert [len(found) for found in detector.detect_each(batch, 0.01)] == [3, 0, 3]


def test_the_raw_output_of_a_reference() -> None:
    """The graph's own answer to a blob, decoded, is what the detector finds."""
    detector = Detector(strong_model(), what="m")
    picture = toy_picture([(0, 3), (2, 9)])
    raw = detector.run_raw(to_blob(letterbox(picture, 64)[0]))
    assert (raw.shape, raw.dtype) == ((1, 7, 16), np.float32)
    assert raw[0, 4:].max(axis=0).round(3).nonzero()[0].tolist() == [3, 9]
    assert detector.variant == "reference"


@pytest.mark.slow
def test_an_edge_variant_has_no_raw_output() -> None:
    """It is fed and read otherwise; who compares raw outputs learns which variant this is."""
    graph = cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny")
    more = {META_LAYOUT: "edge", META_VARIANT: "edge-fp32"}
    detector = Detector(with_metadata(graph, CLASSES, IMGSZ_PX, more), what="run 7")
    assert (detector.variant, detector.imgsz_px, detector.thresholds) == ("edge-fp32", 64, None)
    expected = "run 7: expected a reference model, found variant edge-fp32"
    with pytest.raises(ArtifactError, match=expected):
        detector.run_raw(np.zeros((1, 3, 64, 64), np.float32))


def test_a_model_that_fails_while_running_is_an_artifact_error() -> None:
    """A frame on which the runtime fails raises the tree's error, so that callers can go on."""
    detector = Detector(failing_from_grey(), what="m")
    with pytest.raises(ArtifactError, match="m: expected the model to run"):
        detector.detect(np.full((64, 64, 3), 255, np.uint8))


def test_boxes_that_are_no_numbers_are_an_artifact_error() -> None:
    """Finite weights may still give an infinite box; it is refused, not drawn."""
    detector = Detector(infinite(), what="m")
    with pytest.raises(ArtifactError, match="m: expected finite"):
        detector.detect(toy_picture([(0, 0)]))


def test_a_device_imports_nothing_heavy() -> None:
    """A fresh process that detects has neither the training framework nor tables, charts, Airflow or a cloud in it."""
    code = (
        "import sys, safety_tasks.inference.detector, safety_tasks.inference.hot_swap, "
        "safety_tasks.inference.pictures, safety_tasks.inference.fingerprint; "
        "print(*sorted(name.partition('.')[0] for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    imported = set(done.stdout.split())
    assert {"onnxruntime", "cv2", "safety_tasks"} <= imported
    assert not imported.intersection(HEAVY)
