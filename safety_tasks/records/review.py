"""Records of a label review: where the champion contradicts a label, for a person to decide.

Rule: a doubt is shown and never acted on; nothing is dropped or changed because a model disagrees.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.picture import Split

Corners = tuple[float, float, float, float]


class DoubtKind(StrEnum):
    """What may be wrong with a label."""

    OVERLOOKED = "overlooked"
    BADLY_LOCATED = "badly_located"
    SWAPPED = "swapped"


class LabelDoubt(Record):
    """One place where the champion contradicts the label.

    ``score`` is 0-1, more is worse. Corners are x1 y1 x2 y2 as shares of the picture (0-1). An overlooked object has no
    label; every doubt has what the model says.
    """

    kind: DoubtKind
    score: Fraction
    picture_sha256: Sha256
    file: str
    batch_id: Name
    scene: str
    split: Split
    label_hazard: str | None
    label_xyxy: Corners | None
    model_hazard: str
    model_score: Fraction
    model_xyxy: Corners

    @property
    def hazard(self) -> str:
        """The hazard at stake: the label's, or for an overlooked object the model's."""
        return self.label_hazard or self.model_hazard


class LabelReview(Record):
    """The review queue of a dataset version against one champion.

    ``model_sha256`` None means that there was nothing to compare with, and ``problem`` says why. ``pictures`` were
    compared; ``left`` still wait for their turn; ``purged`` have no bytes any more. ``counts`` are of all doubts,
    the queue holds the worst of them, ``worst`` those of its first few pictures, one each.
    """

    version_id: str
    model_sha256: Sha256 | None
    release_seq: int | None
    problem: str = ""
    pictures: Annotated[int, Field(ge=0)] = 0
    left: Annotated[int, Field(ge=0)] = 0
    purged: Annotated[int, Field(ge=0)] = 0
    counts: dict[DoubtKind, int] = Field(default_factory=dict)
    queue: Artifact | None = None
    sheets: tuple[Artifact, ...] = ()
    worst: tuple[LabelDoubt, ...] = ()
