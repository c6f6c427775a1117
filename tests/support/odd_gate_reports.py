"""Gate reports at the edges of what a card can hold: more of everything than it shows, and nothing measured."""

from typing import Any, Final

from support.made_benchmarks import made_alarms, made_measurements, made_report, made_score
from support.made_gate_checks import made_check, made_checks, made_profile, with_changed
from support.made_gate_reports import (
    RUN,
    made_evidence,
    made_gate_report,
    made_variant_verdict,
    made_waiver,
)
from support.made_variants import FP32, X86

from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.records.model import ChampionBenchmark
from safety_tasks.records.scores import Difference, Interval

MANY: Final = (
    *("smoke", "fire", "person_down", "steam", "spark", "leak", "arc"),
    *("flood", "gas", "dust", "blocked_exit", "no_helmet", "no_vest", "open_gate"),
)
THIN: Final = Verdict.INCONCLUSIVE
_NO_INTERVAL: Final[dict[str, Any]] = dict.fromkeys(
    ("ap50_interval", "ap50_95_interval", "recall_interval")
)
_NOTHING: Final[dict[str, Any]] = _NO_INTERVAL | dict.fromkeys(
    ("ap50", "ap50_95", "recall", "precision", "ar", "f1")
)


def crowded_report() -> GateReport:
    """Return a report with more hazards, files, waivers, reasons and uncovered parts than any card has room for."""
    few = {
        name: made_score(0.8 - 0.04 * n, support=Support(pictures=40, boxes=60, scenes=3 + n))
        for n, name in enumerate(MANY)
    }
    candidate = made_report(hazards=few)
    champion = ChampionBenchmark(release_seq=7, report=made_report(hazards=few))
    moved = {
        f"ap50.{name}": Difference(
            difference=0.002 * n, interval=Interval(low=-0.03, high=0.05, scenes=12), support=None
        )
        for n, name in enumerate(MANY)
    }
    moved["ap50.fire"] = Difference(difference=-0.021, interval=None, support=None)
    moved["ap50.leak"] = Difference(difference=None, interval=None, support=None)
    measured = made_measurements(
        run_id=RUN, candidate=candidate, champion=champion, differences=moved
    )
    evidence = made_evidence(measured=measured).model_copy(update={"classes": MANY})
    unsure = [made_check(f"support.{name}", THIN, -1.0) for name in MANY[:6]]
    parts = tuple(f"{name} in night" for name in MANY[:9])
    checks = with_changed(made_checks(MANY), *unsure, made_check("slices", uncovered=parts))
    return made_gate_report(
        profile=made_profile(MANY),
        checks=checks,
        evidence=evidence,
        variants=_many_variants(),
        waivers=tuple(
            made_waiver(waiver_id=f"w-{n}", run_id=f"2026110{n}T000000-ffff", checks=("memory.x",))
            for n in range(1, 8)
        ),
    )


def unmeasured_report() -> GateReport:
    """Return a report of a candidate of which nothing could be measured but its frame time."""
    empty = made_report(
        hazards={},
        events={},
        slices=[],
        false_alarms=None,
        incidents=None,
        noise=None,
        map50=None,
        map50_95=None,
    )
    measured = made_measurements(run_id=RUN, candidate=empty, differences={})
    missing = [
        made_check(f"{kind}.{name}", Verdict.FAIL, None, observed="missing")
        for kind in ("ap50", "recall")
        for name in ("smoke", "fire")
    ]
    unknown = [made_check("incidents", THIN, None), made_check("support.fire", THIN, -10.0)]
    return made_gate_report(
        checks=with_changed(made_checks(), *missing, *unknown),
        evidence=made_evidence(measured=measured),
        variants=(),
    )


def thin_report() -> GateReport:
    """Return a report whose hazards lie in one scene each, so that no number of them has an interval."""
    one = Support(pictures=40, boxes=60, scenes=1)
    hazards = {
        "smoke": made_score(0.8, support=one, **_NO_INTERVAL),
        "fire": made_score(0.7).model_copy(
            update=_NOTHING | {"support": Support(pictures=0, boxes=0, scenes=0)}
        ),
        "person_down": made_score(0.6, support=one, **_NO_INTERVAL),
    }
    alarms = made_alarms().model_copy(update={"interval": None})
    incidents = {"total": 0, "missed": (), "trained_on": 0, "without_hazard": 0}
    candidate = made_report(hazards=hazards, false_alarms=alarms, incidents=incidents)
    measured = made_measurements(run_id=RUN, candidate=candidate)
    moved = {
        key: each.model_copy(update={"interval": None})
        for key, each in measured.differences.items()
    }
    unsure = [
        made_check(f"{kind}.{name}", THIN, 0.1)
        for kind in ("ap50", "events")
        for name in ("smoke", "person_down")
    ]
    return made_gate_report(
        checks=with_changed(made_checks(), *unsure),
        evidence=made_evidence(measured=measured.model_copy(update={"differences": moved})),
    )


def _many_variants() -> list[dict[str, Any]]:
    """Return nine files: one for each class of hardware, of which one misses by two checks."""
    long = "agreement with the reference is F1 0.9410, below 0.9700; " * 6
    thin = made_check(
        f"latency.{X86}", THIN, reason="nobody timed it", reason_ko="측정하지 않았습니다"
    )
    bad = made_check(f"int8.{X86}", Verdict.FAIL, reason=long, reason_ko=f"INT8 예산 초과: {long}")
    missed = made_variant_verdict(X86, "x86-vnni", made_check(f"size.{X86}"), thin, bad)
    fit = made_check(f"parity.{FP32}")
    return [missed, *(made_variant_verdict(FP32, f"x86-{n}", fit) for n in range(1, 9))]
