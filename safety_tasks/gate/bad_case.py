"""One candidate made bad on purpose, and how evidence is changed to make one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import CheckKind


@dataclass(frozen=True)
class BadCase:
    """One bad candidate: its evidence, the kinds of checks of which one must refuse it, and about what.

    ``surely``: a check must see its requirement missed, not only lack evidence; ``variant``: it is a variant that must
    be left out; ``optional``: it is only made where the policy requires one of these checks; ``impossible``: why it
    cannot be made of this candidate, else empty.
    """

    name: str
    kinds: tuple[CheckKind, ...]
    make: Callable[[], GateEvidence]
    of: str = ""
    surely: bool = False
    variant: bool = False
    optional: bool = False
    impossible: str = ""


def with_candidate(evidence: GateEvidence, **changes: Any) -> GateEvidence:
    """Return evidence with other measurements of the candidate."""
    candidate = evidence.measured.candidate.model_copy(update=changes)
    measured = evidence.measured.model_copy(update={"candidate": candidate})
    return evidence.model_copy(update={"measured": measured})
