"""Why the verdict is what it is: the three checks that matter most.

Rules: what keeps a verdict from PASS is named, the worst first; where nothing does, the checks with the least room are,
since they are the next to fail; room is a share of the check's own limit, so that units compare.
"""

from dataclasses import dataclass
from typing import Final

from safety_tasks.gate.card.shown import NAME_LETTERS, REASON_LETTERS, plain
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import CheckResult, GateReport, Verdict
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.said import Said

MOST_REASONS: Final = 3


@dataclass(frozen=True)
class Reason:
    """A check that matters: its name, what it asks, what it says, and the numbers behind that."""

    check: str
    asks: Said
    subject: str
    verdict: Verdict
    text: Said
    observed: Said
    required: Said


def reasons_of(report: GateReport) -> tuple[Reason, ...]:
    """Return the reasons to show."""
    refusing = report.refusing[:MOST_REASONS]
    if refusing:
        return tuple(reason_of(check) for check in refusing)
    return tuple(
        reason_of(
            check,
            _room_of(check, room),
        )
        for room, check in tightest(report)[:MOST_REASONS]
    )


def reason_of(check: CheckResult, text: Said | None = None) -> Reason:
    """Return a check as a reason, in its own words unless others are given."""
    own = Said(plain(check.reason, REASON_LETTERS), plain(check.reason_ko, REASON_LETTERS))
    return Reason(
        check=plain(check.name, 2 * NAME_LETTERS),
        asks=said(f"kind_{check.kind}"),
        subject=subject_of(check),
        verdict=check.verdict,
        text=text or own,
        observed=observed_of(check, REASON_LETTERS),
        required=required_of(check, REASON_LETTERS),
    )


def tightest(report: GateReport) -> list[tuple[float, CheckResult]]:
    """Return the checks that count and pass, with their room as a share of the limit, the least first."""
    found = []
    for check in report.checks:
        limit = limit_of(check, report.profile)
        counted = check.mode == "required" and not check.waived_by
        if counted and check.verdict is Verdict.PASS and limit and check.margin is not None:
            found.append((check.margin / limit, check))
    return sorted(found, key=lambda pair: (pair[0], pair[1].name))


def limit_of(check: CheckResult, profile: GateProfile) -> float | None:
    """Return the limit that a check's margin is measured from, in its unit; None where there is none to compare."""
    of = subject_of(check)
    budget = profile.budget_of(of)
    limits: dict[str, float | None] = {
        "support": profile.min_support_scenes,
        "holdout": profile.min_holdout_pictures,
        "ap50": profile.ap50_floors.get(of),
        "ap50_95": profile.ap50_95_floors.get(of),
        "recall": profile.recall_floors.get(of),
        "false_alarms": profile.max_false_alarms_per_1000,
        "events": profile.event_recall_floor,
        "non_inferiority": profile.non_inferiority_margins.get(of),
        "slices": profile.slice_margin,
        "thresholds": profile.max_threshold_f1_loss,
        "parity": 1.0,
        "latency": budget.latency_p95_ms,
        "throughput": budget.sustained_fps,
        "load_time": budget.load_ms,
        "memory": budget.peak_rss_mib,
        "size": profile.max_model_mib,
    }
    return limits.get(check.kind)


def subject_of(check: CheckResult) -> str:
    """Return what a check is about, such as a hazard; empty where it is about the whole."""
    return check.name.removeprefix(check.kind).removeprefix(".")


def _room_of(check: CheckResult, room: float) -> Said:
    """Say what was seen, what was required, and how much room that leaves."""
    most = REASON_LETTERS // 2
    return said("room", observed_of(check, most), required_of(check, most), f"{room * 100:.0f}")


def observed_of(check: CheckResult, most: int) -> Said:
    """Return what was seen, in at most ``most`` letters of each language."""
    return Said(plain(check.observed, most), plain(check.observed_ko or check.observed, most))


def required_of(check: CheckResult, most: int) -> Said:
    """Return what was required, in at most ``most`` letters of each language."""
    return Said(plain(check.required, most), plain(check.required_ko or check.required, most))
