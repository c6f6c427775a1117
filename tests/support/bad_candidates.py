"""The bad candidates that the gate makes of one to test itself, by name."""

from support.made_material import Candidate, strict_profile

from safety_tasks.gate.bad_case import BadCase
from safety_tasks.gate.known_bad import bad_cases
from safety_tasks.records.gate import GateEvidence


def cases(candidate: Candidate, **policy: object) -> dict[str, BadCase]:
    """Return the bad candidates that are made of one, by name."""
    made = list(bad_cases(candidate.evidence, candidate.material, strict_profile(**policy)))
    assert len({case.name for case in made}) == len(made)
    return {case.name: case for case in made}


def made(candidate: Candidate, name: str) -> GateEvidence:
    """Return the evidence of a bad candidate."""
    return cases(candidate)[name].make()
