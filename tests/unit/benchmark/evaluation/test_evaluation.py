"""Speed and accuracy of toy models in one pass, where the right answer is known."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.tiny_yolo import IMGSZ_PX, noise_pictures, tiny_graph, tiny_yolo
from support.toy_runs import hazards_of
from toy_models import (
    CLASSES,
    png,
    strong_model,
    toy_boxes,
    toy_graph,
    toy_model,
    toy_picture,
    weak_model,
)

from safety_tasks.benchmark.evaluation import verb
from safety_tasks.benchmark.evaluation.data import EvaluationData, Sample, read_files
from safety_tasks.benchmark.evaluation.verb import Evaluation, evaluate
from safety_tasks.errors import ArtifactError, BenchmarkError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import META_LAYOUT, META_THRESHOLDS, with_metadata
from safety_tasks.records.picture import Box
from safety_tasks.records.release import Detection

ALL = [hazards_of(index) for index in range(6)]


def drawn(folder: Path, *each: Sequence[tuple[int, int]], scenes: int = 0) -> EvaluationData:
    """Draw pictures with their labels; ``scenes`` of them in turn, 0: nobody knows."""
    samples = []
    for index, hazards in enumerate(each):
        path = folder / f"{index}.png"
        path.write_bytes(png(toy_picture(hazards, grey=100 + index)))
        scene = f"scene-{index % scenes}" if scenes else None
        samples.append(Sample(path, path.name, toy_boxes(hazards), scene))
    return EvaluationData(tuple(samples), ("a note",))


def measured(model: bytes, data: EvaluationData) -> Evaluation:
    """Measure a model without timing it."""
    return evaluate(Detector(model, what="toy"), data, frames=0)


def with_thresholds(text: str) -> bytes:
    """Return the strong model with thresholds of its own."""
    return with_metadata(toy_graph(), CLASSES, 64, {META_THRESHOLDS: text})


def label_of(found: Detection) -> Box:
    """Return a detection as a label, cut off at the picture's edge."""
    x1, y1, x2, y2 = (min(1, max(0, side / IMGSZ_PX)) for side in found.box_xyxy)
    return Box(
        class_id=found.class_id,
        x_center=(x1 + x2) / 2,
        y_center=(y1 + y2) / 2,
        width=x2 - x1,
        height=y2 - y1,
    )


