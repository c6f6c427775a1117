"""Records of variants are strict, and what was stored before there were any still reads."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError
from support.made_benchmarks import FINGERPRINT, made_latency, made_measurements, made_score
from support.made_variants import ARM, DIGESTS, FP32, X86, made_variant, timed_variant

from safety_tasks.errors import BenchmarkError
from safety_tasks.records.base import Artifact, Record
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    IncidentResult,
    Measurements,
    Parity,
)
from safety_tasks.records.scores import HazardScore
from safety_tasks.records.timing import Latency
from safety_tasks.records.variants import (
    FrontierStep,
    Int8Budget,
    ModelVariant,
    VariantChoice,
)

# The fields that each record had before variants, intervals, slices and the parts of a frame.
FIRST = {
    Parity: "pictures max_box_difference_px max_score_difference box_tolerance_px score_tolerance",
    ExportedModel: "run_id dataset_version classes classes_sha256 imgsz_px model parity code_sha256",
    HazardScore: "ap50 ap50_95 recall precision threshold support",
    Latency: "p50_ms p95_ms p99_ms frames threads machine",
    IncidentResult: "total missed trained_on without_hazard",
    BenchmarkReport: (
        "model_sha256 classes_sha256 dataset_version manifest_sha256 split imgsz_px pictures scenes hazards map50 "
        "map50_95 latency incidents sample_keys"
    ),
    ChampionBenchmark: "release_seq report problem",
    Measurements: "run_id candidate champion",
}
STEP = FrontierStep(
    float_modules=(), loss=0.1, time_ratio=0.5, agreement_f1=0.9, map50_95_drop=None, within=False
)
CHOICE = VariantChoice(
    run_id="r1",
    hardware="x86-vnni",
    fingerprint=FINGERPRINT,
    chosen=X86,
    model_sha256=DIGESTS[X86],
    reasons={"reference": "loads anywhere"},
    timed=(timed_variant(FP32, 0.9), timed_variant(X86, 0.5)),
    at="2026-11-24T08:15:00+00:00",
)
MADE = made_variant(X86, steps=(STEP,))
MODEL = Artifact(key="runs/r1/models/a.onnx", sha256="a" * 64, size_bytes=9)
EXPORTED = ExportedModel(
    run_id="r1",
    dataset_version="0" * 16,
    classes=("smoke", "fire"),
    classes_sha256="b" * 64,
    imgsz_px=640,
    model=MODEL,
    parity=Parity(
        pictures=12,
        max_box_difference_px=0.01,
        max_score_difference=1e-5,
        box_tolerance_px=0.05,
        score_tolerance=0.001,
        worst_picture="7.jpg",
    ),
    code_sha256="c" * 64,
    thresholds={"smoke": 0.3, "fire": 0.4},
    threshold_reasons={"smoke": "F1", "fire": "F1"},
    variants=(MADE, made_variant(FP32)),
    not_made={ARM: "why"},
    settings_sha256="d" * 64,
)


def as_first_written(value: Any) -> Any:
    """Return a record as plain JSON with only the fields that it had at first."""
    if isinstance(value, Record):
        names = FIRST[type(value)].split() if type(value) in FIRST else type(value).model_fields
        return {name: as_first_written(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {name: as_first_written(each) for name, each in value.items()}
    return [as_first_written(each) for each in value] if isinstance(value, tuple) else value


def test_an_old_export_reads() -> None:
    """Without variants, thresholds and settings: there are none, and asked again it is made anew."""
    payload = json.dumps(as_first_written(EXPORTED)).encode()
    assert b"variants" not in payload
    old = ExportedModel.from_json_bytes(payload, what="export.json")
    assert (old.variants, old.not_made, old.thresholds, old.threshold_reasons) == ((), {}, {}, {})
    assert old.settings_sha256 is None
    assert old.parity is not None
    assert old.parity.worst_picture == ""
    assert (old.model, old.classes, old.run_id) == (MODEL, ("smoke", "fire"), "r1")


def test_an_old_benchmark_reads() -> None:
    """Without differences, variants, choice and pages: nothing of them is known, and nothing is made up."""
    full = made_measurements(variants=CHOICE.timed, choice=CHOICE, page_keys={"en": "page"})
    old = Measurements.from_json_bytes(
        json.dumps(as_first_written(full)).encode(), what="benchmark.json"
    )
    assert (old.differences, old.frame_ratio, old.variants) == ({}, None, ())
    assert (old.choice, old.page_keys) == (None, {})
    report, latency = old.candidate, old.candidate.latency
    assert (report.ar, report.noise, report.device_latency, report.details) == (None,) * 4
    assert (report.map50_interval, report.confusion, report.false_alarms) == (None,) * 3
    assert (report.slices, report.events) == ((), {})
    assert (latency.fingerprint, latency.sustained_fps, latency.spinning) == (None,) * 3
    assert report.hazards["fire"].ap50 == full.candidate.hazards["fire"].ap50
    assert report.hazards["fire"].f1 is None
    assert old.champion.release_seq == 7
    assert old.champion.report is not None
    assert Measurements.from_json_bytes(full.to_json_bytes(), what="new") == full


def test_defaults_are_nobody_elses() -> None:
    """Two old records do not share what one of them is given."""
    payload = json.dumps(as_first_written(EXPORTED)).encode()
    one, other = (ExportedModel.from_json_bytes(payload, what="export.json") for _ in range(2))
    one.not_made["edge-fp32"] = "changed"
    assert other.not_made == {}


@pytest.mark.parametrize(
    "record",
    [MADE, EXPORTED, CHOICE, made_measurements(choice=CHOICE), made_score(0.8), made_latency()],
    ids=lambda record: type(record).__name__,
)
def test_a_field_more_is_refused(record: Record) -> None:
    """What another version wrote is not half read, also deep inside."""
    document = record.to_dict()
    document["surprise"] = 1
    with pytest.raises(BenchmarkError, match="problem at surprise"):
        type(record).from_json_bytes(json.dumps(document).encode(), what="it", error=BenchmarkError)


def test_a_field_more_deep_inside_is_refused() -> None:
    """A variant's parity with a field more refuses the whole export."""
    document = EXPORTED.to_dict()
    document["variants"][0]["parity"]["surprise"] = 1
    with pytest.raises(BenchmarkError, match=r"problem at variants\.0\.parity\.surprise"):
        ExportedModel.from_json_bytes(
            json.dumps(document).encode(), what="it", error=BenchmarkError
        )


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        (MADE.parity, {"agreement_f1": NAN}),
        (MADE.parity, {"agreement_f1": 1.0001}),
        (MADE.parity, {"max_score_difference": 1.5}),
        (MADE.parity, {"max_box_difference_px": -0.1}),
        (MADE.parity, {"max_box_difference_px": INF}),
        (MADE.parity, {"matched": -1}),
        (MADE.budget, {"map50_95_drop": -1.1}),
        (MADE.budget, {"map50_95_drop": NAN}),
        (MADE.budget, {"ap50_drops": {"fire": 1.1}}),
        (MADE.budget, {"noise_ap50": {"fire": -0.1}}),
        (MADE.budget, {"split": "train"}),
        (STEP, {"time_ratio": 0.0}),
        (STEP, {"loss": -0.1}),
        (STEP, {"loss": INF}),
        (MADE, {"name": "edge-int4"}),
        (MADE, {"name": "champion"}),
        (MADE, {"precision": "int4"}),
        (MADE, {"scheme": "S8U8"}),
        (CHOICE.timed[0], {"frame_ratio": 0.0}),
        (CHOICE.timed[0], {"frame_ratio": NAN}),
        (CHOICE.timed[0], {"model_sha256": "x"}),
        (CHOICE, {"chosen": "edge"}),
        (CHOICE, {"hardware": "x86/../.."}),
        (CHOICE, {"run_id": ""}),
    ],
)
def test_a_value_out_of_range_is_refused(record: Record, changes: dict[str, Any]) -> None:
    """No NaN, no share over one, no unknown name, and nothing in a key that would leave its folder."""
    values = {name: getattr(record, name) for name in type(record).model_fields}
    type(record).model_validate(values)
    with pytest.raises(ValidationError, match=next(iter(changes))):
        type(record).model_validate(values | changes)


