"""What to do now, in one sentence.

Rules: a gate that is broken, untested or contradicted comes before all else; of the checks that keep the verdict from
PASS the worst ones speak, and of those the one without which the others cannot be mended; every hazard that it is about
is named. Too little evidence asks for pictures, never for another model.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from safety_tasks.gate.card.banners import is_believable
from safety_tasks.gate.card.measure_rows import hardware_of
from safety_tasks.gate.card.more_evidence import more_events, more_pictures, more_scenes
from safety_tasks.gate.card.reasons import limit_of, subject_of
from safety_tasks.gate.card.shown import joined, listed, moment, plain
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import CheckResult, GateReport, Verdict
from safety_tasks.records.gate_policy import CheckKind
from safety_tasks.said import Said

MOST_NAMED: Final = 4
# What must be mended first stands first: without it the rest is not worth looking at.
FIRST: Final[tuple[CheckKind, ...]] = (
    *("self_test", "class_map", "champion", "duplicate", "parity", "reproducibility", "int8"),
    *("holdout", "support", "incidents", "recall", "ap50", "ap50_95", "events"),
    *("false_alarms", "non_inferiority", "slices", "thresholds"),
    *("latency", "throughput", "load_time", "memory", "size"),
)
# Kinds that are numbers held against a limit of the policy: without margin there was no number, or no limit.
_FLOORS: Final[tuple[CheckKind, ...]] = ("ap50", "ap50_95", "recall", "non_inferiority")
_MEASURED: Final[tuple[CheckKind, ...]] = (
    *_FLOORS,
    *("false_alarms", "events", "slices", "thresholds", "incidents"),
    *("latency", "throughput", "load_time", "memory"),
)
Checks = Sequence[CheckResult]


def next_action(report: GateReport) -> Said:
    """Return what to do now."""
    if report.broken:
        return said("next_broken", listed(tuple(bad.name for bad in report.broken), MOST_NAMED))
    if not report.self_test:
        return said("next_untested", report.run_id)
    if not is_believable(report):
        return said("next_contradiction", report.run_id)
    worst = [check for check in report.refusing if check.counts is report.refusing[0].counts]
    if not worst:
        return _after_pass(report)
    kind = min((check.kind for check in worst), key=FIRST.index)
    return action_for(report, [check for check in worst if check.kind == kind])


def action_for(report: GateReport, checks: Checks) -> Said:
    """Return what to do about checks of one kind and verdict.

    Args:
        report: where they stand.
        checks: at least one.
    """
    kind = checks[0].kind
    if checks[0].verdict is Verdict.INCONCLUSIVE:
        unsure = _UNSURE.get(kind)
        if unsure is not None:
            return unsure(report, checks)
    elif kind in _MEASURED and all(check.margin is None for check in checks):
        if kind in _FLOORS and not all(limit_of(check, report.profile) for check in checks):
            return said("next_policy", _names(checks), report.run_id)
        return said("next_measure", report.run_id, _names(checks))
    return said(f"next_{kind}", _blank(report, checks))


def _whole_delivery(report: GateReport) -> Said:
    """Return all that the holdout lacks, so that one delivery mends it: pictures, and scenes of each hazard."""
    parts = [more_pictures(report)]
    thin = [check for check in report.refusing if check.kind == "support"]
    if thin:
        parts.append(more_scenes(report, _subjects(thin), report.profile.min_support_scenes))
    return joined(parts)


def _blank(report: GateReport, checks: Checks) -> Said | str:
    """Return what fills the blank of a kind's sentence."""
    kind = checks[0].kind
    if kind == "duplicate":
        return str(report.evidence.released_as)
    if kind == "memory":
        return plain(hardware_of(report))
    if kind == "support":
        return more_scenes(report, _subjects(checks), report.profile.min_support_scenes)
    if kind == "holdout":
        return _whole_delivery(report)
    if kind in ("recall", "ap50", "ap50_95", "events", "non_inferiority", "thresholds"):
        return _hazards(checks)
    return report.run_id


def _unsure_floor(report: GateReport, checks: Checks) -> Said:
    needed = report.profile.min_support_scenes
    return said("unsure_scenes", more_scenes(report, _subjects(checks), needed))


def _unsure_events(report: GateReport, checks: Checks) -> Said:
    return said("unsure_scenes", more_events(report, _subjects(checks)))


def _unsure_comparison(report: GateReport, checks: Checks) -> Said:
    """Tell too few scenes from a margin below the noise floor, which more scenes of any kind would lower."""
    noise, profile = report.candidate.noise, report.profile
    unmeasured = [c for c in checks if noise is None or noise.ap50.get(subject_of(c)) is None]
    if unmeasured:
        return said("next_measure", report.run_id, _names(unmeasured))
    noisy = [
        check
        for check in checks
        if noise and (noise.ap50.get(subject_of(check)) or 0.0) > (limit_of(check, profile) or 0.0)
    ]
    if noisy:
        return said("unsure_noise", _hazards(noisy))
    needed = profile.min_comparison_scenes
    return said("unsure_scenes", more_scenes(report, _subjects(checks), needed))


def _unsure_latency(report: GateReport, checks: Checks) -> Said:
    return said("unsure_measure", report.run_id, listed(_subjects(checks), MOST_NAMED))


_UNSURE: Final[Mapping[CheckKind, Callable[[GateReport, Checks], Said]]] = {
    "self_test": lambda report, checks: said("unsure_self_test"),
    "ap50": _unsure_floor,
    "ap50_95": _unsure_floor,
    "recall": _unsure_floor,
    "thresholds": _unsure_floor,
    "events": _unsure_events,
    "non_inferiority": _unsure_comparison,
    "false_alarms": lambda report, checks: said("unsure_false_alarms"),
    "slices": lambda report, checks: said("unsure_slices"),
    "incidents": lambda report, checks: said("unsure_incidents"),
    "latency": _unsure_latency,
}


def _after_pass(report: GateReport) -> Said:
    decided = report.approval
    if decided is not None and decided.decision == "rejected":
        return said("after_rejected", plain(decided.who))
    if decided is not None and decided.decision == "timed_out":
        return said("after_timed_out", report.run_id)
    if report.needs_approval("stable"):
        return said("after_approve", report.run_id)
    applied = [one for one in report.waivers if one.applied]
    if applied:
        first = min(applied, key=lambda one: one.until)
        return said("after_waiver", moment(first.until), listed(first.applied, MOST_NAMED))
    return said("after_pass")


def _subjects(checks: Checks) -> tuple[str, ...]:
    return tuple(subject_of(check) for check in checks)


def _names(checks: Checks) -> Said:
    return listed(tuple(check.name for check in checks), MOST_NAMED)


def _hazards(checks: Checks) -> Said:
    named = tuple(name for name in _subjects(checks) if name)
    return listed(named, MOST_NAMED) if named else said("everything")
