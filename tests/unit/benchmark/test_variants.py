"""A variant on the holdout: agreement, budget and time beside the reference."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.made_benchmarks import made_latency
from support.made_variants import ARM, FP32, X86, made_budget, made_variant
from support.scored import labelled
from support.toy_runs import hazards_of
from toy_models import CLASSES, png, strong_model, toy_boxes, toy_model, toy_picture

from safety_tasks.benchmark.accuracy import measure_accuracy
from safety_tasks.benchmark.latency import Timed
from safety_tasks.benchmark.variants import measured_variant, worth_measuring
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.base import Artifact
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import Int8Budget, ModelVariant, VariantBenchmark
from safety_tasks.scoring.accuracy import Accuracy

QUIET = NoiseFloor(changes={}, ap50=dict.fromkeys(CLASSES, 0.0), map50_95=0.0)
BLIND = toy_model(gains=(1, 0, 1))


def timed(*frames_ms: float) -> Timed:
    """Return the times of frames."""
    return Timed(np.array(frames_ms), made_latency(frames_ms[0]))


TIMES = {
    "reference": timed(10, 20, 40),
    FP32: timed(9, 20, 30),
    X86: timed(5, 16, 10),
}


@pytest.fixture
def reader(tmp_path: Path) -> PictureReader:
    """Keep four drawn pictures."""
    paths = {}
    for number in range(4):
        path = tmp_path / f"{number}.png"
        path.write_bytes(png(toy_picture(hazards_of(number))))
        paths[f"{number:064x}"] = path
    return PictureReader(paths)


@pytest.fixture
def reference(reader: PictureReader) -> Accuracy:
    """Look at them with the strong model."""
    pictures = [
        labelled(n, scene=f"s{n}").model_copy(update={"boxes": toy_boxes(hazards_of(n))})
        for n in range(4)
    ]
    detector = Detector(strong_model(), what="toy")
    seen = measure_accuracy(detector, [], pictures, reader, lambda done, total: None)
    return replace(seen, thresholds=dict.fromkeys(CLASSES, 0.5))


def measured(
    variant: ModelVariant,
    payload: bytes,
    reference: Accuracy,
    reader: PictureReader,
    noise: NoiseFloor = QUIET,
) -> VariantBenchmark:
    """Measure a variant."""
    return measured_variant(variant, payload, reference, noise, reader, TIMES)


def test_fp32_has_parity_and_no_budget(reference: Accuracy, reader: PictureReader) -> None:
    """The same model agrees wholly; whether it is offered, and why, is as the export said."""
    made = made_variant(FP32)
    found = measured(made, strong_model(), reference, reader)
    assert (found.name, found.model_sha256, found.budget) == (FP32, made.model.sha256, None)
    assert (found.parity.agreement_f1, found.parity.matched, found.parity.pictures) == (1, 12, 4)
    assert (found.offered, found.why) == (True, made.why)
    assert found.latency == TIMES[FP32].latency
    assert found.frame_ratio == pytest.approx(0.9)  # of 0.9, 1.0 and 0.75


def test_int8_within_its_budget_is_offered(reference: Accuracy, reader: PictureReader) -> None:
    """On the holdout it is judged again, which nothing was chosen on."""
    made = made_variant(X86)
    found = measured(made, strong_model(), reference, reader)
    assert found.budget is not None
    assert (found.budget.split, found.budget.within, found.budget.reasons) == ("holdout", True, ())
    assert (found.offered, found.why) == (True, made.why)
    assert found.frame_ratio == pytest.approx(0.5)


def test_a_budget_missed_on_the_holdout_takes_the_offer_back(
    reference: Accuracy, reader: PictureReader
) -> None:
    """Blind to fire it was within its budget on val, and is refused all the same, with every reason."""
    found = measured(made_variant(X86), BLIND, reference, reader)
    assert found.budget is not None
    assert not found.budget.within
    assert len(found.budget.reasons) == 3
    assert found.budget.ap50_drops == {
        "smoke": pytest.approx(0),
        "fire": pytest.approx(1),
        "person_down": pytest.approx(0),
    }
    assert not found.offered
    assert found.why == f"not offered, on the holdout: {'; '.join(found.budget.reasons)}"
    assert "AP50 of fire falls by 1.0000, more than noise and allowance 0.0100" in found.why
    assert found.parity.agreement_f1 == pytest.approx(16 / 20)


def test_the_budget_is_the_one_of_the_export(reference: Accuracy, reader: PictureReader) -> None:
    """What may be lost is on record with the variant; noise of the holdout is allowed on top."""
    lax = Int8Budget(max_map50_95_drop=0.5, min_agreement_f1=0.7, ap50_drop_beyond_noise=0.6)
    cost = made_budget().model_copy(update={"budget": lax})
    made = made_variant(X86, budget=cost)
    found = measured(made, BLIND, reference, reader)
    assert found.budget is not None
    assert found.budget.budget == lax
    assert found.budget.reasons == (
        "AP50 of fire falls by 1.0000, more than noise and allowance 0.6000",
    )
    loud = QUIET.model_copy(update={"ap50": QUIET.ap50 | {"fire": 0.45}})
    assert measured(made, BLIND, reference, reader, loud).offered


def test_thresholds_are_those_of_the_reference(reference: Accuracy, reader: PictureReader) -> None:
    """Scores below the reference's operating thresholds are no detections, whatever the variant carries."""
    faint = toy_model(gains=(0.45, 0.45, 0.45))
    found = measured(made_variant(FP32), faint, reference, reader)
    assert (found.parity.reference_detections, found.parity.variant_detections) == (12, 0)
    lower = replace(reference, thresholds=dict.fromkeys(CLASSES, 0.4))
    assert measured(made_variant(FP32), faint, lower, reader).parity.matched == 12


MADE = (made_variant(FP32), made_variant(X86), made_variant(ARM))
OFF = {name: made_variant(name, "too much is lost") for name in (X86, ARM)}


@pytest.mark.parametrize(
    ("variants", "hardware", "names"),
    [
        ((), "x86", []),
        (MADE, "x86", [FP32, X86]),
        (MADE, "x86-vnni", [FP32, X86]),
        (MADE, "x86-amx", [FP32, X86]),
        (MADE, "arm", [FP32, ARM]),
        (MADE, "arm-dot", [FP32, ARM]),
        ((MADE[0], OFF[X86], MADE[2]), "x86-vnni", [FP32]),
        ((MADE[0], MADE[1], OFF[ARM]), "arm-i8mm", [FP32]),
        ((OFF[X86], OFF[ARM]), "x86", []),
    ],
)
def test_what_is_worth_measuring(
    variants: tuple[ModelVariant, ...], hardware: str, names: list[str]
) -> None:
    """What is made for the hardware and was not refused; the other architecture's INT8 is slow here."""
    exported = ExportedModel(
        run_id="r1",
        dataset_version="0" * 16,
        classes=CLASSES,
        classes_sha256="b" * 64,
        imgsz_px=64,
        model=Artifact(key="m.onnx", sha256="a" * 64, size_bytes=9),
        parity=None,
        code_sha256="c" * 64,
        variants=variants,
    )
    assert [one.name for one in worth_measuring(exported, hardware)] == names
