"""A picture in which a hazard was missed, as a card takes it.

Rule: what cannot be read or decoded stays a place on the card that says so.
"""

from dataclasses import dataclass
from typing import Any, Final

from safety_tasks.errors import ArtifactError
from safety_tasks.gate.card.shown import plain
from safety_tasks.gate.card.words import said
from safety_tasks.inference.picture_bounds import require_bounded
from safety_tasks.said import Said

MOST_PICTURES: Final = 4


@dataclass(frozen=True)
class MissedPicture:
    """A miss: ``score`` (0-1) is that of the best detection there, None where nothing was detected.

    ``payload`` is a JPEG, None where it could not be read.
    """

    hazard: str
    scene: str
    file: str
    score: float | None
    payload: bytes | None

    @property
    def jpeg(self) -> bytes | None:
        """The payload if it is a whole JPEG of a size that may be decoded."""
        if self.payload is None:
            return None
        try:
            bounds = require_bounded(self.payload)
        except ArtifactError:
            return None
        return self.payload if bounds.kind == "image/jpeg" else None

    @property
    def title(self) -> str:
        """What was missed."""
        return plain(self.hazard)

    @property
    def place(self) -> Said:
        """Where it was missed."""
        return said("scene_of", plain(self.file), plain(self.scene))

    @property
    def found(self) -> Said:
        """What the model saw there."""
        return said("undetected") if self.score is None else said("best_score", f"{self.score:.3f}")

    @property
    def alternative(self) -> Said:
        """The picture in words."""
        return said("picture_alt", plain(self.hazard), plain(self.file), plain(self.scene))

    def to_dict(self) -> dict[str, Any]:
        """Return the caption as plain JSON types."""
        return {
            "hazard": plain(self.hazard),
            "scene": plain(self.scene),
            "file": plain(self.file),
            "score": self.score,
            "readable": self.jpeg is not None,
        }
