"""Files beside the reference: each judged by its own numbers where it was measured, and left out unless it passes."""

from typing import Any

import pytest
from support.gate_file_cases import VARIANT_CASES
from support.judged import FAIL, PASS, THIN
from support.made_evidence import Changes, made_choice, made_evidence, made_profile
from support.made_variants import FP32, X86

from safety_tasks.gate.checks.variants import variant_checks
from safety_tasks.gate.judging import judge
from safety_tasks.records.gate import CheckResult, Verdict

HERE = "x86-vnni"
Judged = dict[tuple[str, str], Verdict]


def judged(evidence: Changes | None = None, policy: Changes | None = None) -> Judged:
    """Return verdicts by file and class of hardware."""
    found = judge(made_evidence(**(evidence or {})), made_profile(**(policy or {}))).variants
    assert len({(one.name, one.hardware) for one in found}) == len(found)
    return {(one.name, one.hardware): one.verdict for one in found}


def checks_of(
    name: str, evidence: Changes, policy: Changes | None = None
) -> dict[str, CheckResult]:
    """Return the checks of a file by their kind."""
    for variant, _, found in variant_checks(
        made_evidence(**evidence), made_profile(**(policy or {}))
    ):
        if variant.name == name:
            return {check.kind: check for check in found}
    raise AssertionError(name)


def test_no_variants() -> None:
    """A run without variants has nothing beside the reference."""
    assert judged({"exported__variants": ()}) == {}


def test_good_variants() -> None:
    """Each is judged once on the machine that it was measured on, by six checks."""
    assert judged() == {(FP32, HERE): PASS, (X86, HERE): PASS}
    speed = ["latency", "throughput", "load_time", "memory", "size"]
    assert list(checks_of(FP32, {})) == ["parity", *speed]
    assert list(checks_of(X86, {})) == ["int8", *speed]


@pytest.mark.parametrize(
    ("f1", "offered", "expected"),
    [
        (1.0, True, PASS),
        (0.999, True, PASS),
        (0.9989, True, FAIL),
        (0.0, True, FAIL),
        (1.0, False, FAIL),
    ],
)
def test_fp32(f1: float, offered: bool, expected: Verdict) -> None:
    """FP32 must find what the reference finds, and nobody may have refused it."""
    changes = {"fp32_timed__parity__agreement_f1": f1, "fp32_timed__offered": offered}
    check = checks_of(FP32, changes)["parity"]
    assert check.verdict is expected
    assert check.margin == pytest.approx(f1 - 0.999)


@pytest.mark.parametrize("split", ["int8", "int8_timed"])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, PASS),
        ({"agreement_f1": 0.97}, PASS),
        ({"agreement_f1": 0.9699}, FAIL),
        ({"map50_95_drop": 0.005}, PASS),
        ({"map50_95_drop": 0.0051}, FAIL),
        ({"map50_95_drop": None}, FAIL),
        ({"ap50_drops__fire": 0.02}, PASS),
        ({"ap50_drops__fire": 0.0201}, FAIL),
        ({"noise_ap50__fire": None}, PASS),
        ({"noise_ap50__fire": None, "ap50_drops__fire": 0.0101}, FAIL),
        ({"within": False}, FAIL),
        ({"within": False, "reasons": ("AP50 of fire cannot be measured",)}, FAIL),
    ],
)
def test_int8_on_each_split(split: str, changes: Changes, expected: Verdict) -> None:
    """Each number must keep the budget on val and again on the holdout, and the budget that it was made by."""
    paths = {f"{split}__budget__{name}": value for name, value in changes.items()}
    check = checks_of(X86, paths)["int8"]
    assert check.verdict is expected
    wrong = "on val: " if split == "int8" else "on holdout: "
    assert (wrong in check.reason) is (expected is FAIL)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"int8__budget": None}, FAIL),
        ({"int8_timed__budget": None}, FAIL),
        ({"int8__budget": None, "int8_timed__budget": None}, FAIL),
        ({"int8_timed__offered": False}, FAIL),
        ({}, PASS),
    ],
)
def test_int8_that_was_not_measured_or_refused(changes: Changes, expected: Verdict) -> None:
    """A split that nobody measured, or a benchmark that refuses it, leaves it out."""
    check = checks_of(X86, changes)["int8"]
    assert check.verdict is expected
    assert judged(changes) == {(FP32, HERE): PASS, (X86, HERE): expected}