@pytest.mark.parametrize(
    ("values", "good"),
    [
        ({}, True),
        ({"min_agreement_f1": 0.0}, False),
        ({"min_agreement_f1": 1.0}, True),
        ({"min_agreement_f1": 1.1}, False),
        ({"max_map50_95_drop": 0.0}, True),
        ({"max_map50_95_drop": -0.1}, False),
        ({"ap50_drop_beyond_noise": 0.0}, True),
        ({"ap50_drop_beyond_noise": NAN}, False),
    ],
)
def test_a_budget_is_one_of_shares(values: dict[str, float], good: bool) -> None:
    """Half a point of AP50-95, F1 0.97 and a point of AP50 beyond noise by default; an agreement of 0 is no budget."""
    if not good:
        with pytest.raises(ValidationError):
            Int8Budget(**values)
        return
    default = {"max_map50_95_drop": 0.005, "min_agreement_f1": 0.97, "ap50_drop_beyond_noise": 0.01}
    assert Int8Budget(**values).model_dump() == default | values


def test_a_variant_needs_no_search() -> None:
    """FP32 has neither budget nor search: those fields may be missing."""
    document = made_variant(FP32).to_dict()
    for name in ("budget", "float_modules", "steps", "frontier", "scheme"):
        del document[name]
    assert ModelVariant.model_validate(document) == made_variant(FP32)
