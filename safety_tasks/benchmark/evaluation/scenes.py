"""Which scene a picture is of, as a ``manifest.csv`` beside the data says.

Rules: a row (columns ``file`` and ``scene``) names a picture by its path from the manifest's folder or by its bare
name; one picture has one scene. Intervals are drawn over scenes, so they are known of every picture or of none.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.errors import DatasetError

MANIFEST: Final = "manifest.csv"


@dataclass(frozen=True)
class Scenes:
    """A manifest: its file, and scenes by path or bare name."""

    path: Path
    scenes: Mapping[str, str]

    def of(self, picture: Path) -> str | None:
        """Return a picture's scene, or None where the manifest does not name it."""
        folder = self.path.parent
        inside = picture.is_relative_to(folder)
        file = picture.relative_to(folder).as_posix() if inside else picture.name
        return self.scenes.get(file) or self.scenes.get(picture.name)


def find_scenes(root: Path) -> Scenes | None:
    """Read the manifest of a folder, else the one beside the folder ``images`` that it lies in.

    Args:
        root: an absolute folder.

    Returns:
        None where there is no manifest.

    Raises:
        DatasetError: it is malformed or contradicts itself; the message names the line.
    """
    images = [folder for folder in (root, *root.parents) if folder.name == "images"]
    for folder in (root, *(found.parent for found in images[:1])):
        if (folder / MANIFEST).is_file():
            return Scenes(folder / MANIFEST, _read(folder / MANIFEST))
    return None


def scenes_of(pictures: Sequence[Path], root: Path) -> tuple[tuple[str | None, ...], str]:
    """Return the scene of each picture, or None for each where any is unknown, and why.

    Raises:
        DatasetError: the manifest is malformed.
    """
    known = find_scenes(root)
    if known is None:
        return (None,) * len(pictures), f"no {MANIFEST} beside the data names scenes"
    scenes = tuple(known.of(picture) for picture in pictures)
    named = sum(scene is not None for scene in scenes)
    if named < len(pictures):
        why = f"{known.path} names scenes of {named} of {len(pictures)} pictures"
        return (None,) * len(pictures), why
    return scenes, ""


def _read(path: Path) -> dict[str, str]:
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        if not {"file", "scene"} <= set(reader.fieldnames or ()):
            raise DatasetError(
                f"{path}: expected columns file and scene, found {str(reader.fieldnames)[:300]}."
            )
        scenes: dict[str, str] = {}
        for row in reader:
            file, scene = row["file"] or "", (row["scene"] or "").strip()
            if not file or not scene or scenes.setdefault(file, scene) != scene:
                raise DatasetError(
                    f"{path}, line {reader.line_num}: expected a file and its one scene, found "
                    f"{file[:200]!r} and {scene[:200]!r}."
                )
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise DatasetError(
            f"{path}: expected comma-separated rows in UTF-8, found: {problem}."
        ) from problem
    return scenes
