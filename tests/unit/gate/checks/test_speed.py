"""Speed and memory: the budget itself is kept, a moment more is over it, and what was not measured fails."""

from typing import Any

import pytest
from support.judged import FAIL, PASS, THIN, found, verdicts
from support.made_benchmarks import FINGERPRINT
from support.made_evidence import Changes, made_choice, made_evidence

from safety_tasks.gate.checks.speed import UNKNOWN, hardware_of
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_policy import CheckKind

HERE = "x86-vnni"
LAST_BIT = 1e-13
FIELDS: dict[CheckKind, str] = {
    "latency": "p95_ms",
    "throughput": "sustained_fps",
    "load_time": "load_ms",
    "memory": "peak_rss_bytes",
}
BUDGETS: dict[CheckKind, str] = {
    "latency": "latency_p95_ms",
    "throughput": "sustained_fps",
    "load_time": "load_ms",
    "memory": "peak_rss_mib",
}


def budget(**changes: Any) -> dict[str, Any]:
    """Return a budget that anything keeps, but for what is changed."""
    wide = {"latency_p95_ms": 1e9, "sustained_fps": 1e-9, "load_ms": 1e9, "peak_rss_mib": 1e9}
    return wide | changes


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("latency", 0.001, PASS),
        ("latency", 50.0, PASS),
        ("latency", 50.0 + LAST_BIT, PASS),
        ("latency", 50.001, FAIL),
        ("latency", 5000.0, FAIL),
        ("throughput", None, FAIL),
        ("throughput", 0.001, FAIL),
        ("throughput", 49.999, FAIL),
        ("throughput", 50.0 - LAST_BIT, PASS),
        ("throughput", 50.0, PASS),
        ("throughput", 5000.0, PASS),
        ("load_time", None, FAIL),
        ("load_time", 50.0, PASS),
        ("load_time", 50.001, FAIL),
        ("memory", None, FAIL),
        ("memory", 1, PASS),
        ("memory", 50 * 2**20, PASS),
        ("memory", 50 * 2**20 + 1, FAIL),
    ],
)
def test_budget(kind: CheckKind, value: float | None, expected: Verdict) -> None:
    """A budget of 50 is kept by 50."""
    policy = {"hardware": {"default": budget(**{BUDGETS[kind]: 50.0})}}
    assert verdicts(kind, {f"latency__{FIELDS[kind]}": value}, policy) == {HERE: expected}


@pytest.mark.parametrize("kind", FIELDS)
def test_a_class_of_hardware_has_its_own_budget(kind: CheckKind) -> None:
    """What another class of hardware may cost does not matter here, and the default only where there is no own."""
    narrow = budget(**{BUDGETS[kind]: 1e9 if kind == "throughput" else 1e-9})
    for hardware, expected in (
        ({"default": budget(), HERE: narrow}, FAIL),
        ({"default": narrow, HERE: budget()}, PASS),
        ({"default": budget(), "arm-dot": narrow}, PASS),
        ({"default": narrow, "arm-dot": budget()}, FAIL),
    ):
        assert verdicts(kind, {}, {"hardware": hardware}) == {HERE: expected}


@pytest.mark.parametrize(
    ("kind", "margin"),
    [("latency", 103.9), ("throughput", 18.8), ("load_time", 4687.5), ("memory", 837.0)],
)
def test_the_margin_is_what_is_left(kind: CheckKind, margin: float) -> None:
    """It is in the unit of what was seen, and positive inside the budget."""
    assert found(kind)[HERE].margin == pytest.approx(margin)


def test_a_time_without_its_machine_is_none() -> None:
    """However fast it is, it holds for nothing that anybody knows."""
    check = found("latency", {"latency__fingerprint": None, "latency__p95_ms": 0.1})
    assert set(check) == {UNKNOWN}
    assert check[UNKNOWN].verdict is not PASS


@pytest.mark.parametrize(
    ("features", "architecture", "expected"),
    [
        ((), "x86_64", "x86"),
        (("avx2", "avx_vnni"), "x86_64", HERE),
        (("asimddp",), "aarch64", "arm-dot"),
        ((), "riscv64", "other"),
    ],
)
def test_the_class_of_hardware_is_the_benchmarks(
    features: tuple[str, ...], architecture: str, expected: str
) -> None:
    """It follows from the fingerprint of the machine that the times are of."""
    machine = FINGERPRINT.to_dict() | {"features": features, "architecture": architecture}
    changes: Changes = {"latency__fingerprint": machine}
    assert hardware_of(made_evidence(**changes)) == expected
    assert set(found("latency", changes)) == {expected}


NEEDED = budget(must_be_measured=True)


@pytest.mark.parametrize(
    ("hardware", "choices", "expected"),
    [
        ({"default": budget()}, (), {HERE: PASS}),
        ({"default": budget(), HERE: NEEDED}, (), {HERE: PASS}),
        ({"default": budget(), "arm-dot": budget()}, (), {HERE: PASS}),
        ({"default": budget(), "arm-dot": NEEDED}, (), {HERE: PASS, "arm-dot": THIN}),
        ({"default": budget(), "arm-dot": NEEDED}, ("arm-dot",), {HERE: PASS}),
        ({"default": budget(), "arm-dot": NEEDED}, ("x86-amx",), {HERE: PASS, "arm-dot": THIN}),
        (
            {"default": budget(), "arm-dot": NEEDED, "x86-amx": NEEDED},
            ("arm-dot",),
            {HERE: PASS, "x86-amx": THIN},
        ),
    ],
)
def test_hardware_that_must_be_measured(
    hardware: dict[str, Any], choices: tuple[str, ...], expected: dict[str, Verdict]
) -> None:
    """A class that the policy needs, and nobody measured, cannot be told."""
    changes = {"choices": tuple(made_choice(name) for name in choices)}
    assert verdicts("latency", changes, {"hardware": hardware}) == expected


def test_no_machine_does_not_hide_what_must_be_measured() -> None:
    """Without a fingerprint nothing was measured anywhere that is needed."""
    got = verdicts(
        "latency",
        {"latency__fingerprint": None},
        {"hardware": {"default": budget(), "arm-dot": NEEDED}},
    )
    assert PASS not in got.values()
    assert set(got) == {UNKNOWN, "arm-dot"}
