"""What the gate tests itself with: the run's own detections, proved, scored as the benchmark scores."""

from typing import Any

import pytest
from support.drawn_store import drawn_pictures, drawn_version, incident_pictures
from support.made_material import made_candidate
from support.toy_measurements import finds_all, toy_measurements
from support.toy_runs import publish_toy, toy_export
from toy_models import CLASSES, strong_model

from safety_tasks.errors import ArtifactError, GateRefused, ObjectNotFound
from safety_tasks.gate.evidence import collect_evidence
from safety_tasks.gate.material import Material, read_material
from safety_tasks.inference.detector import Found
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.model import Measurements
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.detection_table import pack_detections
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest


def finds_smoke(picture: Picture) -> Found:
    """Return a detection of every label of smoke."""
    return tuple(each for each in finds_all(picture) if each.class_id == 0)


def measured_run(
    store: LocalStore, version: DatasetVersion, **choices: Any
) -> tuple[GateEvidence, Measurements]:
    """Measure run r1 beside what stable serves."""
    exported = toy_export(store, version, "r1", strong_model())
    measured = toy_measurements(store, version, exported, **choices)
    return collect_evidence(store, exported, version, measured), measured


def read(
    store: LocalStore, version: DatasetVersion, **choices: Any
) -> tuple[GateEvidence, Material]:
    """Return a run's evidence and what it was scored from."""
    evidence, _ = measured_run(store, version, **choices)
    return evidence, read_material(store, version, evidence)


@pytest.mark.parametrize("champion", [False, True])
@pytest.mark.parametrize("finds", [finds_all, finds_smoke])
def test_what_is_scored_again_is_scored_alike(
    store: LocalStore, version: DatasetVersion, champion: bool, finds: Any
) -> None:
    """The same detections give the very evidence that the benchmark left, comparison included."""
    if champion:
        publish_toy(store, version, "r0")
    evidence, material = read(store, version, finds=finds, champion_finds=finds_smoke)
    assert material.scored(evidence, material.found) == evidence
    assert bool(evidence.measured.differences) is (material.champion is not None) is champion


def test_incidents_are_scored_again_too(local_store: LocalStore) -> None:
    """Pictures of incidents come with their sizes, whatever their split; one that was not looked at stays as it is."""
    pictures = (*drawn_pictures(local_store), *incident_pictures(local_store))
    version = drawn_version(local_store, pictures)
    evidence, material = read(local_store, version)
    assert len(material.incidents) == 2
    result = evidence.measured.candidate.incidents
    assert result is not None
    assert (result.total, result.missed, result.without_hazard) == (1, (), 1)
    assert material.scored(evidence, material.found) == evidence
    silent = material.scored(evidence, dict.fromkeys(material.found, ()))
    missed = silent.measured.candidate.incidents
    assert missed is not None
    assert len(missed.missed) == 1


def test_an_incident_that_nobody_looked_at_is_kept(local_store: LocalStore) -> None:
    """It is no picture less, though it has no detections: one that labels nothing needs none."""
    pictures = (*drawn_pictures(local_store), *incident_pictures(local_store))
    version = drawn_version(local_store, pictures)
    evidence, material = read(local_store, version)
    bare = next(p for p in material.incidents if not p.boxes)
    seen = {sha256: found for sha256, found in material.found.items() if sha256 != bare.sha256}
    again = material.scored(evidence, seen).measured.candidate.incidents
    assert again == evidence.measured.candidate.incidents


def test_what_is_read(store: LocalStore, version: DatasetVersion) -> None:
    """Labels of the holdout, detections by picture, and the thresholds and event length of the report."""
    _, material = read(store, version, threshold=0.4)
    assert [p.split for p in material.holdout] == ["holdout"] * 3
    assert set(material.found) == {p.sha256 for p in material.holdout}
    assert material.thresholds == dict.fromkeys(CLASSES, 0.4)
    assert material.event_pictures == 5
    assert (material.champion, material.incidents) == (None, ())


def test_a_report_without_events(store: LocalStore, version: DatasetVersion) -> None:
    """Where no event was counted, one picture must be enough."""
    evidence, measured = measured_run(store, version)
    bare = measured.model_copy(
        update={"candidate": measured.candidate.model_copy(update={"events": {}})}
    )
    material = read_material(store, version, evidence.model_copy(update={"measured": bare}))
    assert material.event_pictures == 1


