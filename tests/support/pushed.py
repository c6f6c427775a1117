"""What became of the bad candidates that a gate was tested with."""

from typing import Any

from support.made_material import Candidate, strict_profile

from safety_tasks.gate.self_test import run_self_test
from safety_tasks.records.gate import KnownBad


def push_all(candidate: Candidate, **policy: Any) -> dict[str, KnownBad]:
    """Return what became of each bad candidate, by name."""
    found = run_self_test(candidate.evidence, candidate.material, strict_profile(**policy))
    assert len({bad.name for bad in found}) == len(found)
    return {bad.name: bad for bad in found}


def through(candidate: Candidate, **policy: Any) -> set[str]:
    """Return the names of those that came through."""
    found = push_all(candidate, **policy).values()
    return {bad.name for bad in found if not bad.refused and not bad.skipped}


def accuracy_of(*hazards: str) -> tuple[str, ...]:
    """Return the checks of accuracy of some hazards."""
    kinds = ("ap50", "ap50_95", "recall", "events")
    return tuple(f"{kind}.{hazard}" for kind in kinds for hazard in hazards)
