"""Each hazard is held to the model's own threshold, unless a caller wishes for a score."""

import numpy as np
import pytest
from onnx import numpy_helper
from support.tiny_yolo import noise_pictures, tiny_yolo
from support.toy_detectors import EVERY_HAZARD, with_thresholds
from toy_models import CLASSES, toy_graph, toy_model, toy_picture

from safety_tasks.inference.detector import DEFAULT_SCORE, Detector, above_thresholds
from safety_tasks.records.release import Detection


def test_each_hazard_has_its_own_threshold() -> None:
    """A detection stays if it reaches the threshold of its hazard; equal is enough."""
    box = (0.0, 0.0, 1.0, 1.0)
    found = tuple(Detection(class_id=i % 3, score=0.5, box_xyxy=box) for i in range(3))
    thresholds = {"smoke": 0.4, "fire": 0.5, "person_down": 0.6}
    assert above_thresholds((), CLASSES, thresholds) == ()
    assert above_thresholds(found, CLASSES, thresholds) == found[:2]


@pytest.mark.parametrize(
    ("thresholds", "found"),
    [
        ((0.95, 0.95, 0.95), []),
        ((0.25, 0.5, 0.5), [1, 2, 0]),
        ((0.35, 0.5, 0.5), [1, 2]),
        ((0.25, 0.5, 0.65), [1, 0]),
        ((0.25, 0.95, 0.65), [0]),
        ((0.05, 0.95, 0.95), [0]),
        ((0.29, 0.89, 0.59), [1, 2, 0]),
    ],
)
def test_without_a_wish_each_hazard_is_held_to_its_threshold(
    thresholds: tuple[float, float, float], found: list[int]
) -> None:
    """The model's own operating thresholds decide, hazard by hazard, also where they lie below another's."""
    payload = with_thresholds(**dict(zip(CLASSES, thresholds, strict=True)))
    detector = Detector(payload, what="m")
    assert detector.thresholds == dict(zip(CLASSES, thresholds, strict=True))
    assert [d.class_id for d in detector.detect(EVERY_HAZARD)] == found
    assert [d.class_id for d in detector.detect(EVERY_HAZARD, None)] == found


@pytest.mark.parametrize(("wished", "found"), [(0.95, []), (0.5, [1, 2]), (0.01, [1, 2, 0])])
def test_a_wished_score_overrules_the_thresholds(wished: float, found: list[int]) -> None:
    """Who asks for a score gets all that reach it, whatever the model would alarm at."""
    detector = Detector(with_thresholds(**dict.fromkeys(CLASSES, 0.7)), what="m")
    assert [d.class_id for d in detector.detect(EVERY_HAZARD, wished)] == found


def test_a_wished_score_of_0_is_a_wish() -> None:
    """All that scores at all is found: 0 is not "no wish"."""
    detector = Detector(with_thresholds(**dict.fromkeys(CLASSES, 0.7)), what="m")
    for wished in (0.0, 0):
        found = detector.detect(EVERY_HAZARD, wished)
        assert [d.class_id for d in found if d.score > 0.01] == [1, 2, 0]


@pytest.mark.parametrize(("gain", "found"), [(0.2, 0), (0.24, 0), (0.26, 1), (0.3, 1)])
def test_a_model_without_thresholds_is_held_to_a_quarter(gain: float, found: int) -> None:
    """A model of other makers has none, and is held to the usual 0.25."""
    detector = Detector(toy_model(gains=(gain,) * 3), what="m")
    assert (detector.thresholds, DEFAULT_SCORE) == (None, 0.25)
    assert len(detector.detect(toy_picture([(0, 3)]))) == found


def test_detections_come_best_first_and_above_the_score() -> None:
    """Fainter hazards come later, and those below the wished score not at all."""
    detector = Detector(toy_model(gains=(0.3, 0.9, 0.6)), what="m")
    picture = toy_picture([(0, 0), (1, 5), (2, 10)])
    assert [d.class_id for d in detector.detect(picture, 0.01)] == [1, 2, 0]
    assert [d.class_id for d in detector.detect(picture)] == [1, 2, 0]
    assert [d.class_id for d in detector.detect(picture, 0.5)] == [1, 2]


def test_a_score_is_never_above_1() -> None:
    """A graph without a sigmoid may answer more; a score is a share, so it is 1."""
    model = toy_graph(gains=(1.5, 0.75, 1.0))
    one = next(tensor for tensor in model.graph.initializer if tensor.name == "one")
    one.CopyFrom(numpy_helper.from_array(np.array(2, np.float32), "one"))
    detector = Detector(model.SerializeToString(), what="m")
    scores = {d.class_id: d.score for d in detector.detect(EVERY_HAZARD)}
    assert scores == pytest.approx({0: 1.0, 1: 0.75, 2: 1.0})
    assert max(scores.values()) <= 1


@pytest.mark.slow
def test_a_real_reference_is_held_to_its_own_thresholds() -> None:
    """The thresholds that an export wrote are those that its detections keep."""
    detector = Detector(tiny_yolo(), what="m")
    assert detector.thresholds == dict.fromkeys(CLASSES, 0.5)
    picture = noise_pictures(1)[0]
    found = detector.detect(picture)
    assert found == detector.detect(picture, 0.5)
    assert 0 < len(found) < len(detector.detect(picture, 0.1))
