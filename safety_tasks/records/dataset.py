"""Records of dataset versions: what a version holds, how it was judged, which one is current."""

from typing import Annotated

from pydantic import Field

from safety_tasks.records.base import Artifact, Name, Record, Sha256
from safety_tasks.records.picture import Split
from safety_tasks.records.validation import Severity


class Support(Record):
    """How much evidence a split holds of one hazard."""

    pictures: Annotated[int, Field(ge=0)]
    boxes: Annotated[int, Field(ge=0)]
    scenes: Annotated[int, Field(ge=0)]


class SplitSummary(Record):
    """What a split holds: all its pictures, and the support of each hazard."""

    pictures: int
    scenes: int
    background_pictures: int
    hazards: dict[str, Support]


class Holdout(Record):
    """The frozen holdout: a digest over its pictures and labels, and who signed for it when it last grew."""

    sha256: Sha256
    sign_off: Artifact | None = None


class HoldoutSignOff(Record):
    """Why a holdout has what it has: who decided, when, which scenes came, and the counts before and after."""

    approved_by: Annotated[str, Field(min_length=1, max_length=200)]
    why: Annotated[str, Field(min_length=1, max_length=1000)]
    at: str
    parent_id: str
    scenes: tuple[str, ...]
    before: SplitSummary
    after: SplitSummary


class DatasetVersion(Record):
    """An immutable, content-addressed dataset: its id is the digest of its rows and its history."""

    version_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    parent_id: str | None
    classes: tuple[str, ...]
    classes_sha256: Sha256
    batches: tuple[Name, ...]
    synthetic: bool
    backgrounds_declared: bool
    manifest: Artifact
    ledger: Artifact
    ledger_rows: Annotated[int, Field(ge=0)]
    signatures: tuple[Artifact, ...]
    holdout: Holdout
    splits: dict[Split, SplitSummary]

    @property
    def prefix(self) -> str:
        """The store prefix of this version."""
        return f"dataset/versions/{self.version_id}"


class Expectation(Record):
    """The outcome of one expectation over the dataset; one of severity ``warn`` blocks nothing."""

    name: str
    subject: str
    success: bool
    observed: str
    reason: str
    severity: Severity = "fail"
    required: str = ""
    worst: tuple[str, ...] = ()


class ValidationReport(Record):
    """The outcome of the whole suite over one dataset version: a success if all held that block."""

    version_id: str
    manifest_sha256: Sha256
    suite_sha256: Sha256
    success: bool
    expectations: tuple[Expectation, ...]
    data_docs_key: str

    @property
    def failed(self) -> tuple[Expectation, ...]:
        """The expectations that did not hold and block the version."""
        return tuple(e for e in self.expectations if not e.success and e.severity == "fail")

    @property
    def warnings(self) -> tuple[Expectation, ...]:
        """The expectations that did not hold and block nothing."""
        return tuple(e for e in self.expectations if not e.success and e.severity == "warn")


class CurrentDataset(Record):
    """The pointer to the newest dataset version that passed validation."""

    version_id: str
    validation: Artifact


class IngestOutcome(Record):
    """What became of the pending batches: the newest version, and why others were refused."""

    version: DatasetVersion | None
    ingested: tuple[Name, ...]
    refused: dict[str, str]
    stuck: dict[str, float] = Field(default_factory=dict)


class Tombstone(Record):
    """What is left of a purged picture: which, by whom, why, and where it had been."""

    picture_sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)] | None
    purged_by: str
    why: Annotated[str, Field(min_length=1, max_length=1000)]
    at: str
    versions: tuple[str, ...]
    runs: tuple[str, ...]
    releases: tuple[str, ...]


class PurgeReport(Record):
    """What a purge did: the keys that went, what stays and where, and the version without the picture."""

    tombstone: Tombstone
    removed: tuple[str, ...]
    left: tuple[str, ...]
    version: DatasetVersion | None
