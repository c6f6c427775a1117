"""Candidate, variants and champion in one benchmark: what is kept, compared and chosen, with times made by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from support.made_benchmarks import FINGERPRINT, made_latency
from support.made_variants import ARM, FP32, X86, made_variant
from support.toy_runs import publish_toy, toy_dataset, toy_export
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.benchmark import benchmark_artifact, benchmark_candidate, verb
from safety_tasks.benchmark.latency import Timed
from safety_tasks.bundle.layout import pointer_key
from safety_tasks.cli.explaining import read_choices
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ClassMapError
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.model import ExportedModel, Measurements
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import get_artifact, put_artifact
from safety_tasks.store.local import LocalStore

SETTINGS = BenchmarkSettings(frames=20, sustained_s=0.01, device_threads=2)
FRAMES_MS = {"reference": (40.0, 44.0), FP32: (36.0, 40.0), X86: (20.0, 22.0), ARM: (1.0, 1.0)}
CHAMPION_MS = (50.0, 55.0)
BLIND = toy_model(gains=(1, 0, 1))
Calls = list[tuple[list[str], dict[str, Any]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Put times made by hand in place of measured ones, on a machine made up; give what was timed, and how."""
    noted: Calls = []

    def measure_latency(
        models: Mapping[str, bytes],
        pictures: Sequence[Any],
        *,
        frames: int,
        sustained_s: float,
        threads: int = 1,
        spinning: bool = False,
    ) -> dict[str, Timed]:
        how = {"pictures": len(pictures), "frames": frames, "seconds": sustained_s}
        noted.append((list(models), how | {"threads": threads, "spinning": spinning}))
        known = FRAMES_MS | {"champion": CHAMPION_MS, "model": (7.0,)}
        return {
            name: Timed(np.array(known[name]), made_latency(known[name][0], threads))
            for name in models
        }

    monkeypatch.setattr(verb, "measure_latency", measure_latency)
    monkeypatch.setattr(verb, "fingerprint", lambda: FINGERPRINT)
    return noted


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def exported(store: LocalStore, version: DatasetVersion, **variants: bytes) -> ExportedModel:
    """Export the strong model with variants of other files: ``fp32``, ``x86``, ``arm``."""
    made = []
    for short, payload in variants.items():
        name = {"fp32": FP32, "x86": X86, "arm": ARM}[short]
        model = put_artifact(store, f"runs/r1/models/{sha256_bytes(payload)[:16]}.onnx", payload)
        made.append(made_variant(name, model=model))
    plain = toy_export(store, version, "r1", strong_model())
    return plain.model_copy(update={"variants": tuple(made)})


def test_without_variants_and_champion(
    local_store: LocalStore, version: DatasetVersion, calls: Calls
) -> None:
    """The reference alone is timed, and taken; there is nothing to compare with."""
    found = benchmark_candidate(local_store, exported(local_store, version), version, SETTINGS)
    assert [names for names, _ in calls] == [["reference"], ["reference"]]
    assert (found.variants, found.differences, found.frame_ratio) == ((), {}, None)
    assert found.choice is not None
    assert found.choice.chosen == "reference"
    assert found.choice.model_sha256 == sha256_bytes(strong_model())
    assert found.champion.report is None


def test_all_take_turns_on_one_thread(
    local_store: LocalStore, version: DatasetVersion, calls: Calls
) -> None:
    """Reference, variants of this hardware and champion together; on the device's threads what is released as such."""
    publish_toy(local_store, version, "r0", weak_model())
    given = exported(local_store, version, fp32=toy_model(box_scale=0.99), x86=BLIND, arm=BLIND)
    found = benchmark_candidate(local_store, given, version, SETTINGS)
    how = {"pictures": 3, "frames": 20, "seconds": 0.01, "spinning": False}
    assert calls == [
        (["reference", FP32, X86, "champion"], how | {"threads": 1}),
        (["reference", "champion"], how | {"threads": 2}),
    ]
    report, champion = found.candidate, found.champion.report
    assert champion is not None
    for each, p50_ms in ((report, 40.0), (champion, 50.0)):
        assert (each.latency.threads, each.latency.p50_ms) == (1, p50_ms)
        assert each.device_latency is not None
        assert (each.device_latency.threads, each.device_latency.p50_ms) == (2, p50_ms)
    assert found.frame_ratio == pytest.approx(0.8)


@pytest.mark.parametrize(("set_threads", "cores"), [(1, 8), (0, 1)])
def test_a_device_of_one_thread_is_not_timed_twice(
    local_store: LocalStore,
    version: DatasetVersion,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
    set_threads: int,
    cores: int,
) -> None:
    """Set so, or because there is one core: the times of one thread are the device's."""
    monkeypatch.setattr(verb, "usable_cores", lambda: cores)
    settings = SETTINGS.model_copy(update={"device_threads": set_threads})
    given = exported(local_store, version, fp32=toy_model(box_scale=0.99))
    found = benchmark_candidate(local_store, given, version, settings)
    assert [names for names, _ in calls] == [["reference", FP32]]
    assert found.candidate.device_latency == found.candidate.latency


