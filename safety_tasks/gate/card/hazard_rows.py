"""The table of hazards beside the champion.

Rules: in the order of the class map, a hazard without a score has its row too; a comparison is shown only between
measurements of the same pictures; a row is as bad as the worst check about its hazard.
"""

from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.gate.card.reasons import subject_of
from safety_tasks.gate.card.shown import (
    REASON_LETTERS,
    Number,
    change,
    missing,
    plain,
    score,
)
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import WORST_FIRST, GateReport, Verdict
from safety_tasks.records.gate_policy import CheckKind
from safety_tasks.records.scores import HazardScore
from safety_tasks.said import Said

ChampionState = Literal["first", "problem", "other", "beside"]
# The checks that speak about one hazard; latency and its like name a class of hardware instead.
ABOUT_HAZARDS: Final[tuple[CheckKind, ...]] = (
    "support",
    "ap50",
    "ap50_95",
    "recall",
    "events",
    "non_inferiority",
    "thresholds",
)


@dataclass(frozen=True)
class HazardRow:
    """A hazard: ``verdict`` is the worst of its checks, PASS where none speaks about it."""

    hazard: str
    verdict: Verdict
    ap50: Number
    floor: Number
    champion_ap50: Number
    difference: Number
    recall: Number
    recall_needs: Said
    support: tuple[int, int, int] | None
    support_text: Said


def champion_state(report: GateReport) -> ChampionState:
    """Return what there is to compare with."""
    champion = report.champion
    if champion.report is None or champion.problem:
        first = champion.release_seq is None and not champion.problem
        return "first" if first else "problem"
    same = champion.report.manifest_sha256 == report.candidate.manifest_sha256
    return "beside" if same else "other"


def comparison_of(report: GateReport) -> Said:
    """Return one line about the champion."""
    state, champion = champion_state(report), report.champion
    if state == "problem":
        why = plain(champion.problem, REASON_LETTERS)
        return said("champion_problem", why or said("why_unmeasured"))
    return said(f"champion_{state}", champion.release_seq)


def hazard_rows(report: GateReport) -> tuple[HazardRow, ...]:
    """Return a row a hazard."""
    names = dict.fromkeys((*report.evidence.classes, *report.candidate.hazards))
    return tuple(_row(name, report) for name in names)


def worst_first(rows: tuple[HazardRow, ...], most: int) -> tuple[HazardRow, ...]:
    """Return the worst of more rows than fit; as many as fit keep their order.

    Args:
        rows: by hazard.
        most: how many fit.
    """
    if len(rows) <= most:
        return rows
    return tuple(sorted(rows, key=lambda row: WORST_FIRST.index(row.verdict)))[:most]


def _row(name: str, report: GateReport) -> HazardRow:
    found = report.candidate.hazards.get(name)
    why = _why_missing(found)
    no_interval = said("why_few_scenes")
    about = [c.verdict for c in report.checks if c.kind in ABOUT_HAZARDS and subject_of(c) == name]
    support = found.support if found else None
    counts = (support.pictures, support.boxes, support.scenes) if support else None
    return HazardRow(
        hazard=plain(name),
        verdict=min(about, key=WORST_FIRST.index, default=Verdict.PASS),
        ap50=score(
            found.ap50 if found else None, found.ap50_interval if found else None, why, no_interval
        ),
        floor=_floor(report.profile.ap50_floors.get(name)),
        champion_ap50=_champion(name, report),
        difference=_difference(name, report),
        recall=score(
            found.recall if found else None,
            found.recall_interval if found else None,
            why,
            no_interval,
        ),
        recall_needs=said(
            "recall_needs",
            _floor(report.profile.recall_floors.get(name)).shown,
            f"{found.threshold:.3f}" if found else "-",
        ),
        support=counts,
        support_text=said("support_of", *counts) if counts else said("why_unmeasured"),
    )


def _why_missing(found: HazardScore | None) -> Said:
    unlabelled = found is not None and not found.support.boxes
    return said("why_no_labels" if unlabelled else "why_unmeasured")


def _floor(value: float | None) -> Number:
    return missing(said("why_no_floor")) if value is None else Number(value, f"{value:.3f}")


def _champion(name: str, report: GateReport) -> Number:
    state = champion_state(report)
    if state != "beside" or report.champion.report is None:
        return missing(said(f"why_{state}"))
    theirs = report.champion.report.hazards.get(name)
    if theirs is None:
        return missing(said("why_unaware"))
    if theirs.ap50 is None:
        return missing(_why_missing(theirs))
    return Number(theirs.ap50, f"{theirs.ap50:.3f}")


def _difference(name: str, report: GateReport) -> Number:
    state = champion_state(report)
    if state != "beside" or report.champion.report is None:
        return missing(said(f"why_{state}"))
    found = report.evidence.measured.differences.get(f"ap50.{name}")
    unaware = name not in report.champion.report.hazards
    why = said("why_unaware" if unaware else "why_not_compared")
    if found is None:
        return missing(why)
    return change(found.difference, found.interval, why, said("why_few_scenes"))
