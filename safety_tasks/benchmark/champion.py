"""The champion: what ``stable`` serves, measured again beside the candidate.

Rules: its own file is measured on this dataset, no stored score is believed; one that cannot be measured is a problem
with its reason, never nothing; one from before the classes grew is measured on the hazards that it knows.
"""

from dataclasses import dataclass

from safety_tasks.benchmark.bench import Bench, Seen
from safety_tasks.benchmark.latency import Timed
from safety_tasks.bundle.reading import read_part, read_served
from safety_tasks.class_map import require_extends, require_same
from safety_tasks.errors import SafetyTasksError
from safety_tasks.inference.detector import Detector
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ChampionBenchmark
from safety_tasks.store.base import ObjectStore


@dataclass(frozen=True)
class Champion:
    """The champion's file and what it sees, or why there is none."""

    release_seq: int | None = None
    model: Artifact | None = None
    payload: bytes | None = None
    imgsz_px: int = 0
    seen: Seen | None = None
    problem: str = ""

    def benchmark(
        self,
        bench: Bench,
        timed: dict[str, Timed],
        device: dict[str, Timed],
        detections: Artifact | None = None,
    ) -> ChampionBenchmark:
        """Return the record, with the times that ``champion`` has among those that were timed."""
        if self.model is None or self.seen is None:
            return ChampionBenchmark(
                release_seq=self.release_seq, report=None, problem=self.problem
            )
        report = bench.report(
            self.model,
            self.imgsz_px,
            self.seen,
            timed["champion"].latency,
            device_latency=device["champion"].latency,
        )
        report = report.model_copy(update={"detections": detections})
        return ChampionBenchmark(release_seq=self.release_seq, report=report)


def find_champion(store: ObjectStore, version: DatasetVersion, bench: Bench) -> Champion:
    """Return what ``stable`` serves, having looked at the holdout with it."""
    release_seq = None
    try:
        served = read_served(store, "stable")
        if served is None:
            return Champion()
        release_seq = served.pointer.release_seq
        model = served.document.model
        payload = read_part(store, model)
        detector = Detector(payload, what=model.key)
        require_same(served.document.classes, detector.classes, where=model.key)
        require_extends(version.classes, detector.classes, where=f"release {release_seq}")
        seen = bench.look(detector)
    except SafetyTasksError as problem:
        return Champion(release_seq=release_seq, problem=str(problem))
    return Champion(release_seq, model, payload, detector.imgsz_px, seen)
