"""An annotated video, written frame by frame.

Rules: it is opened with its first frame and closed whatever happens, so that an interrupted run leaves a video that
plays; a codec that this machine lacks is replaced by one that it has, and that is said; a video that does not open
again is an error, since the library reports no full disk.
"""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.edge.addresses import shown_path
from safety_tasks.errors import EdgeError

UNKNOWN_FPS: Final = 25.0
_MIN_FPS: Final = 0.01
_MAX_FPS: Final = 240.0
_CODECS: Final = ((".mp4", "mp4v"), (".avi", "MJPG"))


class AnnotatedVideo:
    """A video that is being written.

    ``path`` is where it lies, None before the first frame; ``note`` says what is not as asked.
    """

    def __init__(self, target: Path, fps: float) -> None:
        """Write nothing yet.

        Args:
            target: the file, without a suffix.
            fps: frames a second; 0 where it is not known.
        """
        self.path: Path | None = None
        self.note = ""
        self._target = target
        self._fps = min(max(fps, _MIN_FPS), _MAX_FPS) if fps > 0 else UNKNOWN_FPS
        if self._fps != fps:
            self.note = f"expected frames a second, found {fps:g}: it plays at {self._fps:g}"
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._frames = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the video, and prove that it opens; beside what went wrong before, that it does not is a note.

        Raises:
            EdgeError: it does not open.
        """
        if self._writer is None or self.path is None:
            return
        self._writer.release()
        if _opens(self.path):
            return
        self.note = (
            f"{shown_path(self.path)}: expected a video of {self._frames} frames, found one that does not "
            "open. See whether the disk is full; detections.jsonl holds what was seen."
        )
        if error is None:
            raise EdgeError(self.note)

    def write(self, picture: npt.NDArray[np.uint8]) -> Path:
        """Append a (height, width, 3) uint8 BGR frame, fitted to the size of the first; return the video's path.

        Raises:
            EdgeError: no codec of this machine writes it.
        """
        height, width = picture.shape[:2]
        if self._writer is None or self.path is None:
            self._size = (width, height)
            self._writer, self.path = self._opened()
        if (width, height) != self._size:  # the library would drop it without a word
            picture = cv2.resize(picture, self._size)  # type: ignore[assignment]
            self.note = f"frames of several sizes: all fitted to the first's {self._size} pixels"
        self._writer.write(picture)
        self._frames += 1
        return self.path

    def _opened(self) -> tuple[cv2.VideoWriter, Path]:
        for suffix, codec in _CODECS:
            path = self._target.with_name(self._target.name + suffix)
            path.unlink(missing_ok=True)
            code = cv2.VideoWriter.fourcc(*codec)
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, self._fps, self._size)
            if writer.isOpened():
                if suffix != _CODECS[0][0]:
                    self.note = f"{codec} in {suffix}, as {_CODECS[0][1]} cannot be written here"
                return writer, path
            writer.release()
            path.unlink(missing_ok=True)
        raise EdgeError(
            f"{shown_path(self._target)}: expected to write a video of {self._size} pixels, found no codec of "
            f"{[codec for _, codec in _CODECS]} that does. See whether the folder can be written to."
        )


def _opens(path: Path) -> bool:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        return capture.isOpened() and capture.grab()
    finally:
        capture.release()
