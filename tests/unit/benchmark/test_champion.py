"""The champion beside a candidate: found and looked at, or a problem with its reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.made_benchmarks import made_latency
from support.toy_runs import publish_toy, toy_dataset
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.benchmark.bench import Bench
from safety_tasks.benchmark.champion import Champion, find_champion
from safety_tasks.benchmark.latency import Timed
from safety_tasks.bundle.layout import blob_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ChampionBenchmark
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.local import LocalStore


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


@pytest.fixture
def bench(local_store: LocalStore, version: DatasetVersion, tmp_path: Path) -> Bench:
    """Lay the dataset out."""
    return Bench(local_store, version, tmp_path / "bench", BenchmarkSettings())


def times(p50_ms: float) -> dict[str, Timed]:
    """Return the times of a champion."""
    return {"champion": Timed(np.array([p50_ms]), made_latency(p50_ms))}


def test_nothing_is_served(local_store: LocalStore, version: DatasetVersion, bench: Bench) -> None:
    """Before the first release there is no champion, which is no problem, and nothing to time."""
    found = find_champion(local_store, version, bench)
    assert found == Champion()
    nothing = ChampionBenchmark(release_seq=None, report=None, problem="")
    assert found.benchmark(bench, {}, {}) == nothing


def test_what_is_served_is_looked_at(
    local_store: LocalStore, version: DatasetVersion, bench: Bench
) -> None:
    """Its own file, its accuracy here, and the times that were measured beside the candidate's."""
    publish_toy(local_store, version, "r1", weak_model())
    found = find_champion(local_store, version, bench)
    assert (found.release_seq, found.payload, found.problem) == (1, weak_model(), "")
    assert found.seen is not None
    assert found.seen.accuracy.precision.map50 == 0
    record = found.benchmark(bench, times(40.0), times(20.0))
    assert (record.release_seq, record.problem) == (1, "")
    assert record.report is not None
    assert record.report.model_sha256 == sha256_bytes(weak_model())
    assert record.report.imgsz_px == 64
    assert record.report.latency.p50_ms == 40.0
    assert record.report.device_latency is not None
    assert record.report.device_latency.p50_ms == 20.0
    assert (record.report.noise, record.report.details) == (None, None)


def test_another_release_is_another_champion(
    local_store: LocalStore, version: DatasetVersion, bench: Bench
) -> None:
    """What stable serves now counts, not what it served before."""
    publish_toy(local_store, version, "r1", weak_model())
    publish_toy(local_store, version, "r2", strong_model())
    found = find_champion(local_store, version, bench)
    assert (found.release_seq, found.payload) == (2, strong_model())


def alter_blob(store: LocalStore) -> None:
    """Overwrite the served file."""
    (Path(store.uri) / blob_key(sha256_bytes(strong_model()), "onnx")).write_bytes(b"altered")


def test_a_champion_with_a_problem_has_no_report(
    local_store: LocalStore, version: DatasetVersion, bench: Bench
) -> None:
    """It is named with its release, and no time of another model is taken for its own."""
    publish_toy(local_store, version, "r1")
    alter_blob(local_store)
    found = find_champion(local_store, version, bench)
    assert (found.release_seq, found.payload, found.seen) == (1, None, None)
    record = found.benchmark(bench, times(40.0), times(20.0))
    assert (record.release_seq, record.report) == (1, None)
    assert record.problem == found.problem != ""


def test_a_champion_that_does_not_run_is_a_problem(
    local_store: LocalStore,
    version: DatasetVersion,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loading is not enough: what fails on a picture cannot be compared with."""
    publish_toy(local_store, version, "r1")

    def fail(*_: Any) -> Any:
        raise ArtifactError("r1: expected the model to run, found: a fault.")

    monkeypatch.setattr(bench, "look", fail)
    found = find_champion(local_store, version, bench)
    assert found == Champion(
        release_seq=1, problem="r1: expected the model to run, found: a fault."
    )


def test_a_fault_of_ours_is_no_problem_of_the_champion(
    local_store: LocalStore,
    version: DatasetVersion,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only errors of the tree are about the champion; a programming error stops the benchmark."""
    publish_toy(local_store, version, "r1")
    monkeypatch.setattr(bench, "look", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        find_champion(local_store, version, bench)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (("smoke", "fire", "person_down", "leak"), ""),
        (
            ("smoke", "fire"),
            "release 1: expected classes that begin with 0 smoke, 1 fire, 2 person",
        ),
        (("fire", "smoke", "person_down"), "release 1: expected classes that begin with 0 smoke"),
    ],
)
def test_classes_may_have_grown(
    local_store: LocalStore,
    version: DatasetVersion,
    bench: Bench,
    classes: tuple[str, ...],
    message: str,
) -> None:
    """A champion of fewer hazards is measured on those, one of others or more is a problem."""
    publish_toy(local_store, version, "r1", toy_model())
    other = version.model_copy(update={"classes": classes})
    found = find_champion(local_store, other, bench)
    assert found.release_seq == 1
    assert message in found.problem
    assert (found.seen is not None) == (not message) == (not found.problem)
