"""Cut real pictures by whole scenes: what a champion knows, what is new, and scenes that nobody trains on.

Rules: no scene lies in two parts; a scene that ingest joined from both of its makers' splits is trained on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.picture import Picture, Split


@dataclass(frozen=True)
class Cut:
    """Pictures by their part: what the champion trains on, what the new version adds, val of scenes of its own."""

    old: tuple[Picture, ...]
    new: tuple[Picture, ...]
    val: tuple[Picture, ...]

    @property
    def whole(self) -> tuple[Picture, ...]:
        """All that the new version holds."""
        return (*self.old, *self.new, *self.val)


def cut_scenes(pictures: Sequence[Picture], delivered: Mapping[str, str]) -> Cut:
    """Cut a dataset by whole scenes.

    Args:
        pictures: rows of any split.
        delivered: ``train`` or ``val`` of each file's name, as its makers split them; a scene that ingest joined from
            both is trained on.
    """
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        scenes[picture.scene].append(picture)
    sides = {s: {delivered[Path(p.file).name] for p in part} for s, part in scenes.items()}

    def kind(scene: str) -> tuple[list[int], str]:
        hazards = {box.class_id for picture in scenes[scene] for box in picture.boxes}
        return sorted(hazards), sha256_bytes(scene.encode())

    # Every third of scenes in order of what they show, so that both parts show every hazard if they can.
    train = sorted((s for s in scenes if sides[s] != {"val"}), key=kind)
    val = sorted(s for s in scenes if sides[s] == {"val"})

    def part(names: Sequence[str], split: Split) -> tuple[Picture, ...]:
        return tuple(p.model_copy(update={"split": split}) for s in names for p in scenes[s])

    new = train[1::3]
    old = [scene for scene in train if scene not in new]
    return Cut(part(old, "train"), part(new, "train"), part(val, "val"))
