"""What a gate report lets through: a proved PASS of a gate that works, while it rests on nothing that ended."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.judged import FAIL, PASS, THIN
from support.made_evidence import FIRST, made_evidence, made_profile
from support.plain_reports import (
    CHANNELS,
    NOON,
    REFUSED,
    SKIPPED,
    THROUGH,
    Channel,
    check,
    report,
    waiver,
)

from safety_tasks.records.gate import (
    GateReport,
    KnownBad,
    VariantVerdict,
    Verdict,
)


def test_no_report_without_checks() -> None:
    """A report of nothing cannot be written."""
    with pytest.raises(ValidationError, match="checks"):
        report(verdict=PASS, checks=())


@pytest.mark.parametrize(
    ("verdict", "to_canary", "canary", "stable"),
    [
        (PASS, False, "", ""),
        (PASS, True, "", ""),
        (THIN, False, "verdict INCONCLUSIVE", "verdict INCONCLUSIVE"),
        (THIN, True, "", "verdict INCONCLUSIVE"),
        (FAIL, False, "verdict FAIL", "verdict FAIL"),
        (FAIL, True, "verdict FAIL", "verdict FAIL"),
    ],
)
def test_which_verdict_goes_where(
    verdict: Verdict, to_canary: bool, canary: str, stable: str
) -> None:
    """Only PASS goes on; what cannot be told goes to canary alone, and only where the policy says so."""
    profile = made_profile(inconclusive_to_canary=to_canary, approval_before_stable=False)
    one = report(PASS, verdict, profile=profile)
    for channel, start in zip(CHANNELS, (canary, stable), strict=True):
        refusal = one.refusal(channel, NOON)
        assert bool(refusal) is bool(start)
        assert refusal.startswith(start)
        assert not start or refusal == f"{start} by profile plant: latency.m1: why m1"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("tested", "works"),
    [
        ((), False),
        ((REFUSED,), True),
        ((THROUGH,), False),
        ((REFUSED, THROUGH), False),
        ((THROUGH, REFUSED), False),
        ((SKIPPED,), True),
        ((REFUSED, SKIPPED), True),
    ],
)
def test_a_broken_gate_lets_nothing_through(
    channel: Channel, tested: tuple[KnownBad, ...], works: bool
) -> None:
    """A bad candidate that came through, or no test at all, refuses even a PASS."""
    one = report(PASS, self_test=tested)
    assert one.broken == tuple(bad for bad in tested if bad is THROUGH)
    assert one.refusal(channel, NOON) == (
        "" if works else "the gate could not show that it refuses bad models"
    )


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("says", "checks", "agrees"),
    [
        (PASS, (PASS,), True),
        (PASS, (PASS, THIN), False),
        (PASS, (FAIL,), False),
        (THIN, (PASS,), False),
        (THIN, (FAIL,), False),
        (FAIL, (PASS,), False),
        (FAIL, (THIN,), False),
    ],
)
def test_a_verdict_that_its_checks_contradict(
    channel: Channel, says: Verdict, checks: tuple[Verdict, ...], agrees: bool
) -> None:
    """A report that says something else than its checks is worth nothing, whichever way it errs."""
    refusal = report(*checks, verdict=says).refusal(channel, NOON)
    wrong = f"the report says {says.value} and contradicts its own checks"
    assert refusal == ("" if agrees else wrong)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, FAIL),
        ({"mode": "reported"}, PASS),
        ({"mode": "reported_dangerously"}, PASS),
        ({"waived_by": "w1"}, PASS),
        ({"mode": "reported", "waived_by": "w1"}, PASS),
    ],
)
def test_only_what_counts_decides(changes: dict[str, Any], expected: Verdict) -> None:
    """A check that is only reported, or waived, stays on record with its own verdict."""
    failed = check("m", FAIL, **changes)
    assert (failed.verdict, failed.counts) == (FAIL, expected)
    one = report(checks=(failed,))
    assert one.verdict is expected
    assert one.refusing == ((failed,) if expected is FAIL else ())


@settings(deadline=None)
@given(st.lists(st.sampled_from(Verdict), min_size=1))
def test_the_worst_reasons_come_first(verdicts: list[Verdict]) -> None:
    """Who reads only the first reason reads the worst; what passes is no reason; equals keep their order."""
    one = report(*verdicts)
    order = [
        f"latency.m{n}: why m{n}"
        for worst in (FAIL, THIN)
        for n, verdict in enumerate(verdicts)
        if verdict is worst
    ]
    assert list(one.reasons) == order
    assert bool(order) == (one.verdict is not PASS)


def test_which_variants_ship() -> None:
    """Only those that pass by themselves."""
    made = {
        verdict: VariantVerdict(
            name="edge-fp32",
            hardware="x86",
            model_sha256="e" * 64,
            verdict=verdict,
            checks=(check("m", verdict),),
        )
        for verdict in Verdict
    }
    assert report(PASS, variants=tuple(made.values())).shipped == (made[PASS],)


@pytest.mark.parametrize("first", [False, True])
def test_what_a_report_is_of(first: bool) -> None:
    """It names the model that was judged, on what, and beside whom, by its evidence."""
    evidence = made_evidence(**(FIRST if first else {}))
    one = report(PASS, evidence=evidence)
    assert one.model_sha256 == "a" * 64
    assert one.dataset_version == "8c1f0a6d2b3e4f57"
    assert one.synthetic is False
    assert one.candidate == evidence.measured.candidate
    assert one.champion == evidence.measured.champion
    assert (one.champion.release_seq is None) is first


def test_a_report_survives_being_stored() -> None:
    """What is read is what was written, evidence and all, so that it can be judged again."""
    one = report(PASS, THIN, waivers=(waiver(NOON, "latency.m0"),))
    assert GateReport.from_json_bytes(one.to_json_bytes(), what="it") == one
