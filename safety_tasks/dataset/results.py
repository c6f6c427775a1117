"""What the verbs over dataset versions return."""

from typing import Literal

from safety_tasks.records.base import Record, Sha256
from safety_tasks.records.dataset import Holdout, HoldoutSignOff, SplitSummary, Support
from safety_tasks.records.picture import Split

Validation = Literal["passed", "failed", "none"]


class VersionLine(Record):
    """One version in a list; ``problem`` says why its record cannot be believed, then nothing else is known."""

    version_id: str
    parent_id: str | None = None
    batches: int = 0
    new_batches: tuple[str, ...] = ()
    pictures: int = 0
    is_current: bool = False
    validation: Validation = "none"
    problem: str = ""


class SceneLine(Record):
    """One scene of a version: its pictures by split, its boxes by hazard."""

    scene: str
    pictures: dict[Split, int]
    boxes: dict[str, int]


class LedgerCount(Record):
    """How many ledger rows a rule has with one action."""

    rule: str
    action: str
    rows: int


class VersionView(Record):
    """A version as a person looks at it; ``lineage`` is newest first and begins with the version itself."""

    version_id: str
    lineage: tuple[str, ...]
    is_current: bool
    validation: Validation
    classes: tuple[str, ...]
    batches: tuple[str, ...]
    synthetic: bool
    backgrounds_declared: bool
    splits: dict[Split, SplitSummary]
    kinds: dict[str, int]
    sites: dict[str, int]
    ledger: tuple[LedgerCount, ...]
    holdout: Holdout
    sign_off: HoldoutSignOff | None
    scenes: tuple[SceneLine, ...] | None


class HoldoutView(Record):
    """The holdout of a version: what it holds, who signed for it (newest first), what waits in reserve by scene."""

    version_id: str
    classes: tuple[str, ...]
    holdout: Holdout
    summary: SplitSummary
    sign_offs: tuple[HoldoutSignOff, ...]
    waiting: tuple[SceneLine, ...]


class Move(Record):
    """How many pictures went from one split to another."""

    before: Split
    after: Split
    pictures: int


class SupportChange(Record):
    """The support of one hazard in one split, before and after."""

    split: Split
    hazard: str
    before: Support
    after: Support


class VersionDiff(Record):
    """What is different in the newer of two versions; ``examples`` are digests of pictures, a few of each change."""

    older_id: str
    newer_id: str
    classes_added: tuple[str, ...]
    batches_added: tuple[str, ...]
    batches_removed: tuple[str, ...]
    added: dict[Split, int]
    removed: dict[Split, int]
    moved: tuple[Move, ...]
    relabelled: int
    renamed_scenes: int
    holdout_changed: bool
    hazards: tuple[SupportChange, ...]
    examples: dict[str, tuple[Sha256, ...]]


class Damage(Record):
    """One thing that is not as the version says: where, what was expected and found."""

    where: str
    found: str


class VersionProof(Record):
    """What was proved of a version; purged pictures are no damage."""

    version_id: str
    pictures: int
    damage: tuple[Damage, ...]
    purged: tuple[Sha256, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damage


class ExportedFolder(Record):
    """A YOLO folder that was written: where, of what, and how many pictures are links into the cache."""

    version_id: str
    folder: str
    data_yaml: str
    pictures: dict[Split, int]
    linked: int
    copied: int
