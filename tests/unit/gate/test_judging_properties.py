"""Properties of any evidence and policy: less, worse or less sure is never better, nor is a stricter policy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.evidence_changes import NOTHING, NUMBERS, numbers, without
from support.judged import PASS, by_kind, is_worse_or_equal, judged, mode_of
from support.made_evidence import Changes, made_evidence

from safety_tasks.gate.results import result
from safety_tasks.records.gate import Verdict, combine
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS, CheckKind

VERDICTS = st.lists(st.sampled_from(Verdict))
OPTIONAL = [kind for kind in KINDS if kind not in ALWAYS_REQUIRED]


@settings(deadline=None)
@given(VERDICTS, VERDICTS)
def test_more_checks_never_better_a_verdict(first: list[Verdict], second: list[Verdict]) -> None:
    """Adding checks to some keeps or worsens the verdict, in any order."""
    together = combine(first + second)
    assert together is combine(second + first)
    assert not first or is_worse_or_equal(together, combine(first))
    assert (together is PASS) == (set(first + second) == {PASS})


@settings(deadline=None)
@given(numbers(6), st.sampled_from(["interval", "estimate"]), st.sampled_from(Verdict))
def test_one_check_more_never_betters(changes: Changes, mode: str, more: Verdict) -> None:
    """Whatever a further check says, the verdict is no better for it."""
    found = judged(changes, {"floors_on": mode})
    another = result("latency", more, observed="", required="", reason="", reason_ko="")
    assert is_worse_or_equal(combine(c.counts for c in (*found.checks, another)), found.verdict)


@settings(deadline=None)
@given(numbers(6), st.sets(st.sampled_from(OPTIONAL)), st.data())
def test_to_require_what_was_reported_never_betters(
    changes: Changes, reported: set[CheckKind], data: st.DataObject
) -> None:
    """A stricter policy gives no better verdict, on the reference and on each variant."""
    modes = {f"checks__{kind}": mode_of(kind) for kind in sorted(reported - {"ap50"})}
    loose = judged(changes, modes)
    kept = {name: mode for name, mode in modes.items() if data.draw(st.booleans())}
    strict = judged(changes, kept)
    assert is_worse_or_equal(strict.verdict, loose.verdict)
    for mine, other in zip(strict.variants, loose.variants, strict=True):
        assert is_worse_or_equal(mine.verdict, other.verdict)


@settings(deadline=None)
@given(numbers(2), st.sampled_from(sorted(NOTHING)), st.sampled_from(["interval", "estimate"]))
def test_less_evidence_never_betters(changes: Changes, path: str, mode: str) -> None:
    """A measurement that is taken away is never a reason to let a candidate through."""
    policy = {"floors_on": mode}
    before, after = judged(changes, policy), judged(without(changes, path), policy)
    assert is_worse_or_equal(after.verdict, before.verdict)


@pytest.mark.parametrize("path", sorted(NOTHING))
def test_what_is_missing_is_a_reason(path: str) -> None:
    """Of a good candidate nothing that a check looks at can be missing without being said."""
    shown_only = ("slices", "champion__report__hazards", "champion__report__incidents")
    without_support = path.startswith("differences") and path.endswith("__support")
    found = judged(without({}, path))
    assert (found.verdict is PASS) is (path in shown_only or without_support)


@settings(deadline=None)
@given(numbers(3), st.sampled_from(sorted(NUMBERS)), st.data())
def test_a_worse_number_never_betters(changes: Changes, path: str, data: st.DataObject) -> None:
    """Lower accuracy, more alarms or a slower machine is no better, for its check and for the verdict.

    Of too few scenes nothing can be told, so fewer may make a FAIL INCONCLUSIVE; a PASS they never make.
    """
    number = NUMBERS[path]
    two = data.draw(st.tuples(*[st.sampled_from(number.values)] * 2))
    better, worse = sorted(two, reverse=number.worse == "lower")
    mode = data.draw(st.sampled_from(["interval", "estimate"]))
    good, bad = (judged({**changes, path: value}, {"floors_on": mode}) for value in (better, worse))
    if path.endswith("__support__scenes"):
        assert good.verdict is PASS or bad.verdict is not PASS
    else:
        assert is_worse_or_equal(bad.verdict, good.verdict)
    assert is_worse_or_equal(by_kind(bad)[number.kind], by_kind(good)[number.kind])


@settings(deadline=None)
@given(numbers(2), st.sampled_from(["ap50", "ap50_95", "recall", "differences"]), st.floats(0, 1))
def test_a_wider_interval_never_passes(changes: Changes, which: str, more: float) -> None:
    """What was no PASS is none when it is less sure."""
    path = (
        "differences__ap50.fire__interval" if which == "differences" else f"fire__{which}_interval"
    )
    before = judged(changes)
    evidence = made_evidence(**changes).to_dict()["measured"]
    own = (
        evidence["differences"]["ap50.fire"]["interval"]
        if which == "differences"
        else evidence["candidate"]["hazards"]["fire"][f"{which}_interval"]
    )
    wider = own | {"low": own["low"] - more, "high": own["high"] + more}
    after = judged({**changes, path: wider})
    assert before.verdict is PASS or after.verdict is not PASS
