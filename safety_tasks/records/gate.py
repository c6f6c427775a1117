"""Records of the gate: profile, checks, verdict, report."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark
from safety_tasks.records.variants import Int8Budget


class Verdict(StrEnum):
    """What the gate says. FAIL beats INCONCLUSIVE beats PASS."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a secret
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"


class GateProfile(Record):
    """What a model must show to be released (a table of ``config/gate.toml``)."""

    name: Name
    ap50_floors: dict[str, Fraction]
    recall_floors: dict[str, Fraction]
    max_ap50_drop: Fraction
    latency_p95_budget_ms: Annotated[float, Field(gt=0)]
    min_support_pictures: Annotated[int, Field(ge=1)]
    min_support_boxes: Annotated[int, Field(ge=1)]
    min_support_scenes: Annotated[int, Field(ge=1)]
    max_missed_incidents: Annotated[int, Field(ge=0)] = 0
    int8_budget: Int8Budget = Int8Budget()
    warning: str = ""


class CheckResult(Record):
    """One check: what was seen, what was required, and what follows."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_.]+$")]
    verdict: Verdict
    observed: str
    required: str
    reason: str
    reason_ko: str


class GateReport(Record):
    """All checks over one candidate, and the verdict that follows from them."""

    run_id: Name
    verdict: Verdict
    profile: GateProfile
    checks: Annotated[tuple[CheckResult, ...], Field(min_length=1)]
    model_sha256: Sha256
    dataset_version: str
    synthetic: bool
    candidate: BenchmarkReport
    champion: ChampionBenchmark
    report_key: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of every check that did not pass, the worst first."""
        worst_first = sorted(
            (check for check in self.checks if check.verdict is not Verdict.PASS),
            key=lambda check: check.verdict is not Verdict.FAIL,
        )
        return tuple(f"{check.name}: {check.reason}" for check in worst_first)


class GateReportRef(Record):
    """A gate report's place and digest: small enough for an XCom."""

    run_id: Name
    verdict: Verdict
    report: Artifact
    reasons: tuple[str, ...]
