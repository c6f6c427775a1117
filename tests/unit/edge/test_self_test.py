"""The self-test: the published detections, no more and no fewer, within its tolerances."""

from collections.abc import Callable

import pytest
from toy_models import CLASSES, png, strong_model, toy_model, toy_picture

from safety_tasks.class_map import class_map_digest
from safety_tasks.edge.self_test import SCORE_TOLERANCE, self_test
from safety_tasks.errors import ArtifactError, BundleRejected, ClassMapError
from safety_tasks.inference.detector import Detector
from safety_tasks.records.base import Artifact
from safety_tasks.records.release import Detection, GoldenPicture, ReleaseDocument

PART = Artifact(key="k", sha256="0" * 64, size_bytes=1)
PICTURE = toy_picture([(0, 0), (1, 5), (2, 15)])
FOUND = Detector(strong_model(), what="m").detect(PICTURE, 0.5)
Change = Callable[[tuple[Detection, ...]], tuple[Detection, ...]]


def document(*golden: tuple[Detection, ...], threshold: float = 0.5) -> ReleaseDocument:
    """Return a release document with golden pictures."""
    return ReleaseDocument(
        release_seq=1,
        run_id="r",
        channel="stable",
        classes=CLASSES,
        classes_sha256=class_map_digest(CLASSES),
        imgsz_px=64,
        thresholds=dict.fromkeys(CLASSES, threshold),
        model=PART,
        golden=tuple(GoldenPicture(picture=PART, detections=found) for found in golden),
        dataset_version="0" * 16,
        gate_report=PART,
        profile="toy",
        synthetic=True,
        published_at="2026-01-01T00:00:00+00:00",
    )


def moved(detection: Detection, by_px: float) -> Detection:
    """Return the detection some pixels to the right."""
    x1, y1, x2, y2 = detection.box_xyxy
    return detection.model_copy(update={"box_xyxy": (x1 + by_px, y1, x2 + by_px, y2)})


def rescored(detection: Detection, by: float) -> Detection:
    """Return the detection with a lower score."""
    return detection.model_copy(update={"score": detection.score - by})


def test_no_golden_picture_is_no_proof() -> None:
    """A release that tests nothing does not pass."""
    with pytest.raises(BundleRejected, match="expected golden pictures"):
        self_test(strong_model(), [], document())


def test_the_published_detections_pass() -> None:
    """The same model on the same pictures passes, one without any hazard too."""
    self_test(strong_model(), [png(PICTURE), png(toy_picture([]))], document(FOUND, ()))


@pytest.mark.parametrize(
    "change",
    [
        lambda found: tuple(reversed(found)),
        lambda found: (rescored(found[0], SCORE_TOLERANCE / 2), *found[1:]),
        lambda found: (moved(found[0], 0.5), *found[1:]),
    ],
)
def test_small_differences_pass(change: Change) -> None:
    """Order, a hundredth of a score and half a pixel are how processors round."""
    self_test(strong_model(), [png(PICTURE)], document(change(FOUND)))


@pytest.mark.parametrize(
    "change",
    [
        lambda found: (),
        lambda found: found[1:],
        lambda found: (*found, moved(found[0], 32)),
        lambda found: (*found, found[0]),
        lambda found: (moved(found[0], 2), *found[1:]),
        lambda found: (rescored(found[0], 2 * SCORE_TOLERANCE), *found[1:]),
        lambda found: (found[0].model_copy(update={"class_id": 1}), *found[1:]),
        lambda found: (found[0].model_copy(update={"class_id": 7}), *found[1:]),
    ],
)
def test_other_detections_do_not_pass(change: Change) -> None:
    """One too few, one too many, moved, rescored or of another hazard: rejected."""
    with pytest.raises(BundleRejected, match="release 1, golden picture 0"):
        self_test(strong_model(), [png(PICTURE)], document(change(FOUND)))


@pytest.mark.parametrize("gain", [0.49, 0.5, 0.51])
def test_a_score_on_the_threshold_may_round_either_way(gain: float) -> None:
    """A detection at the threshold passes whether the publisher saw it or not."""
    model = toy_model(gains=(gain, gain, gain))
    seen = Detector(model, what="m").detect(PICTURE, 0.4)
    on_it = tuple(d for d in seen if d.score >= 0.5 - SCORE_TOLERANCE)
    self_test(model, [png(PICTURE)], document(on_it))
    self_test(model, [png(PICTURE)], document(()))


def test_a_picture_that_does_not_decode_is_an_artifact_error() -> None:
    """A broken golden picture is named."""
    with pytest.raises(ArtifactError, match="release 1, golden picture 0"):
        self_test(strong_model(), [b""], document(FOUND))


def test_a_model_of_another_form_does_not_pass() -> None:
    """Another size or another order of classes than the document's is rejected before any picture."""
    with pytest.raises(BundleRejected, match="for 64 px as its document says, found one for 128"):
        self_test(toy_model(imgsz_px=128), [png(PICTURE)], document(FOUND))
    swapped = toy_model(classes=("fire", "smoke", "person_down"))
    with pytest.raises(ClassMapError, match="release 1, model: expected the classes 0 smoke"):
        self_test(swapped, [png(PICTURE)], document(FOUND))


def test_a_document_whose_digest_is_of_other_classes_does_not_pass() -> None:
    """Names and digest of a document agree, or nothing of it is believed."""
    other = document(FOUND).model_copy(update={"classes_sha256": "0" * 64})
    with pytest.raises(ClassMapError, match="release 1: expected the class map 000000000000"):
        self_test(strong_model(), [png(PICTURE)], other)
