"""The toy detectors keep the reference model's form, and what they find depends on the picture."""

import numpy as np
import pytest
from toy_models import (
    CLASSES,
    strong_model,
    toy_boxes,
    toy_graph,
    toy_model,
    toy_picture,
    weak_model,
)

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_checks import check_model


def test_an_empty_picture_has_no_detections() -> None:
    """Plain grey is no hazard, whatever its shade."""
    detector = Detector(strong_model(), what="toy")
    for grey in (0, 114, 255):
        assert detector.detect(toy_picture([], grey=grey), 0.01) == ()


@pytest.mark.parametrize("position", range(16))
@pytest.mark.parametrize("class_id", range(3))
def test_each_hazard_is_found_in_each_cell(class_id: int, position: int) -> None:
    """A cell of a hazard's colour gives that hazard there, and nothing else."""
    detector = Detector(strong_model(), what="toy")
    (found,) = detector.detect(toy_picture([(class_id, position)]), 0.25)
    (label,) = toy_boxes([(class_id, position)])
    assert found.class_id == label.class_id
    assert found.score == pytest.approx(1.0, abs=1e-4)
    middle = [(found.box_xyxy[i] + found.box_xyxy[i + 2]) / 2 for i in (0, 1)]
    assert middle == pytest.approx([label.x_center * 64, label.y_center * 64])
    assert found.box_xyxy[2] - found.box_xyxy[0] == pytest.approx(label.width * 64)


def test_the_weak_model_finds_small_boxes_with_low_scores() -> None:
    """The weak model sees the same place, but its box covers a quarter of it."""
    (found,) = Detector(weak_model(), what="toy").detect(toy_picture([(1, 5)]), 0.25)
    assert found.score == pytest.approx(0.6, abs=1e-4)
    assert np.subtract(found.box_xyxy[2:], found.box_xyxy[:2]) == pytest.approx([8.0, 8.0])


@pytest.mark.parametrize("imgsz_px", [64, 128])
def test_the_form_is_the_reference_models(imgsz_px: int) -> None:
    """It passes the model checks and has one input, one output and the metadata."""
    graph = check_model(toy_model(imgsz_px=imgsz_px), what="toy")
    shapes = [
        [d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (graph.graph.input[0], graph.graph.output[0])
    ]
    assert shapes == [[1, 3, imgsz_px, imgsz_px], [1, 4 + len(CLASSES), 16]]
    keys = {entry.key for entry in graph.metadata_props}
    assert keys == {"safety.classes", "safety.classes_sha256", "safety.imgsz_px"}


def test_equal_choices_give_equal_bytes() -> None:
    """The file is a function of the choices, so that its digest is one too."""
    assert toy_model() == strong_model() == toy_graph().SerializeToString()
    assert strong_model() != weak_model()
