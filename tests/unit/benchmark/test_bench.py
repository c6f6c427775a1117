"""A dataset version laid out to measure models on: which pictures, in what order, and what the report says of them."""

from pathlib import Path

import numpy as np
import pytest
from support.made_benchmarks import made_latency
from support.toy_runs import toy_dataset
from toy_models import png, strong_model, toy_model, toy_picture

from safety_tasks.benchmark import bench as bench_module
from safety_tasks.benchmark.bench import Bench
from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BenchmarkError
from safety_tasks.inference.detector import Detector
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Picture
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest

MODEL = Artifact(key="m.onnx", sha256="a" * 64, size_bytes=9)
CARRIED = '{"smoke": 0.5, "fire": 0.5, "person_down": 0.5}'


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def rows_of(store: LocalStore, version: DatasetVersion, split: str) -> list[Picture]:
    """Return the pictures of a split, in the manifest's order."""
    return [p for p in read_manifest(store, version) if p.split == split]


def with_rows(store: LocalStore, version: DatasetVersion, rows: list[Picture]) -> DatasetVersion:
    """Return the version with other pictures."""
    payload = encode_manifest(rows)
    manifest = put_artifact(store, f"{sha256_bytes(payload)[:16]}.parquet", payload)
    return version.model_copy(update={"manifest": manifest})


def laid_out(
    store: LocalStore, version: DatasetVersion, folder: Path, **settings: int
) -> tuple[Bench, set[str]]:
    """Lay the version out; also give the digests of the pictures that were fetched."""
    bench = Bench(store, version, folder / "bench", BenchmarkSettings(**settings))
    return bench, {path.stem for path in (folder / "bench").iterdir()}


def carrying() -> Detector:
    """Return the strong model with thresholds of its own."""
    metadata = {
        "safety.classes": '["smoke", "fire", "person_down"]',
        "safety.imgsz_px": "64",
        "safety.thresholds": CARRIED,
    }
    return Detector(toy_model(metadata=metadata), what="carrying")


