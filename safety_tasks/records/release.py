"""Records of release and edge: release document, channel pointer, device status."""

from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256

Channel = Literal["canary", "stable"]
Number = Annotated[float, Field()]


class Detection(Record):
    """One detected hazard: class, score (0-1), corners in pixels of the whole picture."""

    class_id: Annotated[int, Field(ge=0)]
    score: Fraction
    box_xyxy: tuple[Number, Number, Number, Number]


class GoldenPicture(Record):
    """A picture with the detections that a sound installation must reproduce."""

    picture: Artifact
    detections: tuple[Detection, ...]


class ReleaseDocument(Record):
    """A release: one immutable model with all that a device needs to prove and run it."""

    format: Literal["safety-release/1"] = "safety-release/1"
    release_seq: Annotated[int, Field(ge=1)]
    run_id: Name
    channel: Channel
    classes: tuple[str, ...]
    classes_sha256: Sha256
    imgsz_px: int
    thresholds: dict[str, Fraction]
    model: Artifact
    golden: tuple[GoldenPicture, ...]
    dataset_version: str
    gate_report: Artifact
    profile: str
    synthetic: bool
    signed: Literal[False] = False
    published_at: str


class ChannelPointer(Record):
    """What a channel serves: the one mutable object of a release."""

    format: Literal["safety-channel/1"] = "safety-channel/1"
    channel: Channel
    release_seq: Annotated[int, Field(ge=1)]
    document: Artifact
    unsigned_dangerously: bool


class PublishedRelease(Record):
    """The outcome of a publication."""

    release_seq: int
    channel: Channel
    pointer_key: str
    model_sha256: Sha256
    created: bool


class DeviceStatus(Record):
    """What a device runs and how its last poll ended (its beacon)."""

    device_id: Name
    channel: Channel
    active_release_seq: int | None
    model_sha256: Sha256 | None
    classes_sha256: Sha256 | None
    slot: Literal["A", "B"] | None
    outcome: Literal[
        "activated", "up_to_date", "kept_last_good", "nothing_published", "nothing_installed"
    ]
    message: str
    unsigned_dangerously: bool
    polled_at: str
