"""What a variant may cost beside its reference: every reason that a budget is missed is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import Int8Budget, VariantParity
from safety_tasks.scoring.average_precision import AveragePrecision
from safety_tasks.scoring.variant_budget import judge_budget

# Shares of two, so that a number at its bound is exactly there.
BUDGET = Int8Budget(max_map50_95_drop=0.125, min_agreement_f1=0.75, ap50_drop_beyond_noise=0.25)
NOISE = 0.125
FALL_OVERALL = "AP50-95 falls by 0.2500, more than 0.1250"
FALL_SMOKE = "AP50 of smoke falls by 0.5000, more than noise and allowance 0.3750"
FALL_FIRE = "AP50 of fire falls by 0.7500, more than noise and allowance 0.3750"
AGREES_LITTLE = "agreement with the reference is F1 0.5000, below 0.7500"
SEES_NOTHING = "the reference detects nothing, so nothing agrees with it"
NOT_MEASURED = "AP50-95 cannot be measured"


def scores(overall: float | None, **ap50: float | None) -> AveragePrecision:
    """Return the AP of a model that was asked for no other number."""
    return AveragePrecision(dict(ap50), dict(ap50), None, overall, dict(ap50), None)


def parity(f1: float = 1.0, reference_detections: int = 8) -> VariantParity:
    """Return how a variant agrees with its reference."""
    return VariantParity(
        pictures=4,
        reference_detections=reference_detections,
        variant_detections=8,
        matched=8,
        agreement_f1=f1,
        max_box_difference_px=0.0,
        max_score_difference=0.0,
    )


def noise(**ap50: float | None) -> NoiseFloor:
    """Return a noise floor by hazard."""
    return NoiseFloor(changes={}, ap50=ap50, map50_95=None)


USUAL = {"smoke": NOISE, "fire": NOISE}
SOUND = scores(0.75, smoke=1.0, fire=1.0)


def test_no_hazard_and_no_score_is_not_within() -> None:
    """Where nothing could be measured, nothing is within a budget."""
    result = judge_budget("val", BUDGET, parity(), scores(None), scores(None), noise())
    assert (result.within, result.reasons) == (False, (NOT_MEASURED,))
    assert (result.map50_95_drop, result.ap50_drops, result.noise_ap50) == (None, {}, {})


@pytest.mark.parametrize(
    ("variant", "agrees", "reasons"),
    [
        (SOUND, parity(), ()),
        # Each number at its bound.
        (scores(0.625, smoke=1.0, fire=1.0), parity(), ()),
        (SOUND, parity(0.75), ()),
        (scores(0.75, smoke=0.625, fire=0.625), parity(), ()),
        # Better than the reference.
        (scores(1.0, smoke=1.0, fire=1.0), parity(), ()),
        # Each reason alone.
        (scores(None, smoke=1.0, fire=1.0), parity(), (NOT_MEASURED,)),
        (scores(0.5, smoke=1.0, fire=1.0), parity(), (FALL_OVERALL,)),
        (SOUND, parity(0.5), (AGREES_LITTLE,)),
        (SOUND, parity(1.0, 0), (SEES_NOTHING,)),
        (SOUND, parity(0.0, 0), (SEES_NOTHING,)),
        (scores(0.75, smoke=0.5, fire=1.0), parity(), (FALL_SMOKE,)),
        (scores(0.75, smoke=1.0, fire=0.25), parity(), (FALL_FIRE,)),
        # Together, every one is told.
        (
            scores(0.5, smoke=0.5, fire=0.25),
            parity(0.5),
            (FALL_OVERALL, AGREES_LITTLE, FALL_SMOKE, FALL_FIRE),
        ),
        (
            scores(None, smoke=0.5, fire=0.25),
            parity(0.0, 0),
            (NOT_MEASURED, SEES_NOTHING, FALL_SMOKE, FALL_FIRE),
        ),
    ],
)
def test_every_reason_is_told(
    variant: AveragePrecision, agrees: VariantParity, reasons: tuple[str, ...]
) -> None:
    """A number at its bound is within; one beyond it is a reason, and a reason never hides another."""
    result = judge_budget("val", BUDGET, agrees, variant, SOUND, noise(**USUAL))
    assert result.reasons == reasons
    assert result.within is (not reasons)


def test_a_reference_without_a_score_is_not_within() -> None:
    """The variant's own number says nothing where the reference has none."""
    reference = scores(None, smoke=1.0, fire=1.0)
    result = judge_budget("val", BUDGET, parity(), SOUND, reference, noise(**USUAL))
    assert (result.map50_95_drop, result.reasons) == (None, (NOT_MEASURED,))


def test_a_hazard_without_labels_is_judged_by_agreement_alone() -> None:
    """Nobody labelled it, so it has no drop, and that alone is no reason."""
    nothing = scores(0.75, smoke=1.0, fire=None)
    floor = noise(smoke=NOISE, fire=None)
    result = judge_budget("holdout", BUDGET, parity(), nothing, nothing, floor)
    assert (result.within, result.ap50_drops) == (True, {"smoke": 0.0, "fire": None})
    apart = judge_budget("holdout", BUDGET, parity(0.5), nothing, nothing, floor)
    assert apart.reasons == (AGREES_LITTLE,)


@pytest.mark.parametrize(("now", "within"), [(1.0, True), (0.75, True), (0.625, False)])
def test_without_a_noise_floor_the_allowance_stands_alone(now: float, within: bool) -> None:
    """A floor that could not be measured excuses nothing."""
    floor = noise(smoke=None, fire=NOISE)
    variant = scores(0.75, smoke=now, fire=1.0)
    result = judge_budget("val", BUDGET, parity(), variant, SOUND, floor)
    wanted = ("AP50 of smoke falls by 0.3750, more than noise and allowance 0.2500",)
    assert (result.within, result.reasons) == (within, () if within else wanted)


@pytest.mark.parametrize("split", ["val", "holdout"])
def test_what_was_judged_is_on_record(split: str) -> None:
    """Drops are reference − variant, also where the variant gained; split, budget and noise stand beside them."""
    variant = scores(0.5, smoke=0.5, fire=1.0)
    reference = scores(0.75, smoke=1.0, fire=0.75)
    result = judge_budget(split, BUDGET, parity(0.875), variant, reference, noise(**USUAL))  # type: ignore[arg-type]
    assert (result.split, result.budget, result.agreement_f1) == (split, BUDGET, 0.875)
    assert result.map50_95_drop == 0.25
    assert result.ap50_drops == {"smoke": 0.5, "fire": -0.25}
    assert result.noise_ap50 == USUAL


EIGHTHS = st.integers(0, 8).map(lambda n: n / 8)


@given(EIGHTHS, EIGHTHS, EIGHTHS, EIGHTHS, EIGHTHS, EIGHTHS)
def test_a_worse_variant_is_never_within_where_a_better_one_is_not(
    overall: float, smoke: float, f1: float, less: float, floor: float, worse: float
) -> None:
    """Lower scores and less agreement only add reasons; more noise only takes some away."""

    def judged(cost: float, moved: float) -> set[str]:
        variant = scores(max(0.0, overall - cost), smoke=max(0.0, smoke - cost), fire=1.0)
        agrees = parity(max(0.0, f1 - cost))
        result = judge_budget("val", BUDGET, agrees, variant, SOUND, noise(smoke=moved, fire=0.0))
        return {reason.split(" falls by")[0].split(" is F1")[0] for reason in result.reasons}

    assert judged(less, floor) <= judged(min(1.0, less + worse), floor)
    assert judged(less, min(1.0, floor + worse)) <= judged(less, floor)