def test_a_champion_that_knows_fewer_hazards(store: LocalStore, version: DatasetVersion) -> None:
    """It is scored on the hazards that it knows, at its own thresholds."""
    publish_toy(store, version, "r0")
    evidence, measured = measured_run(store, version, champion_finds=finds_smoke)
    report = measured.champion.report
    assert report is not None
    smoke = report.hazards["smoke"].model_copy(update={"threshold": 0.3})
    older = report.model_copy(update={"hazards": {"smoke": smoke}})
    champion = measured.champion.model_copy(update={"report": older})
    evidence = evidence.model_copy(
        update={"measured": measured.model_copy(update={"champion": champion})}
    )
    material = read_material(store, version, evidence)
    assert material.champion is not None
    assert material.champion.classes == ("smoke",)
    assert material.champion.thresholds == {"smoke": 0.3}
    assert material.champion.hazards["smoke"].recall == 1.0
    again = material.scored(evidence, material.found)
    assert "ap50.smoke" in again.measured.differences
    assert "ap50.fire" not in again.measured.differences


@pytest.mark.parametrize("who", ["candidate", "champion"])
@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        ("no record", GateRefused, "Run safety-tasks benchmark r1 again"),
        ("gone", ObjectNotFound, "npz"),
        ("altered", ArtifactError, "altered or cut"),
    ],
)
def test_detections_that_do_not_prove(
    store: LocalStore,
    version: DatasetVersion,
    who: str,
    what: str,
    error: type[Exception],
    words: str,
) -> None:
    """Without the very detections that the scores come from, nothing is tested and nothing is judged."""
    publish_toy(store, version, "r0")
    evidence, measured = measured_run(store, version, champion_finds=finds_smoke)
    report = measured.candidate if who == "candidate" else measured.champion.report
    assert report is not None
    assert report.detections is not None
    if what == "gone":
        store.delete(report.detections.key)
    elif what == "altered":
        store.put(report.detections.key, store.get(report.detections.key).payload + b"\0")
    else:
        bare = report.model_copy(update={"detections": None})
        champion = measured.champion.model_copy(update={"report": bare})
        changes: dict[str, Any] = (
            {"candidate": bare} if who == "candidate" else {"champion": champion}
        )
        evidence = evidence.model_copy(update={"measured": measured.model_copy(update=changes)})
    with pytest.raises(error, match=words):
        read_material(store, version, evidence)


@pytest.mark.parametrize("who", ["candidate", "champion"])
def test_detections_of_fewer_pictures(store: LocalStore, version: DatasetVersion, who: str) -> None:
    """What was not looked at would not be tested with: it is refused, with both counts."""
    publish_toy(store, version, "r0")
    evidence, measured = measured_run(store, version)
    holdout = [p for p in read_manifest(store, version) if p.split == "holdout"]
    payload = pack_detections(holdout[1:], {p.sha256: () for p in holdout[1:]})
    fewer = put_artifact(store, "runs/r1/benchmark/fewer.npz", payload)
    theirs = measured.champion.report
    assert theirs is not None
    changes: dict[str, Any] = {
        "candidate": measured.candidate.model_copy(update={"detections": fewer})
    }
    if who == "champion":
        report = theirs.model_copy(update={"detections": fewer})
        changes = {"champion": measured.champion.model_copy(update={"report": report})}
    evidence = evidence.model_copy(update={"measured": measured.model_copy(update=changes)})
    with pytest.raises(
        GateRefused, match=f"{who}'s detections of 3 holdout pictures, found those of 2"
    ):
        read_material(store, version, evidence)


def test_only_scores_change() -> None:
    """With other detections the machine, the file, the training and all that was recorded stay as they were."""
    candidate = made_candidate()
    evidence = candidate.evidence
    silent = candidate.material.scored(evidence, dict.fromkeys(candidate.material.found, ()))
    for field in ("exported", "training", "serving_release_seq", "released_as", "choices"):
        assert getattr(silent, field) == getattr(evidence, field)
    assert silent.measured.champion == evidence.measured.champion
    assert silent.measured.variants == evidence.measured.variants
    before, after = evidence.measured.candidate, silent.measured.candidate
    changed = {
        name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)
    }
    assert {"hazards", "map50", "events", "confusion", "slices"} <= changed
    assert changed.isdisjoint({"latency", "noise", "pictures", "scenes", "model_sha256", "split"})


def test_events_are_counted_by_the_reports_length(
    store: LocalStore, version: DatasetVersion
) -> None:
    """An event that is caught in its second picture is caught where two may pass, and not where one may."""
    for within, caught in ((1, 0), (2, 3)):
        late = made_candidate(((0,), (0,)))
        material = Material(**(vars(late.material) | {"event_pictures": within}))
        first = {p.sha256 for p in material.holdout if int(p.file.removesuffix(".png")) % 2 == 0}
        found = {sha256: () if sha256 in first else each for sha256, each in material.found.items()}
        events = material.scored(late.evidence, found).measured.candidate.events["smoke"]
        assert (events.caught, events.within_pictures) == (caught, within)
