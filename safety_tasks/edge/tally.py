"""What was seen so far, counted as it comes.

Rules: the count can be read at any time, so that an interrupted run still says what it saw; of a stream that never ends
only numbers are kept, of pictures each result; what could not be read is kept by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safety_tasks.edge.sources import Source, Sources
from safety_tasks.records.release import Detection


@dataclass(frozen=True)
class Prediction:
    """What was found in one picture or frame, and in which file it is drawn.

    ``frame`` counts from 0; ``time_s`` is seconds in the video, or since a live stream's first frame.
    """

    source: str
    frame: int
    time_s: float
    annotated: Path
    detections: tuple[Detection, ...]

    def line(self, classes: Sequence[str]) -> dict[str, Any]:
        """Return the line of ``detections.jsonl``; boxes in pixels of the source's picture."""
        return {
            "source": self.source,
            "frame": self.frame,
            "time_s": round(self.time_s, 3),
            "detections": [
                {
                    "hazard": classes[found.class_id],
                    "score": round(found.score, 4),
                    "box_xyxy": [round(value, 1) for value in found.box_xyxy],
                }
                for found in self.detections
            ],
            "annotated": self.annotated.name,
        }


@dataclass
class SourceTally:
    """The numbers of one named source: a file, a folder with all in it, or an address.

    ``looked_at`` counts pictures and frames; ``overtaken`` frames of a live stream that were wanted but newer ones
    had come; ``seconds`` is what it took; ``problems`` are files and streams that could not be read, or not to
    their end; ``notes`` say what else is not as one might expect.
    """

    source: str
    looked_at: int = 0
    overtaken: int = 0
    seconds: float = 0.0
    detections: dict[str, int] = field(default_factory=dict)
    best_score: dict[str, float] = field(default_factory=dict)
    videos: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Tally:
    """All that was seen, by named source."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self.pictures: list[Prediction] = []
        self.ignored: tuple[str, ...] = ()
        self.broken_streams: list[str] = []
        self._by_source: dict[str, SourceTally] = {}

    @property
    def sources(self) -> tuple[SourceTally, ...]:
        """The numbers, in the order in which sources were looked at."""
        return tuple(self._by_source.values())

    @property
    def looked_at(self) -> int:
        """How many pictures and frames in all."""
        return sum(one.looked_at for one in self.sources)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """What could not be read, each with its name and why."""
        return tuple(problem for one in self.sources for problem in one.problems)

    def begin(self, found: Sources) -> None:
        """Note what there is to look at, so that what is never reached is seen as such."""
        self.ignored = found.ignored
        for source in found.wanted:
            self.of(source)

    def of(self, source: Source) -> SourceTally:
        """Return the numbers of the named source that this one belongs to."""
        return self._by_source.setdefault(
            source.asked,
            SourceTally(source.asked, detections=dict.fromkeys(self.classes, 0)),
        )

    def add(self, source: Source, seen: Prediction) -> None:
        """Count what was seen in a picture or frame."""
        one = self.of(source)
        one.looked_at += 1
        for found in seen.detections:
            hazard = self.classes[found.class_id]
            one.detections[hazard] += 1
            one.best_score[hazard] = max(one.best_score.get(hazard, 0.0), found.score)
        if source.kind in ("picture", "snapshot"):
            self.pictures.append(seen)
        elif seen.annotated not in one.videos:
            one.videos.append(seen.annotated)

    def problem(self, source: Source, text: str) -> None:
        """Keep what could not be read."""
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        text = text if source.shown in text else f"{source.shown}: {text}"
        self.of(source).problems.append(text)
        if source.is_stream:
            self.broken_streams.append(text)


@dataclass(frozen=True)
class Predictions:
    """What was found in pictures, the files that could not be read, and the numbers of each source."""

    frames: tuple[Prediction, ...]
    unreadable: tuple[str, ...]
    sources: tuple[SourceTally, ...]