def test_every_core_is_the_devices_by_default(
    local_store: LocalStore,
    version: DatasetVersion,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """0 in the settings means all that this process may use, also for one artifact."""
    monkeypatch.setattr(verb, "usable_cores", lambda: 6)
    settings = SETTINGS.model_copy(update={"device_threads": 0})
    model = exported(local_store, version).model
    report = benchmark_artifact(local_store, model, version, settings)
    assert [(names, how["threads"]) for names, how in calls] == [(["model"], 1), (["model"], 6)]
    assert report.device_latency is not None
    assert report.device_latency.threads == 6


@pytest.mark.usefixtures("calls")
def test_what_is_kept(local_store: LocalStore, version: DatasetVersion) -> None:
    """Measurements, choice, details, samples, gallery and pages lie where the record says, and prove themselves."""
    given = exported(local_store, version, fp32=toy_model(box_scale=0.99), x86=BLIND)
    found = benchmark_candidate(local_store, given, version, SETTINGS)
    stored = local_store.get("runs/r1/benchmark.json").payload
    assert Measurements.from_json_bytes(stored, what="stored") == found
    assert list(local_store.keys("runs/r1/choices/")) == ["runs/r1/choices/x86-vnni.json"]
    assert read_choices(local_store, "r1") == [found.choice]
    assert set(found.page_keys) == {"en", "ko"}
    for language, key in found.page_keys.items():
        page = local_store.get(key).payload.decode()
        assert page.lower().startswith("<!doctype html>")
        assert f'lang="{language}"' in page[:300]
        assert "r1" in page
        assert X86 in page
        assert "U8S8" in page  # as it was made, which the measurements do not say
    assert found.candidate.details is not None
    payload = get_artifact(local_store, found.candidate.details)
    details = BenchmarkDetails.from_json_bytes(payload, what="details")
    assert details.frames_ms == FRAMES_MS["reference"]
    assert details.champion_frames_ms == ()
    assert set(details.curves) == set(version.classes)
    assert {(one.kind, one.hazard) for one in details.gallery} == {
        ("best", name) for name in version.classes
    }
    for one in details.gallery:
        decode_picture(get_artifact(local_store, one.picture), what=one.file)
    assert len(found.candidate.sample_keys) == 2
    noise = found.candidate.noise
    assert noise is not None
    assert set(noise.ap50) == set(version.classes)


@pytest.mark.usefixtures("calls")
def test_the_choice_is_by_time_and_holdout(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """INT8 is twice as fast and blind to fire: it is refused on the holdout, and FP32 is taken; sighted it is taken."""
    fp32 = toy_model(box_scale=0.99)
    given = exported(local_store, version, fp32=fp32, x86=BLIND, arm=BLIND)
    found = benchmark_candidate(local_store, given, version, SETTINGS)
    assert [(one.name, one.offered) for one in found.variants] == [(FP32, True), (X86, False)]
    assert [one.frame_ratio for one in found.variants] == pytest.approx([0.904545, 0.5], abs=1e-4)
    assert [one.latency.p50_ms for one in found.variants] == [36.0, 20.0]
    assert found.choice is not None
    assert (found.choice.chosen, found.choice.hardware) == (FP32, "x86-vnni")
    assert found.choice.model_sha256 == sha256_bytes(fp32)
    assert "not offered, on the holdout: " in found.choice.reasons[X86]
    assert found.choice.timed == found.variants
    sighted = exported(local_store, version, fp32=fp32, x86=toy_model(box_scale=0.98))
    again = benchmark_candidate(local_store, sighted, version, SETTINGS)
    assert again.choice is not None
    assert again.choice.chosen == X86
    assert read_choices(local_store, "r1") == [again.choice]


@pytest.mark.usefixtures("calls")
def test_differences_to_the_champion(local_store: LocalStore, version: DatasetVersion) -> None:
    """Candidate and champion on the same pictures in the same run; frames of both are in the details."""
    publish_toy(local_store, version, "r0", weak_model())
    found = benchmark_candidate(local_store, exported(local_store, version), version, SETTINGS)
    assert set(found.differences) == {"map50", "map50_95"} | {
        f"{part}.{name}" for part in ("ap50", "ap50_95", "recall") for name in version.classes
    }
    assert found.differences["map50"].difference == pytest.approx(1)
    assert found.differences["ap50.fire"].support == found.candidate.hazards["fire"].support
    assert found.candidate.details is not None
    payload = get_artifact(local_store, found.candidate.details)
    details = BenchmarkDetails.from_json_bytes(payload, what="details")
    assert details.champion_frames_ms == CHAMPION_MS


def test_a_champion_with_a_problem_is_not_compared(
    local_store: LocalStore, version: DatasetVersion, calls: Calls
) -> None:
    """It is reported, not timed, and no difference and no ratio is claimed."""
    publish_toy(local_store, version, "r0", weak_model())
    local_store.put(pointer_key("stable"), b"altered")
    found = benchmark_candidate(local_store, exported(local_store, version), version, SETTINGS)
    assert (found.differences, found.frame_ratio) == ({}, None)
    assert found.champion.report is None
    assert "expected" in found.champion.problem
    assert all("champion" not in names for names, _ in calls)
    assert local_store.exists(found.page_keys["en"])


def test_a_model_of_other_classes_is_not_measured(
    local_store: LocalStore, version: DatasetVersion, calls: Calls
) -> None:
    """Neither timed nor recorded: its file has other hazards than its record."""
    given = toy_export(local_store, version, "r1", toy_model(classes=("fire", "smoke", "leak")))
    with pytest.raises(ClassMapError, match="expected the classes 0 smoke"):
        benchmark_candidate(local_store, given, version, SETTINGS)
    assert calls == []
    assert not local_store.exists("runs/r1/benchmark.json")
