"""The folder of what was seen: annotated pictures and videos, and ``detections.jsonl``.

Rules: a line is written and flushed as soon as its picture is, so that an interrupted run keeps what it saw; names
begin with a number, so that two sources of one name never meet; nothing is written outside the folder or over a
source; a picture is there as a whole or not at all.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from safety_tasks.edge.addresses import file_stem, shown_path
from safety_tasks.edge.annotated_video import AnnotatedVideo
from safety_tasks.errors import EdgeError
from safety_tasks.inference.pictures import encode_jpeg

LINES_NAME: Final = "detections.jsonl"


class AnnotatedFolder:
    """The folder while it is being filled; what a former run wrote there under the same names is replaced."""

    def __init__(self, out: Path, sources: Iterable[Path]) -> None:
        """Make the folder and an empty ``detections.jsonl``.

        Args:
            out: the folder.
            sources: files that must stay as they are.

        Raises:
            EdgeError: it cannot be written to.
        """
        self.out = out
        self._sources = {path.resolve() for path in sources}
        self._number = 0
        with self._writing():
            out.mkdir(parents=True, exist_ok=True)
            lines = out / LINES_NAME
            lines.unlink(missing_ok=True)
            self._lines = lines.open("x", encoding="ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close ``detections.jsonl``."""
        with self._writing():
            self._lines.close()

    def write_picture(self, stem: str, picture: npt.NDArray[np.uint8]) -> Path:
        """Write a (height, width, 3) uint8 BGR picture as JPEG; return its path.

        Raises:
            EdgeError: there is no room, or no right to write.
            ArtifactError: it is too large for a JPEG.
        """
        payload = encode_jpeg(picture)
        target = self._target(stem, ".jpg")
        unfinished = self.out / f"{target.name}.part"
        with self._writing():
            unfinished.write_bytes(payload)
            unfinished.replace(target)
        return target

    def video(self, stem: str, fps: float) -> AnnotatedVideo:
        """Return a video to write frames to; ``fps`` is 0 where it is not known."""
        return AnnotatedVideo(self._target(stem, ".mp4", ".avi").with_suffix(""), fps)

    def note(self, line: dict[str, Any]) -> str:
        """Append a line; return its JSON.

        Raises:
            EdgeError: there is no room.
        """
        text = json.dumps(line)
        with self._writing():
            self._lines.write(text + "\n")
            self._lines.flush()
        return text

    def _target(self, stem: str, *suffixes: str) -> Path:
        while True:
            name = f"{self._number:04d}_{file_stem(stem)}"
            self._number += 1
            targets = [self.out / (name + suffix) for suffix in suffixes]
            if self._sources.isdisjoint(target.resolve() for target in targets):
                return targets[0]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise EdgeError(
                f"{shown_path(self.out)}: expected a folder that can be written to, found: "
                f"{problem.strerror or problem}. Make room or name another --out."
            ) from problem
