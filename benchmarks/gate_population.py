"""Real scenes with what two real models find in pictures that they never saw: what the gate's benchmarks draw from.

Rules: the pictures are cut into two halves, in one of two ways: by whole scenes, halves that hold alike of every hazard
(``unseen``: a model never saw the scene), or each scene by time (``familiar``: it saw the scene at another time, which
gives the accuracy on a scene that a plant's model reaches after hundreds of scenes, not a dozen). Each half trains a
champion from the base weights, and a candidate as a retraining makes one (from halfway back to the base weights, fewer
epochs, another seed, other pictures of the same scenes); each looks at the other half alone, as the exported file and
through the path of devices; nothing is trained or looked at twice. The noise floor is the larger of the two champions'.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from benchmarks.result import NoResult
from benchmarks.trained_model import REAL_RECIPE, SHARED
from safety_tasks.class_map import class_map_digest
from safety_tasks.config import code_digest, load_classes
from safety_tasks.digests import sha256_bytes, sha256_file
from safety_tasks.export.reference import export_graph, finish_reference
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.ingest import deliver_folder, ingest_batch
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.records.base import Artifact
from safety_tasks.records.picture import SPLITS, Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.training import BaseWeights, Epoch, TrainingRun
from safety_tasks.scoring.accuracy import LOWEST_SCORE
from safety_tasks.scoring.detection_table import (
    DetectionTable,
    pack_detections,
    unpack_detections,
)
from safety_tasks.scoring.events import natural_order
from safety_tasks.scoring.noise_floor import measure_noise
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import fetch_pictures, read_manifest
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.engine.mixing import mix_weights
from safety_tasks.train.inputs import inputs_digest

NAME: Final = "gate_population"
CHAMPION: Final = REAL_RECIPE.model_copy(update={"name": "gate-champion", "epochs": 10})
# As config/recipes/update.toml is to default.toml.
CANDIDATE: Final = CHAMPION.model_copy(
    update={
        "name": "gate-candidate",
        "epochs": 4,
        "lr0": 0.0005,
        "close_mosaic_epochs": 2,
        "average_epochs": 2.0,
        "champion_share": 0.5,
        "seed": 1,
    }
)
PICTURES_A_SCENE: Final = (
    60  # pictures of a scene are alike: more of them cost time and teach little
)
Cut = Literal["unseen", "familiar"]
_VAL: Final = 12  # every twelfth picture of a scene chooses the epoch


@dataclass(frozen=True)
class Population:
    """Labelled pictures with their sizes, both models' detections of each by sha256, and the noise floor."""

    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    champion: Mapping[str, Found]
    candidate: Mapping[str, Found]
    noise: NoiseFloor


def real_population(folder: Path, cut: Cut) -> Population:
    """Return the population, training and looking if nobody has yet.

    Args:
        folder: where pictures, trainings and detections are kept.
        cut: how the pictures are cut into halves.

    Raises:
        NoResult: pictures or weights are missing.
    """
    real, base = SHARED / "data" / "real", SHARED / "weights" / "yolov8n.pt"
    for path in (real / "manifest.csv", base):
        if not path.is_file():
            raise NoResult(f"{NAME}: expected {path.name} beside the checkout, found none.")
    store, classes = LocalStore(folder / "store"), load_classes()
    if not store.exists(batch_prefix("real") + READY):
        deliver_folder(store, real, "real", empty_label_is_background=True)
    version = ingest_batch(store, "real", IngestSettings(), classes)
    pictures = tuple(read_manifest(store, version))
    place = _Place(folder / cut, store, version.version_id, classes, base)
    halves = cut_scenes(pictures) if cut == "unseen" else cut_times(pictures)
    for number, half in enumerate(halves):
        other = halves[1 - number]
        champion = place.trained(f"champion-{number}", base, half, CHAMPION)
        halfway = place.folder / f"halfway-{number}.pt"
        mix_weights(champion, base, CANDIDATE.champion_share, halfway, CANDIDATE.imgsz_px)
        candidate = place.trained(f"candidate-{number}", halfway, half, CANDIDATE)
        place.look(f"champion-{number}", champion, CHAMPION, other, noise=True)
        place.look(f"candidate-{number}", candidate, CANDIDATE, other, noise=False)
    tables = {
        name: [place.kept(f"{name}-{number}") for number in (0, 1)]
        for name in ("champion", "candidate")
    }
    sized = [p for table in tables["champion"] for p in table.sized(pictures)]
    return Population(
        classes,
        tuple(sorted(sized, key=lambda p: (p.scene, p.file, p.sha256))),
        {sha: found for table in tables["champion"] for sha, found in table.found.items()},
        {sha: found for table in tables["candidate"] for sha, found in table.found.items()},
        place.noise(),
    )


def cut_scenes(pictures: Sequence[Picture]) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """Cut by whole scenes: of scenes that show the same hazards, from the largest on, every second one."""
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        scenes[picture.scene].append(picture)

    def kind(scene: str) -> tuple[list[int], int, str]:
        hazards = {box.class_id for picture in scenes[scene] for box in picture.boxes}
        return sorted(hazards), -len(scenes[scene]), scene

    order = sorted(scenes, key=kind)
    one, other = (tuple(p for s in order[first::2] for p in scenes[s]) for first in (0, 1))
    return one, other


