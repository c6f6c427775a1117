"""From evidence to a verdict: run every check, weigh each as the policy says, combine.

Rules: pure; PASS only if every required check passes; each file that may ship is judged, one that is refused is left
out, and a refused reference refuses the release. What the policy only wants reported is judged all the same and shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from safety_tasks.gate.checks import CHECKS
from safety_tasks.gate.checks.variants import variant_checks
from safety_tasks.records.gate import (
    CheckResult,
    GateEvidence,
    VariantVerdict,
    Verdict,
    combine,
)
from safety_tasks.records.gate_policy import GateProfile


@dataclass(frozen=True)
class Judgement:
    """What follows from evidence and policy: the checks of the reference, and each variant by itself."""

    verdict: Verdict
    checks: tuple[CheckResult, ...]
    variants: tuple[VariantVerdict, ...]


def judge(evidence: GateEvidence, profile: GateProfile) -> Judgement:
    """Judge a candidate.

    Args:
        evidence: what was measured and recorded.
        profile: what is required.
    """
    checks = weighed(
        (found for check in CHECKS.values() for found in check(evidence, profile)), profile
    )
    variants = []
    for variant, hardware, found in variant_checks(evidence, profile):
        own = weighed(found, profile)
        variants.append(
            VariantVerdict(
                name=variant.name,
                hardware=hardware,
                model_sha256=variant.model.sha256,
                verdict=combine(check.counts for check in own),
                checks=own,
            )
        )
    return Judgement(combine(check.counts for check in checks), checks, tuple(variants))


def weighed(found: Iterable[CheckResult], profile: GateProfile) -> tuple[CheckResult, ...]:
    """Return results with the weight that the policy gives them."""
    return tuple(check.model_copy(update={"mode": profile.mode_of(check.kind)}) for check in found)
