"""What a benchmark works with: a version's pictures on local disk, and one model after another measured on them.

Rules: every model sees the same pictures, in the same order, through the path that devices use; pictures are fetched
once and proved; every picture of an incident is measured too, whatever its split.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safety_tasks.benchmark.accuracy import measure_accuracy
from safety_tasks.benchmark.incidents import IncidentsSeen, measure_incidents
from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import BenchmarkError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import BenchmarkReport
from safety_tasks.records.picture import SPLITS, Picture
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.timing import Latency
from safety_tasks.scoring.accuracy import LOWEST_SCORE, Accuracy
from safety_tasks.scoring.measuring import report_scores
from safety_tasks.scoring.noise_floor import measure_noise
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import fetch_pictures, read_manifest

TIMED_PICTURES = 32
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Seen:
    """A model's accuracy on the holdout and what it finds of the incidents."""

    accuracy: Accuracy
    incidents: IncidentsSeen


class Bench:
    """A dataset version, laid out to measure models on."""

    def __init__(
        self,
        store: ObjectStore,
        version: DatasetVersion,
        folder: Path,
        settings: BenchmarkSettings,
    ) -> None:
        """Fetch the pictures.

        Args:
            store: where they are.
            version: the dataset version.
            folder: a private folder for them.
            settings: how long and on how many threads models are timed.

        Raises:
            BenchmarkError: the holdout is empty.
        """
        pictures = read_manifest(store, version)
        self.version, self.settings = version, settings
        self.val = [p for p in pictures if p.split == "val"]
        self.holdout = [p for p in pictures if p.split == "holdout"]
        self._incidents = [p for p in pictures if p.kind is BatchKind.INCIDENT]
        if not self.holdout:
            raise BenchmarkError(
                f"dataset version {version.version_id}: expected a holdout, found no picture in it. "
                "Deliver pictures of more scenes: splits are by whole scenes."
            )
        paths = fetch_pictures(store, pictures, folder, splits=("val", "holdout"))
        paths |= fetch_pictures(store, self._incidents, folder, splits=SPLITS)
        self.reader = PictureReader(paths)

    def looks(self, detector: Detector) -> int:
        """Return how many pictures ``look`` goes through."""
        val = 0 if detector.thresholds else len(self.val)
        return val + len(self.holdout) + len(self._incidents)

    def look(self, detector: Detector, progress: Progress = lambda done, total: None) -> Seen:
        """Measure a model's accuracy, and what it finds of the incidents.

        Raises:
            ArtifactError: the model does not run.
        """
        more, whole = len(self._incidents), self.looks(detector)
        accuracy = measure_accuracy(
            detector,
            self.val,
            self.holdout,
            self.reader,
            lambda done, total: progress(done, total + more),
        )
        incidents = measure_incidents(
            detector,
            self._incidents,
            self.version.classes,
            self.reader,
            accuracy.thresholds,
            lambda done: progress(whole - more + done, whole),
        )
        return Seen(accuracy, incidents)

    def noise(self, detector: Detector, accuracy: Accuracy, progress: Progress) -> NoiseFloor:
        """Measure a model's noise floor on the holdout."""
        return measure_noise(
            detector, accuracy.pictures, self.pixels, accuracy.found, LOWEST_SCORE, progress
        )

    def pixels(self, picture: Picture) -> npt.NDArray[np.uint8]:
        """Return a picture as (height, width, 3) uint8 BGR."""
        return self.reader.read(picture.sha256)

    def timed_pictures(self) -> list[npt.NDArray[np.uint8]]:
        """Return the pictures that models are timed on, spread over the holdout."""
        step = max(1, len(self.holdout) // TIMED_PICTURES)
        return [self.pixels(picture) for picture in self.holdout[::step][:TIMED_PICTURES]]

    def report(
        self,
        model: Artifact,
        imgsz_px: int,
        seen: Seen,
        latency: Latency,
        *,
        noise: NoiseFloor | None = None,
        device_latency: Latency | None = None,
    ) -> BenchmarkReport:
        """Put a report together; keys of pictures and details are added by whoever keeps them."""
        accuracy, version = seen.accuracy, self.version
        return BenchmarkReport(
            model_sha256=model.sha256,
            classes_sha256=class_map_digest(accuracy.classes),
            dataset_version=version.version_id,
            manifest_sha256=version.manifest.sha256,
            split="holdout",
            imgsz_px=imgsz_px,
            **report_scores(accuracy, self.settings.event_pictures),
            noise=noise,
            latency=latency,
            device_latency=device_latency,
            incidents=seen.incidents.result,
        )
