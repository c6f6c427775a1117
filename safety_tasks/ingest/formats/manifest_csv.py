"""Read ``manifest.csv``: the scene, and perhaps the camera, of each picture.

Rules: a row names a picture by its path or its bare name; one picture has one scene and one camera; other columns, a
split among them, are ignored.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.sources import Source, read_text

MANIFEST: Final = "manifest.csv"
_MAX_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True)
class Places:
    """Scene and camera by path or bare name, as the manifest gives them."""

    scenes: Mapping[str, str] = field(default_factory=dict)
    cameras: Mapping[str, str] = field(default_factory=dict)


def read_manifest(source: Source) -> Places:
    """Read the manifest of a delivery; without one nothing is known.

    Raises:
        BatchError: it is malformed, or contradicts itself; the message names the line.
    """
    if MANIFEST not in source.names():
        return Places()
    what = source.what + MANIFEST
    reader = csv.DictReader(io.StringIO(read_text(source, MANIFEST, _MAX_BYTES)))
    places: dict[str, dict[str, str]] = {"scene": {}, "camera": {}}
    try:
        if not {"file", "scene"} <= set(reader.fieldnames or ()):
            shown = str(reader.fieldnames)[:300]
            raise BatchError(f"{what}: expected columns file and scene, found {shown}.")
        for row in reader:
            file, scene = row["file"] or "", (row["scene"] or "").strip()
            if not file or not scene:
                raise BatchError(f"{what}, line {reader.line_num}: expected a file and a scene.")
            camera = (row.get("camera") or "").strip()
            for column, value in (("scene", scene), ("camera", camera)):
                if value and places[column].setdefault(file, value) != value:
                    raise BatchError(
                        f"{what}, line {reader.line_num}: expected one {column} for {file[:200]!r}, found two."
                    )
    except csv.Error as problem:
        raise BatchError(f"{what}: expected comma-separated rows, found: {problem}.") from None
    return Places(places["scene"], places["camera"])


def by_path_or_name(places: Mapping[str, str], file: str) -> str | None:
    """Return what is said of a file by its path, else by its bare name, else None."""
    return places.get(file) or places.get(file.rpartition("/")[2])
