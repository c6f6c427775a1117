"""Change the model of a running camera without a frame that waits.

Rules: the new model is loaded, judged and warmed while the old one goes on detecting; then one assignment switches,
and a frame is wholly of the old or wholly of the new one; a new model that does not load, or that means something else
by its class numbers, changes nothing; the old one is let go by whoever swapped, not by the camera, since freeing it
takes time.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from safety_tasks.class_map import require_extends
from safety_tasks.inference.detector import Detector, Found, Picture

_WARMUP_FRAMES: Final = 3
_GIVES_WAY_S: Final = 0.0002
# The interval is the process's, so of several cameras that swap at once the first sets it and the last sets it back.
_MANNERS: Final = threading.Lock()
_swapping: list[int] = []
_usual_s = sys.getswitchinterval()


class SwappableDetector:
    """A detector whose model may be replaced from another thread at any time."""

    def __init__(self, detector: Detector) -> None:
        """Begin with a model."""
        self._current = detector
        self._swapping = threading.Lock()

    @property
    def current(self) -> Detector:
        """The model that the next frame goes through."""
        return self._current

    def detect(self, picture: Picture, min_score: float | None = None) -> Found:
        """Detect as the current model's ``detect`` does."""
        return self._current.detect(picture, min_score)

    def swap(self, load: Callable[[], Detector], *, what: str) -> Detector:
        """Replace the model; returns when the new one has the next frame.

        Args:
            load: loads the new model; it runs in the caller's thread, not in the camera's.
            what: the new model's name for messages.

        Returns:
            the new model.

        Raises:
            ArtifactError: it does not load or run; the old one goes on.
            ClassMapError: its classes are not the old one's, perhaps grown; the old one goes on.
        """
        with self._swapping, _giving_way():
            new = load()
            old = self._current
            require_extends(new.classes, old.classes, where=what)
            blank = np.full((new.imgsz_px, new.imgsz_px, 3), 114, np.uint8)
            for _ in range(_WARMUP_FRAMES):
                new.detect(blank)
            self._current = new
            old.wait_until_idle()
            return new


@contextmanager
def _giving_way() -> Iterator[None]:
    """Let the camera's thread have the interpreter within 0.2 ms of asking, not within the usual 5 ms."""
    global _usual_s
    with _MANNERS:
        if not _swapping:
            _usual_s = sys.getswitchinterval()
            sys.setswitchinterval(_GIVES_WAY_S)
        _swapping.append(threading.get_ident())
    try:
        yield
    finally:
        with _MANNERS:
            _swapping.remove(threading.get_ident())
            if not _swapping:
                sys.setswitchinterval(_usual_s)
