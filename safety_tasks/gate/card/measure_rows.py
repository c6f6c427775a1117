"""Speed, memory, false alarms and incidents beside their limits, and the files of the release.

Rules: a time stands beside the budget of the class of hardware that it was measured on; a measure is as bad as the
worst check of its kind; a file that does not ship says why.
"""

from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.gate.card.banners import is_believable
from safety_tasks.gate.card.shown import REASON_LETTERS, Number, amount, missing, plain, rate
from safety_tasks.gate.card.words import said
from safety_tasks.inference.fingerprint import hardware_class
from safety_tasks.records.gate import (
    WORST_FIRST,
    GateReport,
    VariantVerdict,
    Verdict,
)
from safety_tasks.records.gate_policy import CheckKind
from safety_tasks.said import Said

FileState = Literal["ships", "held_back", "left_out", "not_made"]
UNKNOWN: Final = "unknown"
_MIB: Final = 2**20


@dataclass(frozen=True)
class MeasureRow:
    """One measure beside its limit; ``verdict`` is None where no check of its kind was run."""

    kind: CheckKind
    name: Said
    number: Number
    limit: Said
    verdict: Verdict | None

    @property
    def beside(self) -> Said:
        """The small print: the interval or what is missing, then the limit."""
        more, limit = self.number.beside, self.limit
        return said("measure_beside", more, limit) if more.en else limit


@dataclass(frozen=True)
class FileRow:
    """A file that may ship: on which class of hardware it was judged, and why it ships or not."""

    name: str
    hardware: str
    state: FileState
    why: Said


def hardware_of(report: GateReport) -> str:
    """Return the class of hardware that the benchmark ran on."""
    found = report.candidate.latency.fingerprint
    return hardware_class(found) if found else UNKNOWN


def measure_rows(report: GateReport) -> tuple[MeasureRow, ...]:
    """Return every measure, always the same ones in the same order."""
    found, budget = report.candidate.latency, report.profile.budget_of(hardware_of(report))
    peak = None if found.peak_rss_bytes is None else found.peak_rss_bytes / _MIB
    why = said("why_unmeasured")
    timed: tuple[tuple[CheckKind, float | None, float, str, str], ...] = (
        ("latency", found.p95_ms, budget.latency_p95_ms, "ms", "at_most"),
        ("throughput", found.sustained_fps, budget.sustained_fps, "fps", "at_least"),
        ("load_time", found.load_ms, budget.load_ms, "ms", "at_most"),
        ("memory", peak, budget.peak_rss_mib, "MiB", "at_most"),
    )
    rows = [
        MeasureRow(
            kind,
            said(kind),
            amount(value, unit, why),
            said(limit_key, amount(limit, unit, why).shown),
            _worst(report, kind),
        )
        for kind, value, limit, unit, limit_key in timed
    ]
    return (*rows, _alarms(report), _incidents(report))


def machine_of(report: GateReport) -> Said:
    """Return what the times hold for."""
    found = report.candidate.latency
    return said("hardware", plain(hardware_of(report)), found.threads, plain(found.machine))


def file_rows(report: GateReport) -> tuple[FileRow, ...]:
    """Return the reference, each variant on each class of hardware, and those that were not made."""
    passed = _may_go(report)
    reference = FileRow(
        "reference",
        "",
        "ships" if passed else "held_back",
        said("why_reference" if passed else "why_held"),
    )
    judged = [_variant(one, passed) for one in report.variants]
    not_made = [
        FileRow(plain(name), "", "not_made", _own(why))
        for name, why in report.evidence.exported.not_made.items()
    ]
    return (reference, *judged, *not_made)


def _may_go(report: GateReport) -> bool:
    """Tell whether anything may ship, to canary at least."""
    decided = report.approval
    if not is_believable(report) or (decided is not None and decided.decision != "approved"):
        return False
    unsure = report.verdict is Verdict.INCONCLUSIVE and report.profile.inconclusive_to_canary
    return report.verdict is Verdict.PASS or unsure


def _variant(one: VariantVerdict, passed: bool) -> FileRow:
    state: FileState = "left_out"
    if one.verdict is Verdict.PASS:
        state = "ships" if passed else "held_back"
        why = said("why_fit" if passed else "why_held")
    else:
        against = [check for check in one.checks if check.counts is not Verdict.PASS]
        worst = min(against, key=lambda c: WORST_FIRST.index(c.counts), default=one.checks[0])
        why = Said(plain(worst.reason, REASON_LETTERS), plain(worst.reason_ko, REASON_LETTERS))
    return FileRow(plain(one.name), plain(one.hardware), state, why)


def _alarms(report: GateReport) -> MeasureRow:
    found, limit = report.candidate.false_alarms, report.profile.max_false_alarms_per_1000
    if found is None:
        number = missing(said("why_unmeasured"))
    elif found.per_1000 is None:
        number = missing(said("why_no_background"))
    else:
        number = rate(found.per_1000, found.interval, said("why_few_scenes"))
    needed = said("at_most", f"{limit:.1f}")
    return MeasureRow(
        "false_alarms", said("false_alarms"), number, needed, _worst(report, "false_alarms")
    )


def _incidents(report: GateReport) -> MeasureRow:
    found, allowed = report.candidate.incidents, report.profile.max_missed_incidents
    limit = said("misses_allowed", allowed)
    if found is None:
        number = missing(said("why_unmeasured"))
    elif not found.total:
        number = missing(said("incidents_none"))
        if found.without_hazard:
            number = missing(said("incidents_unlabelled", found.without_hazard))
    else:
        number = Number(float(found.found), f"{found.found} / {found.total}")
        limit = said("incidents_limit", found.trained_on, allowed)
    return MeasureRow("incidents", said("incidents"), number, limit, _worst(report, "incidents"))


def _worst(report: GateReport, kind: CheckKind) -> Verdict | None:
    found = [check.verdict for check in report.checks if check.kind == kind]
    return min(found, key=WORST_FIRST.index, default=None)


def _own(text: str) -> Said:
    shown = plain(text, REASON_LETTERS)
    return Said(shown, shown)
