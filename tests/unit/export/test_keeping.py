"""A variant in the store: its file under its digest, the picture of its search, and a reason that people read."""

from typing import Any

import pytest

from safety_tasks.digests import sha256_bytes
from safety_tasks.export.keeping import keep_variant
from safety_tasks.export.making import Made
from safety_tasks.export.quantise.search import Step
from safety_tasks.records.variants import BudgetResult, FrontierStep, Int8Budget, VariantParity
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore

PARITY = VariantParity(
    pictures=12,
    reference_detections=310,
    variant_detections=300,
    matched=297,
    agreement_f1=0.97377,
    max_box_difference_px=1.5,
    max_score_difference=0.03,
    worst_picture="7.png",
)
REASONS = ("AP50-95 falls by 0.0211, more than 0.0050", "AP50 of fire falls by 0.0400")
BEST = Step(("model.0", "model.4"), 0.1, 0.7, 0.974, -0.001, True, "")
STEPS = (Step((), 0.3, 0.5, 0.9, 0.02, False, "too low"), BEST)


def cost(*reasons: str) -> BudgetResult:
    """Return what INT8 costs on val, with reasons to refuse it, or none."""
    return BudgetResult(
        split="val",
        budget=Int8Budget(min_agreement_f1=0.96),
        agreement_f1=0.97377,
        map50_95_drop=0.001,
        ap50_drops={"smoke": None, "fire": 0.04},
        noise_ap50={"smoke": None, "fire": 0.01},
        within=not reasons,
        reasons=reasons,
    )


def made(name: Any = "edge-int8-x86", **changes: Any) -> Made:
    """Return an INT8 variant within its budget, found by a search."""
    values = {"payload": b"int8", "budget": cost(), "step": BEST, "steps": STEPS}
    return Made(name=name, parity=PARITY, **(values | changes))


FP32 = Made("edge-fp32", b"fp32", PARITY)


@pytest.mark.parametrize(
    ("variant", "precision", "scheme"),
    [
        (FP32, "fp32", ""),
        (made(), "int8", "U8S8"),
        (made("edge-int8-arm"), "int8", "S8S8"),
    ],
)
def test_the_file_lies_under_its_digest(
    local_store: LocalStore, variant: Made, precision: str, scheme: str
) -> None:
    """The record names the run's file by its content, and tells what kind of graph it is."""
    kept = keep_variant(local_store, "r1", variant)
    digest = sha256_bytes(variant.payload)
    assert kept.model.key == f"runs/r1/models/{digest[:16]}.onnx"
    assert (kept.model.sha256, kept.model.size_bytes) == (digest, 4)
    assert get_artifact(local_store, kept.model) == variant.payload
    assert (kept.name, kept.precision, kept.scheme) == (variant.name, precision, scheme)
    assert (kept.parity, kept.budget) == (PARITY, variant.budget)
    assert keep_variant(local_store, "r1", variant) == kept


@pytest.mark.parametrize(
    ("variant", "offered", "why"),
    [
        (FP32, True, "agrees with the reference on val: F1 0.9738 of 310 detections"),
        (
            made(),
            True,
            "agrees with the reference on val: F1 0.9738 of 310 detections; within its budget",
        ),
        (made(budget=cost(REASONS[0])), False, f"not offered: {REASONS[0]}"),
        (made(budget=cost(*REASONS)), False, f"not offered: {REASONS[0]}; {REASONS[1]}"),
    ],
)
def test_offered_or_not_has_its_reason(
    local_store: LocalStore, variant: Made, offered: bool, why: str
) -> None:
    """FP32 has no budget; INT8 is offered within its own, and what is refused is kept with every reason."""
    kept = keep_variant(local_store, "r1", variant)
    assert (kept.offered, kept.why) == (offered, why)
    assert local_store.exists(kept.model.key)


def test_the_search_is_on_record(local_store: LocalStore) -> None:
    """Every step as it was judged, the modules of the one that was taken, and a picture of them all."""
    kept = keep_variant(local_store, "r1", made())
    assert kept.float_modules == ("model.0", "model.4")
    assert kept.steps == (
        FrontierStep(
            float_modules=(),
            loss=0.3,
            time_ratio=0.5,
            agreement_f1=0.9,
            map50_95_drop=0.02,
            within=False,
            why="too low",
        ),
        FrontierStep(
            float_modules=("model.0", "model.4"),
            loss=0.1,
            time_ratio=0.7,
            agreement_f1=0.974,
            map50_95_drop=-0.001,
            within=True,
        ),
    )
    assert kept.frontier is not None
    drawn = get_artifact(local_store, kept.frontier)
    assert drawn.startswith(b"\x89PNG")
    assert kept.frontier.key == f"runs/r1/frontier/{sha256_bytes(drawn)[:16]}.png"


def test_the_picture_says_whose_search_it_is(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is its title, the steps and the budget are those on record, and the taken step is marked."""
    drawn: list[Any] = []

    def draw(steps: Any, chosen: Any, budget: Int8Budget, *, title: str) -> bytes:
        drawn.extend([steps, chosen, budget, title])
        return b"picture"

    monkeypatch.setattr("safety_tasks.export.keeping.draw_frontier", draw)
    kept = keep_variant(local_store, "r1", made())
    assert drawn[0] == kept.steps
    assert drawn[1:] == [BEST.float_modules, Int8Budget(min_agreement_f1=0.96), "INT8 of run r1"]


@pytest.mark.parametrize("variant", [FP32, made(steps=()), made(step=None), made(budget=None)])
def test_without_a_search_there_is_no_picture(local_store: LocalStore, variant: Made) -> None:
    """FP32 is not searched for, and ARM's search was not timed on ARM."""
    kept = keep_variant(local_store, "r1", variant)
    assert kept.frontier is None
    assert kept.precision == ("fp32" if variant is FP32 else "int8")
    assert not list(local_store.keys("runs/r1/frontier/"))
    assert kept.float_modules == (variant.step.float_modules if variant.step else ())
