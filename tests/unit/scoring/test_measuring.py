"""All scores of a report from what a model found: each where the record has it, and as a benchmark reports them."""

from pathlib import Path
from typing import Any

import pytest
from support.made_benchmarks import made_latency
from support.scored import CLASSES, found_in, labelled, right, wrong
from support.stored_versions import picture as stored_picture
from support.stored_versions import write
from toy_models import png, toy_picture

from safety_tasks.benchmark.bench import Bench, Seen
from safety_tasks.benchmark.incidents import IncidentsSeen
from safety_tasks.class_map import class_map_digest
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.model import BenchmarkReport, IncidentResult
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import Confusion, EventScore
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.measuring import report_scores
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.local import LocalStore

HALF = dict.fromkeys(CLASSES, 0.5)
MODEL = Artifact(key="m.onnx", sha256="a" * 64, size_bytes=9)
INCIDENTS = IncidentResult(total=2, missed=("0 0.png: fire",), trained_on=1, without_hazard=0)
# What a report says of model, data and machine, beside its scores on the holdout.
BESIDE = {
    *("model_sha256", "classes_sha256", "dataset_version", "manifest_sha256", "split", "imgsz_px"),
    *("latency", "device_latency", "noise", "incidents"),
    *("sample_keys", "details", "detections"),
}
# Three scenes; smoke in each, fire in one; a background picture by night, and one that came as a false alarm.
PICTURES: tuple[Picture, ...] = (
    labelled(0, 0, 1, scene="a"),
    labelled(1, 0, scene="a"),
    labelled(2, 0, scene="b"),
    labelled(3, scene="b").model_copy(update={"brightness": 10.0}),
    labelled(4, 0, scene="c"),
    labelled(5, scene="c").model_copy(update={"kind": BatchKind.FALSE_ALARM}),
)
FOUND = found_in(
    [right(0, 0.9), right(1, 0.4, 1)],
    [wrong(0.8), right(0, 0.7)],
    [right(0, 0.6)],
    [],
    [wrong(0.3)],
    [wrong(0.9, 1), wrong(0.5, 1)],
)


def accuracy_of(
    pictures: tuple[Picture, ...] = PICTURES, classes: tuple[str, ...] = CLASSES
) -> Accuracy:
    """Score what a model of these classes found."""
    found = {
        name: tuple(d for d in some if d.class_id < len(classes)) for name, some in FOUND.items()
    }
    return score(classes, pictures, found, {name: HALF[name] for name in classes})


def report_of(scores: dict[str, Any], **beside: Any) -> BenchmarkReport:
    """Put scores together with what else a report says."""
    values: dict[str, Any] = {
        "model_sha256": "a" * 64,
        "classes_sha256": "b" * 64,
        "dataset_version": "c" * 16,
        "manifest_sha256": "d" * 64,
        "split": "holdout",
        "imgsz_px": 64,
        "latency": made_latency(),
    }
    return BenchmarkReport(**values | beside, **scores)


def test_no_pictures() -> None:
    """Nothing was measured: a report without a score and without parts, not one of zeros."""
    report = report_of(report_scores(accuracy_of(()), 5))
    assert (report.pictures, report.scenes, report.slices) == (0, 0, ())
    assert (report.map50, report.map50_95, report.ar, report.map50_interval) == (None,) * 4
    assert {hazard.best_f1 for hazard in report.hazards.values()} == {None}
    assert report.false_alarms is not None
    assert report.false_alarms.per_1000 is None


def test_every_score_has_its_field() -> None:
    """What a report holds is either said beside the scores or scored here; none is left at its default."""
    scores = report_scores(accuracy_of(), 5)
    assert BESIDE | scores.keys() == BenchmarkReport.model_fields.keys()
    assert not BESIDE & scores.keys()


