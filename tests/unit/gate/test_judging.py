"""From evidence to a verdict: the worst required check decides, and less or worse evidence is never better."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.evidence_changes import NOTHING, NUMBERS, numbers, without
from support.judged import FAIL, PASS, THIN, WORST_FIRST, is_worse_or_equal
from support.made_benchmarks import HAZARDS
from support.made_evidence import FIRST, Changes, made_evidence, made_profile

from safety_tasks.gate.checks import CHECKS
from safety_tasks.gate.judging import Judgement, judge, weighed
from safety_tasks.gate.results import result
from safety_tasks.records.gate import CheckResult, Verdict, combine
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS, SAFETY, CheckKind, Mode

VERDICTS = st.lists(st.sampled_from(Verdict))
# One change that lets a check, and no other, refuse.
REFUSED: dict[CheckKind, Changes] = {
    "class_map": {"exported__classes_sha256": "0" * 64},
    "champion": {"serving_release_seq": 8},
    "duplicate": {"released_as": 3},
    "holdout": {"candidate__pictures": 299},
    "support": {"fire__support__scenes": 4},
    "ap50": {"fire__ap50": 0.5},
    "ap50_95": {"fire__ap50_95": 0.2},
    "recall": {"fire__recall": 0.4},
    "false_alarms": {"false_alarms__per_1000": 101.0},
    "events": {"events__fire__caught": 1},
    "non_inferiority": {"differences__ap50.fire__interval": None},
    "slices": {"slice_differences__7__difference": -0.5},
    "incidents": {"incidents": None},
    "thresholds": {"fire__f1": 0.1},
    "parity": {"exported__parity": None},
    "latency": {"latency__p95_ms": 151.0},
    "throughput": {"latency__sustained_fps": 4.0},
    "load_time": {"latency__load_ms": 6000.0},
    "memory": {"latency__peak_rss_bytes": None},
    "size": {"exported__model__size_bytes": 17 << 20},
    "reproducibility": {"training": None},
}


def judged(evidence: Changes, policy: Changes | None = None) -> Judgement:
    """Return what follows from made evidence."""
    return judge(made_evidence(**evidence), made_profile(**(policy or {})))


def mode_of(kind: CheckKind) -> Mode:
    """Return the word that takes a check out of the verdict."""
    return "reported_dangerously" if kind in SAFETY else "reported"


def by_kind(found: Judgement) -> dict[CheckKind, Verdict]:
    """Return the verdict of each kind of check by itself."""
    return {
        kind: combine(check.verdict for check in found.checks if check.kind == kind)
        for kind in CHECKS
    }


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], FAIL),
        ([PASS], PASS),
        ([THIN], THIN),
        ([FAIL], FAIL),
        ([PASS, PASS], PASS),
        ([PASS, THIN], THIN),
        ([PASS, FAIL], FAIL),
        ([THIN, PASS], THIN),
        ([THIN, THIN], THIN),
        ([THIN, FAIL], FAIL),
        ([FAIL, PASS], FAIL),
        ([FAIL, THIN], FAIL),
        ([FAIL, FAIL], FAIL),
        ([PASS, THIN, FAIL], FAIL),
    ],
)
def test_combine(verdicts: list[Verdict], expected: Verdict) -> None:
    """No check at all fails; the worst verdict wins, wherever it stands."""
    assert combine(verdicts) is expected
    assert combine(iter(verdicts)) is expected


@given(VERDICTS, VERDICTS)
def test_more_checks_never_better_a_verdict(first: list[Verdict], second: list[Verdict]) -> None:
    """Adding checks to some keeps or worsens the verdict, in any order."""
    together = combine(first + second)
    assert together is combine(second + first)
    assert not first or is_worse_or_equal(together, combine(first))
    assert (together is PASS) == (set(first + second) == {PASS})


def test_a_good_candidate() -> None:
    """Every check passes, each hazard by itself, each name once."""
    found = judged({})
    assert found.verdict is PASS
    assert set(by_kind(found).values()) == {PASS}
    names = [check.name for check in found.checks]
    assert len(names) == len(set(names)) == 21 + 2 * 7
    for kind in ("support", "ap50", "ap50_95", "recall", "events", "non_inferiority", "thresholds"):
        assert [name for name in names if name.startswith(f"{kind}.")] == [
            f"{kind}.{hazard}" for hazard in HAZARDS
        ]
    assert {check.mode for check in found.checks} == {"required"}


def test_every_kind_is_judged_somewhere() -> None:
    """What the policy names is a check of the reference, of a variant, or of the gate itself."""
    found = judged({})
    variants = {check.kind for variant in found.variants for check in variant.checks}
    assert {check.kind for check in found.checks} | variants | {"self_test"} == set(KINDS)
    assert set(CHECKS) == set(REFUSED) == set(KINDS) - {"self_test", "int8"}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_check_is_enough_to_refuse(kind: CheckKind) -> None:
    """Any required check that does not pass keeps the candidate back, and no other check is to blame."""
    found = judged(REFUSED[kind])
    own = by_kind(found)
    assert [each for each, verdict in own.items() if verdict is not PASS] == [kind]
    assert found.verdict is own[kind] is not PASS


@pytest.mark.parametrize("kind", [kind for kind in REFUSED if kind not in ALWAYS_REQUIRED])
def test_a_check_that_is_only_reported_refuses_nothing(kind: CheckKind) -> None:
    """It is judged all the same, and shown with its mode."""
    found = judged(REFUSED[kind], {f"checks__{kind}": mode_of(kind)})
    assert found.verdict is PASS
    assert by_kind(found)[kind] is not PASS
    assert {check.mode for check in found.checks if check.kind == kind} == {mode_of(kind)}
    assert {check.mode for check in found.checks if check.kind != kind} == {"required"}


@pytest.mark.parametrize("kind", ALWAYS_REQUIRED)
def test_what_nothing_can_take_out(kind: CheckKind) -> None:
    """A policy whose modes were forged past its own rules weighs them as required if it says nothing of them."""
    check = result(kind, FAIL, observed="", required="", reason="", reason_ko="")
    (own,) = weighed([check], made_profile())
    assert (own.mode, own.counts) == ("required", FAIL)


@pytest.mark.parametrize(("verdict", "mode"), list(product(Verdict, ("required", "reported"))))
def test_what_a_check_counts(verdict: Verdict, mode: Mode) -> None:
    """Only a required check that nobody waived counts."""
    check = result("latency", verdict, observed="", required="", reason="", reason_ko="")
    own = check.model_copy(update={"mode": mode})
    assert own.counts is (verdict if mode == "required" else PASS)
    assert own.model_copy(update={"waived_by": "w"}).counts is PASS


def test_variants_do_not_decide() -> None:
    """A variant that fails is left out; one that only fails what is reported may ship."""
    slow = {"int8_timed__latency__p95_ms": 151.0}
    found = judged(slow)
    assert (found.verdict, [each.verdict for each in found.variants]) == (PASS, [PASS, FAIL])
    assert [each.model_sha256 for each in found.variants] == ["e" * 64, "f" * 64]
    reported = judged(slow, {"checks__latency": "reported"})
    assert [each.verdict for each in reported.variants] == [PASS, PASS]


def test_judging_changes_nothing_and_says_the_same_again() -> None:
    """Evidence and policy are values, and a verdict follows from them alone."""
    evidence, profile = made_evidence(), made_profile()
    before = evidence.to_json_bytes(), profile.to_json_bytes()
    assert judge(evidence, profile) == judge(evidence, profile)
    assert (evidence.to_json_bytes(), profile.to_json_bytes()) == before


@given(numbers(6), st.sampled_from(["interval", "estimate"]), st.sampled_from(Verdict))
def test_one_check_more_never_betters(changes: Changes, mode: str, more: Verdict) -> None:
    """Whatever a further check says, the verdict is no better for it."""
    found = judged(changes, {"floors_on": mode})
    another = result("latency", more, observed="", required="", reason="", reason_ko="")
    assert is_worse_or_equal(combine(c.counts for c in (*found.checks, another)), found.verdict)


@given(
    numbers(6), st.sets(st.sampled_from([k for k in KINDS if k not in ALWAYS_REQUIRED])), st.data()
)
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


@given(numbers(3), st.sampled_from(sorted(NUMBERS)), st.data())
def test_a_worse_number_never_betters(changes: Changes, path: str, data: st.DataObject) -> None:
    """Lower accuracy, more alarms, fewer scenes or a slower machine is no better, for its check and for the verdict."""
    number = NUMBERS[path]
    two = data.draw(st.tuples(*[st.sampled_from(number.values)] * 2))
    better, worse = sorted(two, reverse=number.worse == "lower")
    mode = data.draw(st.sampled_from(["interval", "estimate"]))
    good, bad = (judged({**changes, path: value}, {"floors_on": mode}) for value in (better, worse))
    assert is_worse_or_equal(bad.verdict, good.verdict)
    assert is_worse_or_equal(by_kind(bad)[number.kind], by_kind(good)[number.kind])


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


def test_a_first_release_is_judged_by_floors() -> None:
    """Without a champion a good candidate passes, and one below a floor does not."""
    assert judged(FIRST).verdict is PASS
    assert judged({**FIRST, "fire__ap50": 0.5}).verdict is FAIL


def test_no_evidence_at_all() -> None:
    """A report of nothing is refused by every check that could have looked at it."""
    nothing: Changes = {
        **FIRST,
        "candidate__hazards": {},
        "events": {},
        "false_alarms": None,
        "incidents": None,
        "noise": None,
        "candidate__pictures": 0,
        "exported__parity": None,
        "training": None,
    }
    own = by_kind(judged(nothing))
    assert [kind for kind, verdict in own.items() if verdict is PASS] == [
        "champion",
        "duplicate",
        "non_inferiority",
        "slices",
        "latency",
        "throughput",
        "load_time",
        "memory",
        "size",
    ]


def unwaived(checks: tuple[CheckResult, ...]) -> list[Verdict]:
    """Return what checks say by themselves."""
    return [check.verdict for check in checks]


def test_the_order_of_verdicts() -> None:
    """FAIL beats INCONCLUSIVE beats PASS."""
    assert tuple(sorted(Verdict, key=WORST_FIRST.index)) == (FAIL, THIN, PASS)
