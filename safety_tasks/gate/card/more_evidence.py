"""How much more evidence is needed, in words: scenes of a hazard, pictures of the holdout.

Rules: the number of scenes is named where it is known to be too small; where there are enough scenes and still too
little evidence, nobody can name a number, and none is.
"""

from collections.abc import Callable
from typing import Final

from safety_tasks.gate.card.shown import joined, plain
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import GateReport
from safety_tasks.said import Said

MOST_NAMED: Final = 4


def more_scenes(report: GateReport, hazards: tuple[str, ...], needed: int) -> Said:
    """Return how many scenes more of each hazard are needed.

    Args:
        report: whose holdout lacks them.
        hazards: at least one.
        needed: how many scenes the policy asks for.
    """
    return _more(hazards, lambda name: needed - _scenes(report, name))


def more_events(report: GateReport, hazards: tuple[str, ...]) -> Said:
    """Return how many scenes more are needed, each of which brings an event at least; scenes themselves may be few."""
    needed, events = report.profile.min_support_scenes, report.candidate.events

    def lacking(name: str) -> int:
        counted = events[name].events if name in events else 0
        return needed - min(counted, _scenes(report, name))

    return _more(hazards, lacking)


def more_pictures(report: GateReport) -> Said:
    """Return how many pictures more the holdout needs, and how many of them without a hazard."""
    found, profile = report.candidate, report.profile
    background = found.false_alarms.background_pictures if found.false_alarms else 0
    lacking = (
        ("lacking_pictures", profile.min_holdout_pictures - found.pictures),
        ("lacking_background", profile.min_background_pictures - background),
    )
    parts = [said(key, count) for key, count in lacking if count > 0]
    return joined(parts) if parts else said("some_pictures")


def _more(hazards: tuple[str, ...], lacking: Callable[[str], int]) -> Said:
    """Return how many scenes each hazard lacks, the hazards beyond ``MOST_NAMED`` counted."""
    return joined([_lack(name, lacking(name)) for name in hazards[:MOST_NAMED]], len(hazards))


def _scenes(report: GateReport, name: str) -> int:
    score = report.candidate.hazards.get(name)
    return score.support.scenes if score else 0


def _lack(name: str, lacking: int) -> Said:
    if lacking == 1:
        return said("more_scene", plain(name))
    if lacking > 1:
        return said("more_scenes", plain(name), lacking)
    return said("some_scenes", plain(name))
