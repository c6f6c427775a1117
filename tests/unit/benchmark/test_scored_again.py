"""A benchmark from the stored model on: what it keeps of candidate and champion gives both reports again."""

import pytest
from support.toy_runs import publish_toy, toy_dataset, toy_export
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.benchmark import benchmark_artifact, benchmark_candidate, benchmark_champion
from safety_tasks.bundle.layout import pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import BenchmarkReport, Measurements
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.scoring.detection_table import unpack_detections
from safety_tasks.scoring.incident_pack import incident_result
from safety_tasks.scoring.measuring import report_scores
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import get_artifact, put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest

QUICK = BenchmarkSettings(frames=20, sustained_s=0.01, device_threads=1)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset; a picture of the holdout and one to train on came as incidents."""
    version = toy_dataset(local_store)
    rows = list(read_manifest(local_store, version))
    for split in ("holdout", "train"):
        at = next(n for n, p in enumerate(rows) if p.split == split and p.boxes)
        rows[at] = rows[at].model_copy(update={"kind": BatchKind.INCIDENT})
    payload = encode_manifest(rows)
    manifest = put_artifact(local_store, f"{sha256_bytes(payload)[:16]}.parquet", payload)
    return version.model_copy(update={"manifest": manifest})


def benchmark(store: LocalStore, version: DatasetVersion, model: bytes) -> Measurements:
    """Benchmark a candidate."""
    return benchmark_candidate(store, toy_export(store, version, "r1", model), version, QUICK)


def scored_again(
    store: LocalStore, version: DatasetVersion, report: BenchmarkReport | None
) -> Accuracy:
    """Score a report's kept detections, and require them to give the report again."""
    assert report is not None
    assert report.detections is not None
    payload = get_artifact(store, report.detections)
    table = unpack_detections(payload, what=report.detections.key)
    rows = read_manifest(store, version)
    incidents = table.sized([p for p in rows if p.kind is BatchKind.INCIDENT])
    holdout = table.sized([p for p in rows if p.split == "holdout"])
    assert table.found.keys() == {p.sha256 for p in (*incidents, *holdout)}
    thresholds = {name: hazard.threshold for name, hazard in report.hazards.items()}
    again = score(tuple(report.hazards), holdout, table.found, thresholds)
    whole = {
        **report_scores(again, QUICK.event_pictures),
        "incidents": incident_result(incidents, table.found, version.classes, thresholds),
    }
    assert report.model_copy(update=whole) == report
    return again


def test_without_a_champion(local_store: LocalStore, version: DatasetVersion) -> None:
    """The candidate's detections are kept; of nobody else's anything, and no part is compared."""
    found = benchmark(local_store, version, strong_model())
    scored_again(local_store, version, found.candidate)
    assert (found.champion.report, found.slice_differences) == (None, ())
    kept = [key for key in local_store.keys("runs/r1/benchmark/") if key.endswith(".npz")]
    assert found.candidate.detections is not None
    assert kept == [found.candidate.detections.key]


@pytest.mark.parametrize(
    ("theirs", "fell"),
    [
        (weak_model(), {1.0}),
        (strong_model(), {0.0}),
        (toy_model(gains=(1.0, 0.0, 1.0)), {0.0, 1.0}),
    ],
)
def test_candidate_and_champion(
    local_store: LocalStore, version: DatasetVersion, theirs: bytes, fell: set[float]
) -> None:
    """Both reports and all that was compared come again from the two files."""
    publish_toy(local_store, version, "r0", theirs)
    found = benchmark(local_store, version, toy_model(gains=(0.9, 0.9, 0.9)))
    mine = scored_again(local_store, version, found.candidate)
    other = scored_again(local_store, version, found.champion.report)
    assert compare(mine, other) == found.differences
    assert compare_slices(mine, other) == found.slice_differences
    assert {each.difference for each in found.slice_differences} == fell
    assert {each.kind for each in found.slice_differences} == {"source", "brightness"}


def test_a_champion_with_a_problem(local_store: LocalStore, version: DatasetVersion) -> None:
    """It has no detections, and no part is compared with it."""
    publish_toy(local_store, version, "r0", weak_model())
    local_store.put(pointer_key("stable"), b"altered")
    found = benchmark(local_store, version, strong_model())
    assert (found.champion.report, found.slice_differences) == (None, ())
    assert not any("champion-" in key for key in local_store.keys("runs/r1/benchmark/"))


def test_measured_alone_nothing_is_kept(local_store: LocalStore, version: DatasetVersion) -> None:
    """A model or the champion measured outside a run leaves no file, and claims none."""
    publish_toy(local_store, version, "r0", weak_model())
    before = set(local_store.keys(""))
    exported = toy_export(local_store, version, "r1", strong_model())
    report = benchmark_artifact(local_store, exported.model, version, QUICK)
    champion = benchmark_champion(local_store, version, QUICK).report
    assert champion is not None
    assert report.detections is champion.detections is None
    assert set(local_store.keys("")) - before == {exported.model.key}
