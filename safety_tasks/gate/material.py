"""What the gate tests itself with: the labels of the holdout, and what candidate and champion found there.

Rules: nothing is detected anew, all comes from the run's own files, proved by digest; what is scored here is scored by
the code that the benchmark scores with, and gives the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from safety_tasks.errors import GateRefused
from safety_tasks.inference.detector import Found
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.model import BenchmarkReport
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.scoring.detection_table import DetectionTable, unpack_detections
from safety_tasks.scoring.incident_pack import incident_result
from safety_tasks.scoring.measuring import report_scores
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.manifests import read_manifest


@dataclass(frozen=True)
class Material:
    """Labels and detections of a run.

    ``holdout`` and ``incidents`` have their sizes as they decode; ``found`` is by sha256; ``champion`` is what it
    found, scored, None where there is none.
    """

    holdout: tuple[Picture, ...]
    incidents: tuple[Picture, ...]
    found: Mapping[str, Found]
    thresholds: Mapping[str, float]
    event_pictures: int
    champion: Accuracy | None

    def scored(self, evidence: GateEvidence, found: Mapping[str, Found]) -> GateEvidence:
        """Return the evidence that other detections would have given.

        Args:
            evidence: the candidate's.
            found: detections of the same pictures, by sha256.
        """
        classes = evidence.classes
        accuracy = score(classes, self.holdout, found, dict(self.thresholds))
        candidate = evidence.measured.candidate.model_copy(
            update={
                **report_scores(accuracy, self.event_pictures),
                "incidents": incident_result(self.incidents, found, classes, self.thresholds),
            }
        )
        changes: dict[str, object] = {"candidate": candidate}
        if self.champion is not None:
            changes["differences"] = compare(accuracy, self.champion)
            changes["slice_differences"] = compare_slices(accuracy, self.champion)
        return evidence.model_copy(
            update={"measured": evidence.measured.model_copy(update=changes)}
        )


def read_material(store: ObjectStore, version: DatasetVersion, evidence: GateEvidence) -> Material:
    """Read what a run's benchmark kept.

    Raises:
        GateRefused: it kept no detections, or not those of every holdout picture.
        ArtifactError: they were altered.
    """
    measured = evidence.measured
    pictures = read_manifest(store, version)
    table = _table(store, measured.candidate, evidence.exported.run_id)
    holdout = table.sized([p for p in pictures if p.split == measured.candidate.split])
    _require_all(
        len(holdout), measured.candidate.pictures, evidence.exported.run_id, "the candidate's"
    )
    incidents = [p for p in pictures if p.kind is BatchKind.INCIDENT]
    sized = {p.sha256: p for p in table.sized(incidents)}
    theirs, champion = measured.champion.report, None
    if theirs is not None:
        thresholds = {name: score.threshold for name, score in theirs.hazards.items()}
        classes = evidence.classes[: len(theirs.hazards)]
        found = _table(store, theirs, evidence.exported.run_id).found
        seen = sum(picture.sha256 in found for picture in holdout)
        _require_all(seen, len(holdout), evidence.exported.run_id, "the champion's")
        champion = score(classes, holdout, found, thresholds)
    events = measured.candidate.events.values()
    return Material(
        holdout=holdout,
        incidents=tuple(sized.get(p.sha256, p) for p in incidents),
        found=table.found,
        thresholds={n: score.threshold for n, score in measured.candidate.hazards.items()},
        event_pictures=next((event.within_pictures for event in events), 1),
        champion=champion,
    )


def _require_all(found: int, pictures: int, run_id: str, whose: str) -> None:
    if found != pictures:
        raise GateRefused(
            f"run {run_id}: expected {whose} detections of {pictures} holdout pictures, found those of {found}. "
            f"Run safety-tasks benchmark {run_id} again."
        )


def _table(store: ObjectStore, report: BenchmarkReport, run_id: str) -> DetectionTable:
    if report.detections is None:
        raise GateRefused(
            f"run {run_id}: expected the detections that its scores come from, to test the gate with, found none. "
            f"Run safety-tasks benchmark {run_id} again."
        )
    payload = get_artifact(store, report.detections)
    return unpack_detections(payload, what=report.detections.key)
