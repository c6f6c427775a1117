"""All that a card shows, computed once from a gate report.

Rules: pure; equal reports give equal facts; whoever draws a card decides nothing, it lays these facts out; texts from
data are plain by now, so that each drawing needs to escape for its own format only.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from safety_tasks.digests import canonical_json
from safety_tasks.gate.card.banners import Banner, banners_of, is_believable
from safety_tasks.gate.card.hazard_rows import (
    ChampionState,
    HazardRow,
    champion_state,
    comparison_of,
    hazard_rows,
)
from safety_tasks.gate.card.measure_rows import (
    FileRow,
    MeasureRow,
    file_rows,
    machine_of,
    measure_rows,
)
from safety_tasks.gate.card.next_steps import next_action
from safety_tasks.gate.card.reasons import MOST_REASONS, Reason, reasons_of
from safety_tasks.gate.card.shown import moment, plain
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import CheckResult, GateReport, Verdict
from safety_tasks.said import Said

Tone = Literal["PASS", "FAIL", "INCONCLUSIVE", "broken"]
FORMAT_VERSION: Final = 1
_DIGEST_LETTERS: Final = 12


@dataclass(frozen=True)
class Counts:
    """How many checks there are of each fate; every check has one."""

    passed: int
    refused: int
    inconclusive: int
    reported: int
    waived: int

    @property
    def total(self) -> int:
        """How many there are."""
        return self.passed + self.refused + self.inconclusive + self.reported + self.waived


@dataclass(frozen=True)
class CardFacts:
    """What a card says; ``tone`` is the verdict's colour, ``broken`` where the verdict may not be believed.

    ``more_reasons`` counts the checks that keep the verdict from PASS and are not shown.
    """

    run_id: str
    verdict: Verdict
    verdict_text: Said
    meaning: Said
    tone: Tone
    model_sha256: str
    model_short: str
    dataset: str
    profile: str
    policy_version: int
    policy_sha256: str
    policy: Said
    judged_at: str
    measured_on: Said
    counts: Counts
    banners: tuple[Banner, ...]
    reasons_title: Said
    reasons: tuple[Reason, ...]
    more_reasons: int
    champion_state: ChampionState
    comparison: Said
    hazards: tuple[HazardRow, ...]
    measures: tuple[MeasureRow, ...]
    machine: Said
    files: tuple[FileRow, ...]
    uncovered: tuple[str, ...]
    next_action: Said

    @property
    def is_compared(self) -> bool:
        """Whether there ought to be a champion beside: without any, its columns would be empty."""
        return self.champion_state != "first"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"format_version": FORMAT_VERSION, **asdict(self)}


def card_facts(report: GateReport) -> CardFacts:
    """Return what a report's card says."""
    believable = is_believable(report)
    found = report.candidate
    short = report.policy_sha256[:_DIGEST_LETTERS]
    refusing = report.refusing
    return CardFacts(
        run_id=plain(report.run_id, 200),
        verdict=report.verdict,
        verdict_text=said(f"verdict_{report.verdict.value}"),
        meaning=_meaning(report, believable),
        tone=report.verdict.value if believable else "broken",
        model_sha256=report.model_sha256,
        model_short=report.model_sha256[:_DIGEST_LETTERS],
        dataset=plain(report.dataset_version),
        profile=plain(report.profile.name),
        policy_version=report.profile.policy_version,
        policy_sha256=report.policy_sha256,
        policy=said("policy_of", plain(report.profile.name), report.profile.policy_version, short),
        judged_at=moment(report.at),
        measured_on=said("pictures_of", f"{found.pictures:,}", f"{found.scenes:,}"),
        counts=count_checks(report.checks),
        banners=banners_of(report),
        reasons_title=_reasons_title(report),
        reasons=reasons_of(report),
        more_reasons=max(0, len(refusing) - MOST_REASONS),
        champion_state=champion_state(report),
        comparison=comparison_of(report),
        hazards=hazard_rows(report),
        measures=measure_rows(report),
        machine=machine_of(report),
        files=file_rows(report),
        uncovered=_uncovered(report.checks),
        next_action=next_action(report),
    )


def count_checks(checks: tuple[CheckResult, ...]) -> Counts:
    """Count checks by fate: waived, else only reported, else by verdict."""
    fates = [_fate(check) for check in checks]
    return Counts(
        passed=fates.count(Verdict.PASS.value),
        refused=fates.count(Verdict.FAIL.value),
        inconclusive=fates.count(Verdict.INCONCLUSIVE.value),
        reported=fates.count("reported"),
        waived=fates.count("waived"),
    )


def facts_json(facts: CardFacts, pictures: list[dict[str, Any]]) -> bytes:
    """Return the card for machines: the facts and the captions of the pictures, as canonical JSON."""
    return canonical_json({**facts.to_dict(), "pictures": pictures})


def _meaning(report: GateReport, believable: bool) -> Said:
    if not believable:
        return said("means_broken")
    if report.verdict is Verdict.PASS and report.profile.bypasses:
        return said("means_PASS_bypassed")
    waived = any(check.waived_by for check in report.checks)
    return said(
        "means_PASS_waived"
        if report.verdict is Verdict.PASS and waived
        else f"means_{report.verdict.value}"
    )


def _fate(check: CheckResult) -> str:
    if check.waived_by:
        return "waived"
    return "reported" if check.mode != "required" else check.verdict.value


def _reasons_title(report: GateReport) -> Said:
    if report.refusing:
        return said("reasons")
    passed = count_checks(report.checks).passed
    return said("tightest" if reasons_of(report) else "no_margins", passed)


def _uncovered(checks: tuple[CheckResult, ...]) -> tuple[str, ...]:
    names = dict.fromkeys(name for check in checks for name in check.uncovered)
    return tuple(plain(name) for name in names)
