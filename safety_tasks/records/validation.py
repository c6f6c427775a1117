"""What a dataset version must show before it becomes current (``config/validation.toml``).

Rules: every expectation is a field, so a name that is missing or unknown is refused; a limit is stated once, in the
file, and has no default here; ``fail`` blocks a version, ``warn`` is shown and blocks nothing.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from safety_tasks.records.base import Record

Severity = Literal["fail", "warn"]
SomeShare = Annotated[float, Field(ge=0.0, lt=1.0)]


class Judged(Record):
    """An expectation without a limit of its own."""

    severity: Severity


class AtLeast(Judged):
    """No value is under ``min``."""

    min: float


class AtMost(Judged):
    """No value is over ``max``."""

    max: float


class Between(AtLeast, AtMost):
    """No value is under ``min`` or over ``max``."""

    @model_validator(mode="after")
    def _ordered(self) -> "Between":
        if self.min > self.max:
            raise ValueError(f"expected min ≤ max, found {self.min} and {self.max}")
        return self


class FewAtAll(Judged):
    """At most a share of the rows (0-1) is what the expectation warns of."""

    max_share: SomeShare


class FewUnder(AtLeast, FewAtAll):
    """At most a share of the rows is under ``min``."""


class FewOver(AtMost, FewAtAll):
    """At most a share of the rows is over ``max``."""


class ValidationRules(Record):
    """The limits and the severity of every expectation; ``safety_tasks/validate`` says what each judges."""

    # Every row is what a manifest row must be.
    schema_types: Judged
    any_pictures: AtLeast
    complete: Judged
    picture_digest: Judged
    label_digest: Judged
    unique_pictures: Judged
    unique_files: Judged
    picture_format: Judged
    width: Between
    height: Between
    kind: Judged
    split: Judged
    scene_named: Judged
    batch_listed: Judged
    brightness: Between
    sharpness: AtLeast
    # Pictures are worth learning from.
    dark_pictures: FewUnder
    bright_pictures: FewOver
    blurred_pictures: FewUnder
    # Labels make sense.
    boxes_per_picture: Judged
    label_density: Between
    background_pictures: FewAtAll
    boxes_against_kind: Judged
    box_class: Judged
    box_width: Judged
    box_height: Judged
    box_inside: AtMost
    tiny_boxes: FewUnder
    thin_boxes: FewOver
    huge_boxes: FewAtAll
    duplicate_boxes: FewAtAll
    # Every hazard can be learned and judged.
    train_boxes: AtLeast
    train_scenes: AtLeast
    val_boxes: AtLeast
    holdout_boxes: AtLeast
    class_balance: AtMost
    scene_share: AtMost
    # Nothing leaks, nothing is lost.
    scene_sides: Judged
    holdout_left: Judged
    holdout_pictures: AtLeast
    val_pictures: AtLeast
    false_alarms: Judged
    split_counts: Judged
    pictures_kept: AtLeast
    class_kept: AtLeast
    # The population is the parent's.
    drift_class: AtMost
    drift_class_mix: AtMost
    drift_box_side: AtMost
    drift_brightness: AtMost
    drift_sharpness: AtMost
    drift_boxes_per_picture: AtMost
