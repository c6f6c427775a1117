"""From evidence to a verdict: the worst required check decides, and less or worse evidence is never better."""

from itertools import product

import pytest
from hypothesis import strategies as st
from support.judged import FAIL, PASS, THIN, WORST_FIRST, by_kind, judged, mode_of
from support.made_benchmarks import HAZARDS
from support.made_evidence import FIRST, Changes, made_evidence, made_profile

from safety_tasks.gate.checks import CHECKS
from safety_tasks.gate.judging import judge, weighed
from safety_tasks.gate.results import result
from safety_tasks.records.gate import Verdict, combine
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS, CheckKind, Mode

VERDICTS = st.lists(st.sampled_from(Verdict))
# One change that lets a check, and no other, refuse.
REFUSED: dict[CheckKind, Changes] = {
    "class_map": {"exported__classes_sha256": "0" * 64},
    "champion": {"serving_release_seq": 8},
    "duplicate": {"released_as": 3},
    "holdout": {"candidate__pictures": 299},
    "support": {"fire__support__pictures": 99},
    "ap50": {"fire__ap50": 0.5, "fire__ap50_interval": None},
    "ap50_95": {"fire__ap50_95": 0.2, "fire__ap50_95_interval": None},
    "recall": {"fire__recall": 0.4, "fire__recall_interval": None},
    "false_alarms": {"false_alarms__per_1000": 101.0, "false_alarms__interval": None},
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
    """A policy that says nothing of them requires them."""
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


def test_a_first_release_is_judged_by_floors() -> None:
    """Without a champion a good candidate passes, and one below a floor does not."""
    assert judged(FIRST).verdict is PASS
    assert judged({**FIRST, **REFUSED["ap50"]}).verdict is FAIL


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


def test_the_order_of_verdicts() -> None:
    """FAIL beats INCONCLUSIVE beats PASS."""
    assert tuple(sorted(Verdict, key=WORST_FIRST.index)) == (FAIL, THIN, PASS)
