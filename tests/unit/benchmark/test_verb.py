"""Benchmarks over a stored dataset: the exported file, and the champion beside it on the same pictures."""

from pathlib import Path

import pytest
from support.toy_runs import publish_toy, toy_dataset, toy_export
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.benchmark import (
    benchmark_artifact,
    benchmark_candidate,
    benchmark_champion,
)
from safety_tasks.bundle.layout import blob_key, document_key, pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, BenchmarkError, ClassMapError, ObjectNotFound
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ChampionBenchmark, IncidentResult
from safety_tasks.records.picture import Box
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest

QUICK = BenchmarkSettings(frames=20, sustained_s=0.01, device_threads=1)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def test_the_holdout_is_measured(
    local_store: LocalStore, version: DatasetVersion, scratch: Path
) -> None:
    """The report names model, dataset and split, and holds the strong model's perfect score."""
    exported = toy_export(local_store, version, "r1", strong_model())
    calls: list[tuple[int, int]] = []
    report = benchmark_artifact(
        local_store, exported.model, version, QUICK, progress=lambda *call: calls.append(call)
    )
    assert report.model_sha256 == sha256_bytes(strong_model())
    assert (report.dataset_version, report.split) == (version.version_id, "holdout")
    assert report.manifest_sha256 == version.manifest.sha256
    held = version.splits["holdout"]
    assert (report.pictures, report.scenes) == (held.pictures, held.scenes)
    assert report.map50 == pytest.approx(1)
    assert {n: s.support for n, s in report.hazards.items()} == held.hazards
    assert calls[-1] == (held.pictures + version.splits["val"].pictures,) * 2
    assert list(scratch.glob("benchmark-*")) == []


def test_samples_are_kept_as_pictures(local_store: LocalStore, version: DatasetVersion) -> None:
    """As many sample pictures as wished and there are with a hazard, each one decodes."""
    exported = toy_export(local_store, version, "r1", strong_model())
    for wished, kept in ((0, 0), (1, 1), (8, 2)):  # the holdout's other picture shows nothing
        settings = QUICK.model_copy(update={"sample_pictures": wished})
        keys = benchmark_candidate(local_store, exported, version, settings).candidate.sample_keys
        assert len(keys) == kept
        for key in keys:
            assert decode_picture(local_store.get(key).payload, what=key).shape == (480, 480, 3)