def cut_times(pictures: Sequence[Picture]) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """Cut each scene where half of its pictures have passed, in the natural order of their files."""
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        scenes[picture.scene].append(picture)
    one: list[Picture] = []
    other: list[Picture] = []
    for number, scene in enumerate(sorted(scenes)):
        part = sorted(scenes[scene], key=lambda p: (natural_order(p.file), p.sha256))
        middle = (len(part) + number % 2) // 2
        one += part[:middle]
        other += part[middle:]
    return tuple(one), tuple(other)


def pick(pictures: Sequence[Picture], seed: int) -> tuple[Picture, ...]:
    """Return at most 60 pictures of each scene, marked as train or val, by their digests and the seed."""
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        scenes[picture.scene].append(picture)
    picked = []
    for part in scenes.values():
        part.sort(key=lambda p: sha256_bytes(f"{seed} {p.sha256}".encode()))
        for number, picture in enumerate(part[:PICTURES_A_SCENE]):
            split = "val" if number % _VAL == _VAL - 1 else "train"
            picked.append(picture.model_copy(update={"split": split}))
    return tuple(picked)


@dataclass(frozen=True)
class _Place:
    """Where it is trained and looked: the store with the pictures, their version, the weights to start from."""

    folder: Path
    store: LocalStore
    version_id: str
    classes: tuple[str, ...]
    base: Path

    def trained(self, name: str, base: Path, half: Sequence[Picture], recipe: Recipe) -> Path:
        """Return the weights of a training; asking again trains nothing."""
        picked = pick(half, recipe.seed)
        digests = [p.sha256 for p in picked]
        digest = inputs_digest(self.version_id, recipe, sha256_file(base), digests, "any")
        folder = self.folder / name
        data = write_dataset_folder(self.store, picked, self.classes, folder / "dataset")

        def tell(epoch: Epoch) -> None:
            print(f"  {name} {epoch.line()}", file=sys.stderr, flush=True)

        return fit_detector(data, base, recipe, folder, inputs_sha256=digest, progress=tell).weights

    def look(
        self, name: str, weights: Path, recipe: Recipe, pictures: Sequence[Picture], *, noise: bool
    ) -> None:
        """Keep what an exported model finds in pictures, unless it is kept already."""
        path, floor = self.folder / f"{name}.npz", self.folder / f"{name}-noise.json"
        mark = self.folder / f"{name}-weights.sha256"
        digest = sha256_file(weights)
        if mark.is_file() and mark.read_text(encoding="ascii") == digest:
            return
        detector = Detector(self._exported(name, weights, recipe), what=name)
        fetched = fetch_pictures(
            self.store, pictures, self.folder.parent / "pictures", splits=SPLITS
        )
        reader = PictureReader(fetched)
        sized, found = [], {}
        for picture in pictures:
            pixels = reader.read(picture.sha256)
            found[picture.sha256] = detector.detect(pixels, LOWEST_SCORE)
            height, width = pixels.shape[:2]
            sized.append(picture.model_copy(update={"width_px": width, "height_px": height}))
        path.write_bytes(pack_detections(sized, found))
        if noise:
            measured = measure_noise(
                detector, sized, lambda p: reader.read(p.sha256), found, LOWEST_SCORE
            )
            floor.write_bytes(measured.to_json_bytes())
        mark.write_text(digest, encoding="ascii")

    def kept(self, name: str) -> DetectionTable:
        """Return what ``look`` kept."""
        return unpack_detections((self.folder / f"{name}.npz").read_bytes(), what=name)

    def noise(self) -> NoiseFloor:
        """Return the larger floor of the two champions, hazard by hazard."""
        floors = [
            NoiseFloor.from_json_bytes(path.read_bytes(), what=path.name)
            for path in sorted(self.folder.glob("champion-*-noise.json"))
        ]

        def most(values: Sequence[float | None]) -> float | None:
            return max((value for value in values if value is not None), default=None)

        return floors[0].model_copy(
            update={
                "ap50": {c: most([floor.ap50[c] for floor in floors]) for c in self.classes},
                "map50_95": most([floor.map50_95 for floor in floors]),
            }
        )

    def _exported(self, name: str, weights: Path, recipe: Recipe) -> bytes:
        """Return the reference model of a training, without thresholds."""
        digest = sha256_file(weights)
        size = weights.stat().st_size
        run = TrainingRun(
            run_id=name,
            dataset_version=self.version_id,
            recipe=recipe,
            classes_sha256=class_map_digest(self.classes),
            base_weights=BaseWeights(
                kind="configured", source=self.base.name, sha256=sha256_file(self.base), note=""
            ),
            weights=Artifact(key=f"{name}/{weights.name}", sha256=digest, size_bytes=size),
            fit=None,
            started_at="1970-01-01T00:00:00+00:00",
            seconds=0.0,
            code_sha256=code_digest(),
        )
        graph, _ = export_graph(weights, run, self.classes)
        return finish_reference(graph, run, self.classes, None)
