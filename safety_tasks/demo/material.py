"""The pictures of a rehearsal: what is delivered, and what the device sees.

Rules: what the device sees was never trained on: synthetic pictures come from scenes that were not delivered,
somebody's own from the holdout; the default pictures are marked synthetic from their delivery on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.errors import ConfigError
from safety_tasks.ingest import deliver_folder
from safety_tasks.profiles import load_profile, load_recipe
from safety_tasks.records.batch import BatchInfo
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import fetch_pictures, read_current, read_manifest, read_version

UNSEEN_PICTURES: Final = 12
_SMALL_SET: Final = 500


@dataclass(frozen=True)
class Options:
    """What the person asked for."""

    data: Path | None = None
    weights: Path | None = None
    profile: str = ""
    broken: str = ""
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot work, before anything is started.

        Raises:
            ConfigError: a folder or file is missing, or a name is unknown.
        """
        if self.broken not in ("", "undertrained"):
            raise ConfigError(f"BREAK: expected undertrained, found {self.broken!r}.")
        if self.data is not None and not self.data.is_dir():
            raise ConfigError(f"DATA: expected a YOLO folder, found none at {self.data}.")
        if self.weights is not None and not self.weights.is_file():
            raise ConfigError(f"WEIGHTS: expected a .pt file, found none at {self.weights}.")
        load_profile(self.gate_profile)
        load_recipe(self.recipe())

    @property
    def gate_profile(self) -> str:
        """The profile asked for; else ``demo`` for synthetic pictures and ``plant`` for real ones."""
        return self.profile or ("plant" if self.data else "demo")

    def recipe(self) -> str:
        """Return the recipe made for this much data."""
        if self.broken:
            return "undertrained"
        if self.data is None:
            return "demo"
        pictures = sum(
            1 for path in self.data.rglob("*.*") if "images" in path.relative_to(self.data).parts
        )
        return "mini" if pictures <= _SMALL_SET else "real"


def deliver(store: ObjectStore, options: Options, folder: Path) -> str:
    """Put the batch under ``incoming/`` and return its name."""
    if options.data is None:
        from safety_tasks.demo.scenes import write_batch

        batch = write_batch(folder / "synthetic-1", seed=options.seed)
        deliver_folder(store, batch.folder, batch.folder.name)
        return batch.folder.name
    name = "own-1"
    document = options.data / "batch.json"
    if document.is_file():
        name = BatchInfo.from_json_bytes(
            document.read_bytes(), what=str(document), error=ConfigError
        ).batch_id
    deliver_folder(store, options.data, name, empty_label_is_background=True)
    return name


def write_unseen(store: ObjectStore, options: Options, folder: Path) -> list[Path]:
    """Write pictures that no training saw, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    if options.data is None:
        from safety_tasks.demo.scenes import write_unseen_pictures

        return write_unseen_pictures(folder, pictures=UNSEEN_PICTURES, seed=options.seed + 1000)
    current = read_current(store)
    if current is None:
        return []
    pictures = read_manifest(store, read_version(store, current[0].version_id))
    holdout = [p for p in pictures if p.split == "holdout"]
    chosen = _spread([p for p in holdout if p.boxes] or holdout)
    found = fetch_pictures(store, chosen, folder, splits=("holdout",))
    return [found[p.sha256] for p in chosen]


def _spread(pictures: list[Picture]) -> list[Picture]:
    ordered = sorted(pictures, key=lambda p: (p.scene, p.sha256))
    return ordered[:: max(1, len(ordered) // UNSEEN_PICTURES)][:UNSEEN_PICTURES]
