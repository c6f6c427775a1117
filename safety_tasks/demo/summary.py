"""The record that every ending of the demo leaves: ``summary.json``.

Rules: it is deleted at the start and written on every ending, so that it never speaks of another run; what is not
known is null, never invented.
"""

from pathlib import Path

from pydantic import Field

from safety_tasks.records.base import Record
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.store.local import write_durably

RELEASED, BROKEN, REFUSED, INTERRUPTED = 0, 1, 3, 130


class StageTime(Record):
    """How long a stage took."""

    seconds: float


class HazardSummary(Record):
    """Accuracy on one hazard of the holdout."""

    ap50: float | None
    recall: float | None
    support: Support


class LatencySummary(Record):
    """Whole-frame time on this machine, one thread, milliseconds."""

    p50: float
    p95: float
    p99: float


class EdgeSummary(Record):
    """What the device runs, and what it saw."""

    active_release_seq: int
    model_sha256: str
    pictures: tuple[str, ...]
    detections: int


class Summary(Record):
    """How a rehearsal ended."""

    exit_code: int = BROKEN
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    synthetic: bool | None = None
    profile: str | None = None
    recipe: str | None = None
    base_weights: str | None = None
    dataset_version: str | None = None
    release_seq: int | None = None
    stages: dict[str, StageTime] = Field(default_factory=dict)
    dag_wall_s: dict[str, float] = Field(default_factory=dict)
    hazards: dict[str, HazardSummary] = Field(default_factory=dict)
    map50: float | None = None
    map50_95: float | None = None
    latency_ms: LatencySummary | None = None
    edge: EdgeSummary | None = None
    card: str | None = None
    problem: str | None = None

    def with_report(self, report: GateReport) -> "Summary":
        """Return the summary with what the gate saw and said."""
        found = report.candidate
        return self.model_copy(
            update={
                "verdict": report.verdict,
                "reasons": report.reasons,
                "synthetic": report.synthetic,
                "profile": report.profile.name,
                "dataset_version": report.dataset_version,
                "hazards": {
                    name: HazardSummary(ap50=s.ap50, recall=s.recall, support=s.support)
                    for name, s in found.hazards.items()
                },
                "map50": found.map50,
                "map50_95": found.map50_95,
                "latency_ms": LatencySummary(
                    p50=found.latency.p50_ms, p95=found.latency.p95_ms, p99=found.latency.p99_ms
                ),
            }
        )

    def write(self, path: Path) -> None:
        """Write it durably."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, self.model_dump_json(indent=1).encode())