def test_the_strong_model_is_perfect(tmp_path: Path) -> None:
    """Every hazard is found exactly; progress tells each picture."""
    calls: list[tuple[int, int]] = []
    data = drawn(tmp_path, *ALL[:3], [], scenes=2)
    found = evaluate(
        Detector(strong_model(), what="toy"),
        data,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for score in found.accuracy.hazards.values():
        assert (score.ap50, score.ap50_95) == (pytest.approx(1), pytest.approx(1))
        assert (score.recall, score.precision, score.f1) == (1, 1, 1)
        assert (score.support.pictures, score.support.scenes) == (3, 2)
    assert (found.false_alarms.background_pictures, found.false_alarms.alarmed) == (1, 0)
    assert found.latency is not None
    assert found.latency.frames == 4
    assert (found.unreadable, found.notes, found.scenes_known) == ((), ("a note",), True)
    assert set(found.paths) == {picture.sha256 for picture in found.accuracy.pictures}


def test_scores_are_those_of_the_labels(tmp_path: Path) -> None:
    """Boxes that are too small match nothing, and what is seen where nothing is labelled is a false alarm."""
    found = measured(weak_model(), drawn(tmp_path, *ALL[:2]))
    assert found.accuracy.precision.map50 == 0
    (sample,) = drawn(tmp_path, ALL[0]).samples
    unlabelled = EvaluationData((Sample(sample.path, sample.file, (), None),))
    found = measured(strong_model(), unlabelled)
    assert found.accuracy.precision.map50 is None
    assert (found.false_alarms.alarmed, found.false_alarms.per_1000) == (1, 1000)


def test_whose_thresholds_count(tmp_path: Path) -> None:
    """The model's own where it carries some, else the default for each, and which is said."""
    data = drawn(tmp_path, *ALL[:2])
    found = measured(strong_model(), data)
    assert (found.thresholds_from, found.accuracy.thresholds) == (
        "default",
        dict.fromkeys(CLASSES, 0.25),
    )
    own = {"smoke": 0.3, "fire": 1.0, "person_down": 0.5}
    found = measured(with_thresholds('{"smoke": 0.3, "fire": 1.0, "person_down": 0.5}'), data)
    assert (found.thresholds_from, found.accuracy.thresholds) == ("model", own)


def test_detection_for_ap_goes_below_the_thresholds(tmp_path: Path) -> None:
    """A hazard that scores under its threshold is missed at it, but counts for AP."""
    found = measured(toy_model(gains=(0.1, 1, 1)), drawn(tmp_path, *ALL[:2]))
    smoke = found.accuracy.hazards["smoke"]
    assert (smoke.recall, smoke.ap50) == (0, pytest.approx(1))


def test_intervals_need_scenes(tmp_path: Path) -> None:
    """Where the scene of every picture is known there are intervals, else none at all."""
    known = measured(strong_model(), drawn(tmp_path, *ALL, [], [], scenes=4))
    assert known.accuracy.hazards["fire"].ap50_interval is not None
    assert known.accuracy.map50_interval is not None
    assert known.false_alarms.interval is not None
    unknown = measured(strong_model(), drawn(tmp_path, *ALL, [], []))
    assert not unknown.scenes_known
    fire = unknown.accuracy.hazards["fire"]
    assert (fire.ap50_interval, fire.ap50_95_interval, fire.recall_interval) == (None, None, None)
    assert (unknown.accuracy.map50_interval, unknown.false_alarms.interval) == (None, None)
    assert fire.ap50 == known.accuracy.hazards["fire"].ap50
    mixed = EvaluationData((*drawn(tmp_path, *ALL, scenes=4).samples, *drawn(tmp_path, []).samples))
    partly = measured(strong_model(), mixed)
    assert not partly.scenes_known
    assert partly.accuracy.hazards["fire"].ap50_interval is None


@pytest.mark.parametrize("payload", [b"", b"GIF89a", png(toy_picture(ALL[0]))[:100]])
def test_a_picture_that_does_not_decode_is_left_out(tmp_path: Path, payload: bytes) -> None:
    """It is named and counted nowhere else: neither as missed hazards nor as a background."""
    data = drawn(tmp_path, *ALL[:3], [])
    whole = measured(strong_model(), EvaluationData(data.samples[1:3]))
    for broken in (data.samples[0], data.samples[3]):
        broken.path.write_bytes(payload)
    found = measured(strong_model(), data)
    assert [line.split(":")[0] for line in found.unreadable] == ["0.png", "3.png"]
    assert found.accuracy.hazards == whole.accuracy.hazards
    assert found.false_alarms.background_pictures == 0
    data.samples[0].path.unlink()
    assert measured(strong_model(), data).unreadable[0].startswith("0.png: expected a picture")


def test_nothing_to_measure_is_an_error(tmp_path: Path) -> None:
    """Where no picture can be read there are no numbers, and the first problem is named."""
    data = drawn(tmp_path, [], [])
    for sample in data.samples:
        sample.path.write_bytes(b"")
    with pytest.raises(BenchmarkError, match=r"found 2 that cannot be read, the first: 0\.png"):
        measured(strong_model(), data)
    with pytest.raises(BenchmarkError, match="the first: none at all"):
        measured(strong_model(), EvaluationData(()))


def test_a_model_that_fails_is_no_unreadable_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong in the model ends the measurement."""

    def fail(self: object, picture: object, min_score: float) -> None:
        raise ArtifactError("toy: expected the model to run")

    monkeypatch.setattr(Detector, "detect_timed", fail)
    with pytest.raises(ArtifactError, match="expected the model to run"):
        measured(strong_model(), drawn(tmp_path, ALL[0]))


def test_each_picture_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One pass serves scores and times."""
    decoded = []
    decode = verb.decode_picture

    def counted(payload: bytes, *, what: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        decoded.append(what)
        return decode(payload, what=what)

    monkeypatch.setattr(verb, "decode_picture", counted)
    evaluate(Detector(strong_model(), what="toy"), drawn(tmp_path, *ALL[:3]))
    assert decoded == ["0.png", "1.png", "2.png"]


def test_the_same_bytes_by_two_names_count_twice(tmp_path: Path) -> None:
    """A copy of a picture is a picture, with the labels of its own file."""
    (sample,) = drawn(tmp_path, ALL[0]).samples
    copy = Sample(sample.path, "copy.png", (), None)
    found = measured(strong_model(), EvaluationData((sample, copy)))
    assert [picture.file for picture in found.accuracy.pictures] == ["0.png", "copy.png"]
    assert found.accuracy.hazards["fire"].precision == 0.5
    assert found.false_alarms.alarmed == 1


@pytest.mark.slow
def test_an_edge_variant_is_measured_as_its_reference(tmp_path: Path) -> None:
    """What the reference finds serves as labels; the variant that was cut from it finds them, and is timed."""
    graph = cut_graph(tiny_graph(), IMGSZ_PX, len(CLASSES), what="tiny")
    edge = with_metadata(graph, CLASSES, IMGSZ_PX, {META_LAYOUT: "edge"})
    reference, samples = Detector(tiny_yolo(), what="reference"), []
    for index, picture in enumerate(noise_pictures(6, side_px=IMGSZ_PX)):
        path = tmp_path / f"{index}.png"
        path.write_bytes(png(picture))
        boxes = tuple(label_of(found) for found in reference.detect(picture, 0.5)[:20])
        samples.append(Sample(path, path.name, boxes, None))
    data = EvaluationData(tuple(samples))
    ours, theirs = evaluate(Detector(edge, what="edge"), data), evaluate(reference, data)
    assert theirs.accuracy.precision.map50
    assert ours.accuracy.precision.map50 == pytest.approx(theirs.accuracy.precision.map50, abs=0.02)
    assert ours.latency is not None
    assert ours.latency.frames == 6


def test_real_pictures_by_three_names(tmp_path: Path, real_mini: Path) -> None:
    """A data.yaml, its list file and a folder of the same pictures give the same numbers."""
    by_list = read_files(real_mini / "val.txt", CLASSES)
    for sample in by_list.samples:
        label = real_mini / "labels" / f"{sample.path.stem}.txt"
        for source in (sample.path, label):
            target = tmp_path / source.parent.name / source.name
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(source)
    (tmp_path / "manifest.csv").symlink_to(real_mini / "manifest.csv")
    by_yaml = read_files(real_mini / "data.yaml", CLASSES)
    by_folder = read_files(tmp_path / "images", CLASSES)
    large = toy_model(gains=(3, 3, 3), box_scale=3)  # so that some of its boxes match
    first, *others = (measured(large, d) for d in (by_list, by_yaml, by_folder))
    assert len(first.accuracy.pictures) == len(by_list.samples) > 20
    assert first.accuracy.precision.map50
    for other in others:
        assert other.accuracy.hazards == first.accuracy.hazards
        assert other.accuracy.precision == first.accuracy.precision
        assert other.accuracy.map50_interval == first.accuracy.map50_interval is not None
        assert other.false_alarms == first.false_alarms
        assert (other.unreadable, other.scenes_known) == ((), True)