@pytest.mark.parametrize(
    ("val", "holdout", "margin"),
    [(0.98, 0.99, 0.01), (0.99, 0.98, 0.01), (0.96, 0.99, -0.01), (0.97, 0.97, 0.0)],
)
def test_the_margin_of_int8_is_of_the_worse_split(
    val: float, holdout: float, margin: float
) -> None:
    """It is told by the smaller agreement."""
    changes = {"int8__budget__agreement_f1": val, "int8_timed__budget__agreement_f1": holdout}
    check = checks_of(X86, changes)["int8"]
    assert check.margin == pytest.approx(margin)
    assert check.observed == f"val F1 {val:.4f}; holdout F1 {holdout:.4f}"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"int8_budget__min_agreement_f1": 0.985}, PASS),
        ({"int8_budget__min_agreement_f1": 0.9851}, FAIL),
        ({"int8_budget__max_map50_95_drop": 0.0019}, FAIL),
        ({"int8_budget__ap50_drop_beyond_noise": 0.0}, PASS),
    ],
)
def test_the_policys_budget_counts(policy: Changes, expected: Verdict) -> None:
    """What was made by a wider budget is held against the policy's, whatever was said of it before."""
    assert checks_of(X86, {}, policy)["int8"].verdict is expected


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("latency__p95_ms", 150.1),
        ("latency__sustained_fps", 4.9),
        ("latency__sustained_fps", None),
        ("latency__load_ms", None),
        ("latency__peak_rss_bytes", None),
    ],
)
def test_a_variant_is_judged_by_its_own_times(field: str, bad: Any) -> None:
    """A slow file is left out alone; the reference's times neither save nor spoil it."""
    assert judged({f"int8_timed__{field}": bad}) == {(FP32, HERE): PASS, (X86, HERE): FAIL}
    assert judged({field: bad}) == {(FP32, HERE): PASS, (X86, HERE): PASS}


def test_a_variant_is_judged_by_its_own_size() -> None:
    """The file that would ship is the one that is weighed."""
    changes = {"int8__model__size_bytes": 17 * 2**20}
    assert judged(changes) == {(FP32, HERE): PASS, (X86, HERE): FAIL}
    assert judged({"exported__model__size_bytes": 17 * 2**20}) == {
        (FP32, HERE): PASS,
        (X86, HERE): PASS,
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"measured__variants": ()}, {(FP32, "unknown"): THIN, (X86, "unknown"): THIN}),
        (
            {"measured__variants": (), "int8__offered": False},
            {(FP32, "unknown"): THIN, (X86, "unknown"): FAIL},
        ),
        ({"fp32_timed__model_sha256": "9" * 64}, {(FP32, "unknown"): THIN, (X86, HERE): PASS}),
        ({"fp32_timed__name": "edge-int8-arm"}, {(FP32, "unknown"): THIN, (X86, HERE): PASS}),
        (
            {"choices": (made_choice("arm-dot"),)},
            {(FP32, HERE): PASS, (FP32, "arm-dot"): PASS, (X86, HERE): PASS},
        ),
        ({"choices": (made_choice(HERE),)}, {(FP32, HERE): PASS, (X86, HERE): PASS}),
        (
            {"choices": (made_choice("arm-dot", timed=()),)},
            {(FP32, HERE): PASS, (X86, HERE): PASS},
        ),
    ],
)
def test_where_a_variant_was_measured(changes: Changes, expected: Judged) -> None:
    """It is judged once a class of hardware, by numbers of that very file; measured nowhere, it cannot be told."""
    assert judged(changes) == expected


def test_elsewhere_the_budget_of_elsewhere_counts() -> None:
    """A file may be fast enough here and too slow there."""
    budget = {"latency_p95_ms": 43.9, "sustained_fps": 1.0, "load_ms": 9e9, "peak_rss_mib": 9e9}
    got = judged({"choices": (made_choice("arm-dot"),)}, {"hardware__arm-dot": budget})
    assert got == {(FP32, HERE): PASS, (FP32, "arm-dot"): FAIL, (X86, HERE): PASS}


@pytest.mark.parametrize("case", VARIANT_CASES)
def test_a_refused_variant_does_not_refuse_the_reference(case: str) -> None:
    """Whatever becomes of a file beside it, the reference is judged by itself."""
    evidence, policy = VARIANT_CASES[case]
    assert judge(made_evidence(**evidence), made_profile(**policy)).verdict is PASS
