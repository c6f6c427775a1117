"""How much more evidence is needed, in words: scenes of a hazard, pictures of the holdout.

Rules: the number of scenes is named where it is known to be too small; where there are enough scenes and still too
little evidence, nobody can name a number, and none is.
"""

from typing import Final

from safety_tasks.gate.card.shown import plain
from safety_tasks.gate.card.words import Said, said
from safety_tasks.records.gate import GateReport

MOST_NAMED: Final = 4


def more_scenes(report: GateReport, hazards: tuple[str, ...], needed: int) -> Said:
    """Return how many scenes more of each hazard are needed.

    Args:
        report: whose holdout lacks them.
        hazards: at least one.
        needed: how many scenes the policy asks for.
    """
    parts = []
    for name in hazards[:MOST_NAMED]:
        score = report.candidate.hazards.get(name)
        lacking = needed - (score.support.scenes if score else 0)
        parts.append(_lack(name, lacking))
    return _joined(parts, len(hazards))


def more_events(report: GateReport, hazards: tuple[str, ...]) -> Said:
    """Return how many scenes more are needed, each of which brings an event at least; scenes themselves may be few."""
    parts = []
    for name in hazards[:MOST_NAMED]:
        counted, score = report.candidate.events.get(name), report.candidate.hazards.get(name)
        scenes = score.support.scenes if score else 0
        have = min(counted.events if counted else 0, scenes)
        parts.append(_lack(name, report.profile.min_support_scenes - have))
    return _joined(parts, len(hazards))


def more_pictures(report: GateReport) -> Said:
    """Return how many pictures more the holdout needs, and how many of them without a hazard."""
    found, profile = report.candidate, report.profile
    background = found.false_alarms.background_pictures if found.false_alarms else 0
    lacking = (
        ("lacking_pictures", profile.min_holdout_pictures - found.pictures),
        ("lacking_background", profile.min_background_pictures - background),
    )
    return _joined([said(key, count) for key, count in lacking if count > 0], 0)


def _lack(name: str, lacking: int) -> Said:
    if lacking == 1:
        return said("more_scene", plain(name))
    if lacking > 1:
        return said("more_scenes", plain(name), lacking)
    return said("some_scenes", plain(name))


def _joined(parts: list[Said], total: int) -> Said:
    """Return parts in one line, the ones beyond them counted."""
    if not parts:
        return said("some_pictures")
    text = Said("; ".join(part.en for part in parts), "; ".join(part.ko for part in parts))
    more = total - len(parts)
    return said("and_more", text, more) if more > 0 else text
