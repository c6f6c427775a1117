"""Records of the gate: what it judged, each check, the verdict, and what people decided about it.

Rules: a report holds all that its verdict follows from, so that another policy can judge it again; a check that is only
reported, or waived, stays on record with the verdict that it has by itself.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Name, Record, Sha256
from safety_tasks.records.gate_policy import CheckKind, GateProfile, Mode
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    Measurements,
)
from safety_tasks.records.training import TrainingRun
from safety_tasks.records.variants import VariantChoice, VariantName


class Verdict(StrEnum):
    """What the gate says. FAIL beats INCONCLUSIVE beats PASS."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a secret
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"


WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; FAIL when there is none to combine, since nothing was shown."""
    present = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in present), Verdict.FAIL)


class CheckResult(Record):
    """One check: what was seen, what was required, how far apart they are, and what follows.

    ``observed_ko`` and ``required_ko`` are empty where both languages read alike, as numbers do; ``margin`` is that of
    the value, in its unit, positive inside the requirement, None where there is no number; ``uncovered`` names what
    there was too little evidence of to judge; ``waived_by`` is a waiver's id.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]+$")]
    kind: CheckKind
    verdict: Verdict
    observed: str
    required: str
    margin: float | None = None
    reason: str
    reason_ko: str
    observed_ko: str = ""
    required_ko: str = ""
    mode: Mode = "required"
    uncovered: tuple[str, ...] = ()
    waived_by: str = ""

    @property
    def counts(self) -> Verdict:
        """What the check contributes to the verdict: PASS where it is only reported, or waived."""
        if self.mode != "required" or self.waived_by:
            return Verdict.PASS
        return self.verdict


class VariantVerdict(Record):
    """The verdict on one file beside the reference: one that is not PASS is left out of the release."""

    name: VariantName
    hardware: str
    model_sha256: Sha256
    verdict: Verdict
    checks: Annotated[tuple[CheckResult, ...], Field(min_length=1)]


class GateEvidence(Record):
    """All that a verdict follows from, beside the policy.

    ``serving_release_seq`` is what ``stable`` served when this was judged, None for nothing; ``released_as`` the
    release that already has this very model; ``choices`` are the measurements on other classes of hardware.
    """

    classes: tuple[str, ...]
    dataset_version: str
    manifest_sha256: Sha256
    synthetic: bool
    exported: ExportedModel
    measured: Measurements
    training: TrainingRun | None = None
    choices: tuple[VariantChoice, ...] = ()
    serving_release_seq: int | None = None
    released_as: int | None = None


class KnownBad(Record):
    """A candidate made bad on purpose: which check must refuse it, and which did.

    ``skipped`` says why it was not made.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]+$")]
    must_be_refused_by: str
    refused: bool
    refused_by: tuple[str, ...] = ()
    skipped: str = ""


class ShownWaiver(Record):
    """A waiver as a card shows it; ``applied`` names the checks of this report that it takes out."""

    waiver_id: Name
    who: str
    approver: str
    why: str
    checks: tuple[str, ...]
    run_id: Name
    until: str
    applied: tuple[str, ...] = ()


class Approval(Record):
    """What a person, or the clock, decided before ``stable``."""

    decision: Literal["approved", "rejected", "timed_out"]
    who: str
    at: str
    note: str = ""


class GateReport(Record):
    """All checks over one candidate, and the verdict that follows from them."""

    run_id: Name
    verdict: Verdict
    at: str
    profile: GateProfile
    policy_sha256: Sha256
    checks: Annotated[tuple[CheckResult, ...], Field(min_length=1)]
    variants: tuple[VariantVerdict, ...] = ()
    self_test: tuple[KnownBad, ...] = ()
    waivers: tuple[ShownWaiver, ...] = ()
    approval: Approval | None = None
    evidence: GateEvidence
    report_key: str

    @property
    def candidate(self) -> BenchmarkReport:
        """The candidate's measurements."""
        return self.evidence.measured.candidate

    @property
    def champion(self) -> ChampionBenchmark:
        """The champion's, on the same holdout, or why there are none."""
        return self.evidence.measured.champion

    @property
    def model_sha256(self) -> str:
        """The digest of the reference model that was judged."""
        return self.evidence.exported.model.sha256

    @property
    def dataset_version(self) -> str:
        """The dataset version that it was judged on."""
        return self.evidence.dataset_version

    @property
    def synthetic(self) -> bool:
        """Whether the pictures were drawn."""
        return self.evidence.synthetic

    @property
    def broken(self) -> tuple[KnownBad, ...]:
        """The known-bad candidates that the gate let through: with any, it judges nothing."""
        return tuple(bad for bad in self.self_test if not bad.refused and not bad.skipped)

    @property
    def refusing(self) -> tuple[CheckResult, ...]:
        """The checks that keep the verdict from PASS, the worst first."""
        return tuple(
            sorted(
                (check for check in self.checks if check.counts is not Verdict.PASS),
                key=lambda check: WORST_FIRST.index(check.counts),
            )
        )

    @property
    def shipped(self) -> tuple[VariantVerdict, ...]:
        """The variants that may ship beside the reference."""
        return tuple(one for one in self.variants if one.verdict is Verdict.PASS)

    def refusal(self, channel: Literal["canary", "stable"], at: datetime) -> str:
        """Return why this report lets nothing be published to a channel at a time; empty where it does.

        Args:
            channel: where to.
            at: the time, with its zone: a waiver that has ended by then counts no more.
        """
        if self.broken or not self.self_test:
            return "the gate could not show that it refuses bad models"
        if self.verdict is not combine(check.counts for check in self.checks):
            return f"the report says {self.verdict.value} and contradicts its own checks"
        ended = [w for w in self.waivers if w.applied and datetime.fromisoformat(w.until) <= at]
        if ended:
            names = ", ".join(f"{w.waiver_id} until {w.until}" for w in ended)
            return f"it rests on waivers that have ended: {names}"
        allowed = [Verdict.PASS]
        if channel == "canary" and self.profile.inconclusive_to_canary:
            allowed.append(Verdict.INCONCLUSIVE)
        if self.verdict not in allowed:
            reasons = "; ".join(self.reasons)
            return f"verdict {self.verdict.value} by profile {self.profile.name}: {reasons}"
        if self.approval is not None and self.approval.decision != "approved":
            return f"it was {self.approval.decision.replace('_', ' ')} by {self.approval.who}"
        return ""

    def needs_approval(self, channel: Literal["canary", "stable"]) -> bool:
        """Tell whether a person must still say yes before a channel."""
        return channel == "stable" and self.profile.approval_before_stable and not self.approval

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of every check that keeps the verdict from PASS, the worst first."""
        return tuple(f"{check.name}: {check.reason}" for check in self.refusing)


class GateReportRef(Record):
    """A gate report's place and digest: small enough for an XCom."""

    run_id: Name
    verdict: Verdict
    report: Artifact
    reasons: tuple[str, ...]