def test_without_a_holdout_nothing_is_measured(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """An empty version and one without holdout are an error that names the version; nothing is fetched."""
    for rows in ([], rows_of(local_store, version, "val")):
        bare = with_rows(local_store, version, rows)
        with pytest.raises(BenchmarkError, match=f"{version.version_id}: expected a holdout"):
            laid_out(local_store, bare, tmp_path)
    assert not (tmp_path / "bench").exists()


def test_val_and_holdout_are_fetched(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Pictures that nobody measures on stay where they are; those of incidents are fetched from any split."""
    train, val, holdout = (rows_of(local_store, version, s) for s in ("train", "val", "holdout"))
    _, fetched = laid_out(local_store, version, tmp_path / "plain")
    assert fetched == {p.sha256 for p in (*val, *holdout)}
    learned = train[0].model_copy(update={"kind": BatchKind.INCIDENT})
    waiting = train[1].model_copy(update={"kind": BatchKind.INCIDENT, "split": "reserve"})
    other = with_rows(local_store, version, [*val, *holdout, learned, waiting, *train[2:]])
    bench, fetched = laid_out(local_store, other, tmp_path / "incidents")
    assert fetched == {p.sha256 for p in (*val, *holdout, learned, waiting)}
    assert bench.look(carrying()).incidents.result.total == 2


def test_looks_are_counted_beforehand(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Val is looked at only for a model that carries no thresholds; the last call of progress is the whole."""
    train, val, holdout = (rows_of(local_store, version, s) for s in ("train", "val", "holdout"))
    incident = train[0].model_copy(update={"kind": BatchKind.INCIDENT})
    other = with_rows(local_store, version, [*val, *holdout, incident])
    bench, _ = laid_out(local_store, other, tmp_path)
    for detector, looks in ((Detector(strong_model(), what="toy"), 7), (carrying(), 4)):
        calls: list[tuple[int, int]] = []
        seen = bench.look(detector, lambda *call, calls=calls: calls.append(call))
        assert bench.looks(detector) == looks
        assert calls == [(done, looks) for done in range(1, looks + 1)]
        assert [p.sha256 for p in seen.accuracy.pictures] == [p.sha256 for p in holdout]
    assert seen.accuracy.thresholds == dict.fromkeys(version.classes, 0.5)


def test_noise_is_of_the_holdout(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Every harmless change on every picture; the strong model does not mind any."""
    bench, _ = laid_out(local_store, version, tmp_path)
    detector, calls = carrying(), []
    accuracy = bench.look(detector).accuracy
    noise = bench.noise(detector, accuracy, lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert noise.ap50 == dict.fromkeys(version.classes, pytest.approx(0, abs=1e-9))
    assert len(noise.changes) == 4


@pytest.mark.parametrize(
    ("most", "chosen"), [(1, [0]), (2, [0, 3]), (3, [0, 2, 4]), (7, range(7)), (32, range(7))]
)
def test_times_are_of_pictures_spread_over_the_holdout(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    chosen: list[int],
) -> None:
    """At most so many, evenly taken, as they decode."""
    row = rows_of(local_store, version, "holdout")[0]
    rows = []
    for number in range(7):
        payload = png(toy_picture([], grey=20 * number))
        rows.append(row.model_copy(update={"sha256": sha256_bytes(payload), "file": f"{number}"}))
        local_store.put(rows[-1].key, payload)
    bench, _ = laid_out(local_store, with_rows(local_store, version, rows), tmp_path)
    monkeypatch.setattr(bench_module, "TIMED_PICTURES", most)
    order = [int(p.file) for p in bench.holdout]
    greys = [int(picture[0, 0, 0]) // 20 for picture in bench.timed_pictures()]
    assert greys == [order[at] for at in chosen]
    assert bench.timed_pictures()[0].dtype == np.uint8


def test_the_report_has_every_part(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """What was measured of model and version, each part from the same pictures and thresholds."""
    bench, _ = laid_out(local_store, version, tmp_path, event_pictures=2)
    detector = carrying()
    seen = bench.look(detector)
    noise = bench.noise(detector, seen.accuracy, lambda done, total: None)
    report = bench.report(
        MODEL, 64, seen, made_latency(), noise=noise, device_latency=made_latency(20.0)
    )
    assert report.model_sha256 == MODEL.sha256
    assert report.classes_sha256 == class_map_digest(version.classes)
    assert (report.dataset_version, report.split) == (version.version_id, "holdout")
    assert (report.pictures, report.scenes, report.imgsz_px) == (3, 1, 64)
    assert (report.map50, report.map50_95, report.ar) == (pytest.approx(1),) * 3
    assert (report.map50_interval, report.map50_95_interval) == (None, None)  # of one scene
    assert {part.kind for part in report.slices} >= {"scene", "source", "box_size", "brightness"}
    assert {name: event.within_pictures for name, event in report.events.items()} == (
        dict.fromkeys(version.classes, 2)
    )
    assert report.confusion is not None
    assert report.confusion.counts == ((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 0))
    assert report.false_alarms is not None
    assert (report.false_alarms.background_pictures, report.false_alarms.alarmed) == (1, 0)
    assert (report.noise, report.incidents) == (noise, seen.incidents.result)
    assert report.device_latency is not None
    assert (report.latency.p50_ms, report.device_latency.p50_ms) == (41.2, 20.0)
    assert (report.details, report.detections, report.sample_keys) == (None, None, ())
    plain = bench.report(MODEL, 64, seen, made_latency())
    assert (plain.noise, plain.device_latency) == (None, None)


def test_a_model_of_fewer_classes_is_reported_as_such(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """The digest is that of the hazards it was measured on, not of the version's."""
    bench, _ = laid_out(local_store, version, tmp_path)
    bench.holdout = [p.model_copy(update={"boxes": p.boxes[:2]}) for p in bench.holdout]
    seen = bench.look(Detector(toy_model(classes=("smoke", "fire"), gains=(1, 1)), what="older"))
    report = bench.report(MODEL, 64, seen, made_latency())
    assert report.classes_sha256 == class_map_digest(("smoke", "fire"))
    assert set(report.hazards) == {"smoke", "fire"}