def test_a_model_of_other_classes_is_refused(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """Numbers of other hazards would compare by accident of order."""
    model = toy_model(classes=("fire", "smoke", "person_down"))
    exported = toy_export(local_store, version, "r1", model)
    with pytest.raises(ClassMapError, match="expected the classes 0 smoke, 1 fire"):
        benchmark_artifact(local_store, exported.model, version, QUICK)


def test_an_altered_model_is_refused(local_store: LocalStore, version: DatasetVersion) -> None:
    """The file that is measured is the file that the record names."""
    exported = toy_export(local_store, version, "r1", strong_model())
    local_store.put(exported.model.key, weak_model())
    with pytest.raises(ArtifactError, match="altered or cut"):
        benchmark_artifact(local_store, exported.model, version, QUICK)


def test_an_empty_holdout_is_an_error(local_store: LocalStore, version: DatasetVersion) -> None:
    """Without a holdout there is nothing to report, and val is not taken instead."""
    pictures = [p for p in read_manifest(local_store, version) if p.split != "holdout"]
    manifest = put_artifact(local_store, "other.parquet", encode_manifest(pictures))
    bare = version.model_copy(update={"manifest": manifest})
    exported = toy_export(local_store, version, "r1", strong_model())
    with pytest.raises(BenchmarkError, match="expected a holdout"):
        benchmark_artifact(local_store, exported.model, bare, QUICK)
    assert not list(local_store.keys("runs/r1/samples"))


def test_no_champion_yet(local_store: LocalStore, version: DatasetVersion) -> None:
    """Before the first release there is no champion, and that is no problem."""
    nothing = ChampionBenchmark(release_seq=None, report=None, problem="")
    assert benchmark_champion(local_store, version, QUICK) == nothing


def test_a_canary_is_no_champion(local_store: LocalStore, version: DatasetVersion) -> None:
    """The champion is what stable serves."""
    publish_toy(local_store, version, "r1", channel="canary")
    assert benchmark_champion(local_store, version, QUICK).release_seq is None


def test_the_champion_is_measured_again(local_store: LocalStore, version: DatasetVersion) -> None:
    """Its own file is measured on this dataset; no stored score is believed."""
    publish_toy(local_store, version, "r1", weak_model())
    champion = benchmark_champion(local_store, version, QUICK)
    assert (champion.release_seq, champion.problem) == (1, "")
    assert champion.report is not None
    assert champion.report.model_sha256 == sha256_bytes(weak_model())
    assert champion.report.map50 == 0
    assert champion.report.sample_keys == ()


@pytest.mark.parametrize(
    ("key", "release_seq"),
    [
        (blob_key(sha256_bytes(strong_model()), "onnx"), 1),
        (document_key(1), None),
        (pointer_key("stable"), None),
    ],
)
@pytest.mark.parametrize("payload", [b"", b"{}", b"altered"])
def test_a_champion_that_cannot_be_measured_is_a_problem(
    local_store: LocalStore,
    version: DatasetVersion,
    key: str,
    release_seq: int | None,
    payload: bytes,
) -> None:
    """Model, document or pointer altered: no report, and a problem that says so."""
    publish_toy(local_store, version, "r1")
    path = Path(local_store.uri) / key
    path.write_bytes(payload)
    champion = benchmark_champion(local_store, version, QUICK)
    assert (champion.release_seq, champion.report) == (release_seq, None)
    assert "expected" in champion.problem


@pytest.mark.parametrize(
    ("key", "release_seq"),
    [(blob_key(sha256_bytes(strong_model()), "onnx"), 1), (document_key(1), None)],
)
def test_a_champion_whose_parts_are_gone_is_a_problem(
    local_store: LocalStore, version: DatasetVersion, key: str, release_seq: int | None
) -> None:
    """A pointer to nothing is not the same as no champion."""
    publish_toy(local_store, version, "r1")
    (Path(local_store.uri) / key).unlink()
    champion = benchmark_champion(local_store, version, QUICK)
    assert (champion.release_seq, champion.report) == (release_seq, None)
    assert "expected an object, found none" in champion.problem


def test_a_champion_of_other_classes_is_a_problem(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A champion whose class numbers mean something else cannot be compared, and that is said."""
    publish_toy(local_store, version, "r1")
    other = version.model_copy(update={"classes": ("smoke", "fire", "leak")})
    champion = benchmark_champion(local_store, other, QUICK)
    assert (champion.release_seq, champion.report) == (1, None)
    assert "expected classes that begin with 0 smoke, 1 fire, 2 person_down" in champion.problem


def test_a_champion_of_fewer_classes_is_measured_on_those(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """After a class was added the champion is measured on the hazards that it knows, and its digest says which."""
    publish_toy(local_store, version, "r1")
    before = benchmark_champion(local_store, version, QUICK).report
    newer = Box(class_id=3, x_center=0.9, y_center=0.9, width=0.1, height=0.1)
    pictures = [
        p.model_copy(update={"boxes": (*p.boxes, newer)})
        for p in read_manifest(local_store, version)
    ]
    manifest = put_artifact(local_store, "grown.parquet", encode_manifest(pictures))
    classes = (*version.classes, "leak")
    grown = version.model_copy(update={"classes": classes, "manifest": manifest})
    champion = benchmark_champion(local_store, grown, QUICK)
    assert champion.report is not None
    assert before is not None
    assert champion.report.hazards == before.hazards
    assert champion.report.classes_sha256 == version.classes_sha256


def test_an_exported_record_of_other_classes_is_refused(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A record that was written with another class map is not measured."""
    exported = toy_export(local_store, version, "r1", strong_model())
    other = exported.model_copy(update={"classes_sha256": "0" * 64})
    with pytest.raises(ClassMapError, match="exported model of run r1: expected the class map"):
        benchmark_candidate(local_store, other, version, QUICK)


@pytest.fixture
def with_incidents(local_store: LocalStore, version: DatasetVersion) -> DatasetVersion:
    """Say that one picture of train, one of val, and one in reserve came as incidents, the last without a label."""
    rows = {p.sha256: p for p in read_manifest(local_store, version)}
    learned, waiting = [p for p in rows.values() if p.split == "train"][:2]
    tuned = next(p for p in rows.values() if p.split == "val")
    incident = {"kind": BatchKind.INCIDENT}
    for row, changes in ((learned, {}), (tuned, {}), (waiting, {"split": "reserve", "boxes": ()})):
        rows[row.sha256] = row.model_copy(update=incident | changes)
    pictures = rows.values()
    manifest = put_artifact(local_store, "incidents.parquet", encode_manifest(pictures))
    return version.model_copy(update={"manifest": manifest})


def test_incidents_are_measured_in_whatever_split(
    local_store: LocalStore, with_incidents: DatasetVersion
) -> None:
    """Candidate and champion are measured on each incident, and the report says how many were learned from."""
    publish_toy(local_store, with_incidents, "r1", weak_model())
    calls: list[tuple[int, int]] = []
    exported = toy_export(local_store, with_incidents, "r2", strong_model())
    measured = benchmark_candidate(
        local_store, exported, with_incidents, QUICK, progress=lambda *call: calls.append(call)
    )
    ours = measured.candidate.incidents
    assert ours == IncidentResult(total=2, missed=(), trained_on=2, without_hazard=1)
    assert calls[-1] == (12, 12)  # val, holdout, incidents, and the holdout again for noise
    assert measured.champion.report is not None
    theirs = measured.champion.report.incidents
    assert theirs is not None
    assert (theirs.total, theirs.found) == (2, 0)
    assert all(line.endswith("smoke, fire, person_down") for line in theirs.missed)


def test_without_incidents_that_is_what_is_reported(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """None on record is measured as none, which differs from not measured."""
    exported = toy_export(local_store, version, "r1", strong_model())
    report = benchmark_artifact(local_store, exported.model, version, QUICK)
    assert report.incidents == IncidentResult(total=0, missed=(), trained_on=0, without_hazard=0)


def test_a_model_that_is_gone_is_an_error(local_store: LocalStore, version: DatasetVersion) -> None:
    """A record whose file is not there is reported with its key."""
    gone = Artifact(key="runs/r1/models/gone.onnx", sha256="0" * 64, size_bytes=1)
    with pytest.raises(ObjectNotFound, match=r"gone\.onnx: expected an object, found none"):
        benchmark_artifact(local_store, gone, version, QUICK)
