"""Expectations over the whole: enough to learn from and judge by, nothing leaked or lost, the parent's population."""

from typing import Final

from safety_tasks.settings import IngestSettings
from safety_tasks.validate.rule import Rule, RuleMaker

_ROUNDING: Final = 1e-9


def support_rules(make: RuleMaker, settings: IngestSettings) -> tuple[Rule, ...]:
    """Every hazard can be learned and judged, on enough scenes and in balance."""
    return (
        make.within(
            "train_boxes", "classes", "train_boxes", "train holds none: it cannot be learned"
        ),
        make.within(
            "train_scenes",
            "classes",
            "train_scenes",
            "few scenes show it in train: they are learned by heart",
        ),
        make.within(
            "val_boxes", "classes", "val_boxes", "val holds none: its threshold cannot be chosen"
        ),
        make.within(
            "holdout_boxes",
            "classes",
            "holdout_boxes",
            "the holdout holds none: the gate cannot pass",
        ),
        make.within(
            "class_balance",
            "classes",
            "times_rarer",
            "it is far rarer in train than the commonest hazard",
        ),
        make.within("scene_share", "scenes", "train_share", "one scene is most of train"),
        make.within("holdout_pictures", "version", "holdout_pictures", "the holdout is empty"),
        make.within("val_pictures", "version", "val_pictures", "val is empty"),
        make.within(
            "false_alarms",
            "splits",
            "false_alarm_share",
            "false alarms crowd out what must be learned",
            max_value=settings.max_false_alarm_share + _ROUNDING,
        ),
    )


def history_rules(make: RuleMaker) -> tuple[Rule, ...]:
    """Nothing leaks, nothing is lost, and the population is the parent's."""
    measures = ("class_mix", "box_side", "brightness", "sharpness", "boxes_per_picture")
    return (
        make.within(
            "scene_sides",
            "pictures",
            "sides_of_scene",
            "a scene lies in two splits: scores on the holdout would be too good",
            max_value=1,
            shows="scene",
        ),
        make.one_of(
            "holdout_left",
            "pictures",
            "left_holdout",
            [False],
            "a picture of the holdout is now learned from",
            shows="split",
            of_parent=True,
        ),
        make.equal(
            "split_counts",
            "splits",
            ("pictures", "recorded"),
            "the record counts other pictures than the manifest holds",
        ),
        make.within(
            "pictures_kept",
            "version",
            "pictures_kept",
            "pictures of the parent are gone",
            of_parent=True,
        ),
        make.within(
            "class_kept",
            "classes",
            "kept",
            "boxes of it were lost since the parent",
            of_parent=True,
        ),
        make.within(
            "drift_class",
            "classes",
            "drift",
            "another share of pictures shows it than in the parent",
            of_parent=True,
        ),
        *(
            make.within(
                f"drift_{measure}",
                "version",
                f"drift_{measure}",
                f"the {measure.replace('_', ' ')} is another than the parent's",
                of_parent=True,
            )
            for measure in measures
        ),
    )