def test_scores_worked_by_hand() -> None:
    """Three of four labels of smoke are found at the threshold, fire is found under it; one background alarms."""
    report = report_of(report_scores(accuracy_of(), 1))
    assert (report.pictures, report.scenes) == (6, 3)
    smoke, fire = report.hazards["smoke"], report.hazards["fire"]
    assert (smoke.recall, smoke.precision, smoke.f1) == (3 / 4, 3 / 4, pytest.approx(3 / 4))
    assert smoke.best_f1 == pytest.approx(3 / 4)
    assert (fire.recall, fire.f1, fire.best_f1) == (0, 0, pytest.approx(2 / 4))
    assert report.hazards["person_down"].recall is None
    # Smoke: found, wrong, found, found: precision 1 up to a recall of 1/4, then 3/4 up to 3/4 (26 and 50 of 101).
    # Fire: two wrong ones before it, 1/3 everywhere.
    ap = (26 + 50 * 3 / 4) / 101
    assert (smoke.ap50, fire.ap50) == (pytest.approx(ap), pytest.approx(1 / 3))
    assert report.map50 == pytest.approx((ap + 1 / 3) / 2)
    assert report.map50_95 == pytest.approx((ap + 1 / 3) / 2)
    assert report.ar == pytest.approx((3 / 4 + 1) / 2)
    assert report.map50_interval is not None
    assert report.map50_95_interval is not None
    assert report.map50_interval.scenes == 3
    assert report.false_alarms is not None
    assert (report.false_alarms.background_pictures, report.false_alarms.alarmed) == (2, 1)
    assert report.confusion == Confusion(
        names=(*CLASSES, "background"),
        counts=((3, 0, 0, 1), (0, 0, 0, 1), (0, 0, 0, 0), (1, 2, 0, 0)),
    )
    assert report.events["smoke"] == EventScore(
        events=3, caught=2, within_pictures=1, missed=("c: 4.png",)
    )
    values = {part.value for part in report.slices if part.kind == "brightness"}
    assert values == {"night", "day"}
    assert [part.value for part in report.slices if part.kind == "hard_negatives"] == [
        "false_alarm"
    ]


def test_looser_boxes_tell_the_means_apart() -> None:
    """A box that overlaps by 0.72 counts at five of ten IoUs: each mean, with its own interval, in its own field."""
    pictures = tuple(labelled(n, 0, scene=str(n)) for n in range(4))
    loose = Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, 7.2))
    found = found_in([loose], [loose], [right(0, 0.9)], [])
    accuracy = score(CLASSES, pictures, found, HALF)
    report = report_of(report_scores(accuracy, 5))
    assert report.map50 == pytest.approx(76 / 101)
    # At the five higher IoUs two wrong ones may come before the right one: of equal scores the first listed.
    assert report.map50_95 == pytest.approx((76 + 26 / 3) / 2 / 101)
    assert report.ar == pytest.approx((3 / 4 + 1 / 4) / 2)
    assert report.map50_interval == accuracy.map50_interval is not None
    assert report.map50_95_interval == accuracy.map50_95_interval is not None
    assert report.map50_interval != report.map50_95_interval


@pytest.mark.parametrize(("within", "caught"), [(1, 0), (2, 1), (5, 1)])
def test_events_must_be_caught_in_time(within: int, caught: int) -> None:
    """Found in the second picture of the scene alone, an event is caught if two may pass."""
    pictures = (labelled(3, 0), labelled(2, 0, 0))
    found = {**FOUND, pictures[0].sha256: (right(0, 0.9),), pictures[1].sha256: ()}
    event = report_scores(score(CLASSES, pictures, found, HALF), within)["events"]["smoke"]
    assert (event.events, event.caught, event.within_pictures) == (1, caught, within)


@pytest.mark.parametrize("classes", [CLASSES, ("smoke",)])
def test_a_report_is_a_record(classes: tuple[str, ...]) -> None:
    """It is written and read without losing a digit, also of a model of fewer hazards."""
    pictures = tuple(
        p.model_copy(update={"boxes": tuple(b for b in p.boxes if b.class_id < len(classes))})
        for p in PICTURES
    )
    report = report_of(report_scores(accuracy_of(pictures, classes), 5))
    assert BenchmarkReport.from_json_bytes(report.to_json_bytes(), what="report") == report
    assert set(report.hazards) == set(classes)
    assert {frozenset(part.recall) for part in report.slices} == {frozenset(classes)}


@pytest.mark.parametrize("event_pictures", [1, 3])
def test_it_is_what_the_benchmark_reports(
    local_store: LocalStore, tmp_path: Path, event_pictures: int
) -> None:
    """A benchmark adds what it knows of model, data and machine, and changes no score."""
    payload = png(toy_picture([]))
    row = stored_picture(payload, extension="png", split="holdout")
    local_store.put(row.key, payload)
    version = write(local_store, (row,))
    settings = BenchmarkSettings(event_pictures=event_pictures)
    bench = Bench(local_store, version, tmp_path / "bench", settings)
    seen = Seen(accuracy_of(), IncidentsSeen(INCIDENTS, (), {}))
    report = bench.report(MODEL, 64, seen, made_latency())
    assert report == report_of(
        report_scores(seen.accuracy, event_pictures),
        classes_sha256=class_map_digest(CLASSES),
        dataset_version=version.version_id,
        manifest_sha256=version.manifest.sha256,
        incidents=INCIDENTS,
    )
