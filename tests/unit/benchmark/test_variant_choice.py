"""Which variant a machine gets: a truth table over what was made, measured and offered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_benchmarks import FINGERPRINT
from support.made_variants import ARM, DIGESTS, FP32, X86, made_variant, timed_variant

from safety_tasks.benchmark.variant_choice import LEAST_GAIN, choose_variant
from safety_tasks.records.base import Artifact
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.variants import VariantBenchmark, VariantChoice

AT = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)
REFUSED = {"offered": False, "why": "not offered, on the holdout: AP50-95 falls by 0.0300"}


def exported(**changes: Any) -> ExportedModel:
    """Return an export with every variant."""
    values: dict[str, Any] = {
        "run_id": "r1",
        "dataset_version": "0" * 16,
        "classes": ("smoke",),
        "classes_sha256": "b" * 64,
        "imgsz_px": 640,
        "model": Artifact(key="m.onnx", sha256=DIGESTS["reference"], size_bytes=9),
        "parity": None,
        "code_sha256": "c" * 64,
        "variants": tuple(made_variant(name) for name in (FP32, X86, ARM)),
    }
    return ExportedModel.model_validate(values | changes)


def chosen(*timed: VariantBenchmark, **changes: Any) -> VariantChoice:
    """Choose for the made-up machine."""
    return choose_variant(exported(**changes), timed, FINGERPRINT, at=AT)


@pytest.mark.parametrize(
    ("timed", "name"),
    [
        ((), "reference"),
        (((FP32, 1.001),), "reference"),
        (((FP32, 1.0),), FP32),
        (((FP32, 0.999),), FP32),
        (((FP32, 0.4),), FP32),
        (((X86, 0.951),), "reference"),
        (((X86, 0.949),), X86),
        (((FP32, 1.2), (X86, 0.97)), "reference"),
        (((FP32, 1.2), (X86, 0.94)), X86),
        (((FP32, 0.8), (X86, 0.77)), FP32),
        (((FP32, 0.8), (X86, 0.759)), X86),
        (((X86, 0.759), (FP32, 0.8)), X86),
        (((FP32, 0.8), (X86, 0.8)), FP32),
        (((FP32, 0.8), (ARM, 0.5)), ARM),
        (((FP32, 0.9), (X86, 0.5), (ARM, 0.49)), X86),
        (((FP32, 0.9), (X86, 0.5), (ARM, 0.47)), ARM),
    ],
)
def test_the_boldest_that_pays(timed: tuple[tuple[str, float], ...], name: str) -> None:
    """FP32 wherever it is not slower; INT8 for 5 % beyond what is taken before it; else what is safer."""
    found = chosen(*(timed_variant(each, ratio) for each, ratio in timed))
    assert (found.chosen, found.model_sha256) == (name, DIGESTS[name])
    assert [one.name for one in found.timed] == [each for each, _ in timed]


@pytest.mark.parametrize("refused", [FP32, X86])
def test_what_is_not_offered_is_not_taken(refused: str) -> None:
    """However fast it is: the reason is the one of the holdout, and the next one is compared with what is left."""
    timed = [timed_variant(FP32, 0.5), timed_variant(X86, 0.4)]
    timed = [t.model_copy(update=REFUSED) if t.name == refused else t for t in timed]
    found = chosen(*timed)
    assert found.chosen == ({FP32, X86} - {refused}).pop()
    assert found.reasons[refused] == REFUSED["why"]


def test_every_variant_has_its_reason() -> None:
    """Taken or not, measured or not, made or not: a line each, in order, with the numbers that decided."""
    found = chosen(timed_variant(FP32, 0.8), timed_variant(X86, 0.7642))
    assert found.reasons == {
        "reference": "loads anywhere; what the others are compared with",
        FP32: "frame 0.800 of the reference's, and it finds the same",
        X86: "frame 0.764 of the reference's: no gain over edge-fp32 (0.800)",
        ARM: "not measured on this hardware",
    }
    assert list(found.reasons) == ["reference", FP32, X86, ARM]
    taken = chosen(timed_variant(FP32, 1.3), timed_variant(X86, 0.5))
    assert taken.reasons[FP32] == "frame 1.300 of the reference's: no gain over reference (1.000)"
    assert taken.reasons[X86] == "frame 0.500 of the reference's, within its budget"


def test_what_was_not_made_says_why() -> None:
    """The export's own reason, not that nobody measured it."""
    not_made = {
        X86: "export.int8 is off in the settings",
        ARM: "export.int8 is off in the settings",
    }
    found = chosen(timed_variant(FP32, 0.9), variants=(made_variant(FP32),), not_made=not_made)
    assert found.chosen == FP32
    assert {name: found.reasons[name] for name in not_made} == not_made


def test_where_and_when() -> None:
    """The choice holds for the machine's class, and says which run, which machine, and when, in UTC."""
    found = chosen()
    assert (found.run_id, found.hardware, found.fingerprint) == ("r1", "x86-vnni", FINGERPRINT)
    assert found.at == "2026-11-24T08:15:00+00:00"
    now = datetime.fromisoformat(choose_variant(exported(), (), FINGERPRINT).at)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)
    arm = FINGERPRINT.model_copy(update={"features": ("asimd",), "architecture": "aarch64"})
    assert choose_variant(exported(), (), arm, at=AT).hardware == "arm"


RATIOS = st.dictionaries(
    st.sampled_from([FP32, X86, ARM]), st.tuples(st.floats(0.05, 3), st.booleans())
)


@given(RATIOS)
def test_nobody_gets_what_is_slower(ratios: dict[str, tuple[float, bool]]) -> None:
    """What is chosen is offered, no slower than the reference, and INT8 gains enough over FP32."""
    timed = [timed_variant(name, ratio, offered=ok) for name, (ratio, ok) in ratios.items()]
    found = chosen(*timed)
    assert set(found.reasons) == {"reference", FP32, X86, ARM}
    fp32 = ratios.get(FP32, (9.0, False))
    if found.chosen == "reference":
        assert not (fp32[1] and fp32[0] <= 1)
        return
    ratio, offered = ratios[found.chosen]
    assert offered
    assert ratio <= 1
    if found.chosen != FP32:
        assert ratio <= 1 - LEAST_GAIN
        assert not fp32[1] or fp32[0] > 1 or ratio <= fp32[0] * (1 - LEAST_GAIN)


def test_what_was_refused_at_export_says_why() -> None:
    """A variant that is not measured since it was refused has that reason, not that nobody measured it."""
    why = "AP50-95 falls by 0.0211"
    choice = chosen(timed_variant(FP32, 0.9), variants=(made_variant(FP32), made_variant(X86, why)))
    assert why in choice.reasons[X86]
    assert choice.reasons[ARM] == "not measured on this hardware"
