"""The expectations over a dataset version, as plain data.

Rules: each expectation carries the reason an operator reads when it fails; the suite is data, so that its digest
says which suite judged; nothing here imports Great Expectations, which takes seconds.
"""

from dataclasses import asdict, dataclass
from typing import Any

from safety_tasks.config import IngestSettings
from safety_tasks.digests import digest_of
from safety_tasks.records.dataset import SPLITS

EDGE_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Rule:
    """One expectation: the table it judges, its type and arguments, and why it matters."""

    table: str
    type: str
    kwargs: dict[str, Any]
    reason: str

    @property
    def subject(self) -> str:
        """What is judged: ``table.column``, or the table."""
        column = self.kwargs.get("column")
        return f"{self.table}.{column}" if column else self.table


def rules(classes: tuple[str, ...], settings: IngestSettings) -> tuple[Rule, ...]:
    """Return the suite for these hazard classes."""
    between = "expect_column_values_to_be_between"
    in_set = "expect_column_values_to_be_in_set"
    not_null = "expect_column_values_to_not_be_null"
    unique = "expect_column_values_to_be_unique"
    class_ids = list(range(len(classes)))
    entries: list[tuple[str, str, dict[str, Any], str]] = [
        (
            "pictures",
            "expect_table_row_count_to_be_between",
            {"min_value": 1},
            "no pictures at all",
        ),
        ("pictures", unique, {"column": "sha256"}, "the same picture is listed twice"),
        (
            "pictures",
            "expect_column_values_to_match_regex",
            {"column": "sha256", "regex": "^[0-9a-f]{64}$"},
            "a picture without a proper digest cannot be proved",
        ),
        (
            "pictures",
            in_set,
            {"column": "extension", "value_set": ["jpg", "png"]},
            "unknown format",
        ),
        (
            "pictures",
            between,
            {"column": "width_px", "min_value": 16, "max_value": 65535},
            "a picture's width makes no sense",
        ),
        (
            "pictures",
            between,
            {"column": "height_px", "min_value": 16, "max_value": 65535},
            "a picture's height makes no sense",
        ),
        ("pictures", in_set, {"column": "split", "value_set": list(SPLITS)}, "unknown split"),
        ("pictures", not_null, {"column": "scene"}, "without a scene, splits leak"),
        (
            "pictures",
            between,
            {"column": "splits_of_scene", "min_value": 1, "max_value": 1},
            "a scene lies in two splits: scores on the holdout would be too good",
        ),
        (
            "pictures",
            between,
            {"column": "boxes", "min_value": 0, "max_value": settings.max_boxes_per_picture},
            "more boxes than anybody labels by hand",
        ),
        (
            "pictures",
            "expect_column_mean_to_be_between",
            {"column": "is_background", "min_value": 0.0, "max_value": 0.9},
            "nearly everything is background: were labels lost?",
        ),
        ("boxes", in_set, {"column": "class_id", "value_set": class_ids}, "unknown hazard class"),
        (
            "boxes",
            between,
            {"column": "width", "min_value": 0, "max_value": 1, "strict_min": True},
            "a box without width, or wider than the picture",
        ),
        (
            "boxes",
            between,
            {"column": "height", "min_value": 0, "max_value": 1, "strict_min": True},
            "a box without height, or higher than the picture",
        ),
        *(
            (
                "boxes",
                between,
                {"column": column, "min_value": -EDGE_TOLERANCE, "max_value": 1 + EDGE_TOLERANCE},
                "a box reaches outside its picture",
            )
            for column in ("left", "top", "right", "bottom")
        ),
        (
            "boxes",
            between,
            {"column": "area_px", "min_value": 4, "mostly": 0.99},
            "boxes of under four pixels: was the picture scaled after labelling?",
        ),
        *(
            (
                "train",
                between,
                {"column": name, "min_value": 1},
                f"train holds no {name}: the detector cannot learn it",
            )
            for name in classes
        ),
    ]
    return tuple(Rule(*entry) for entry in entries)


def suite_digest(suite: tuple[Rule, ...]) -> str:
    """Return the digest that names a suite."""
    return digest_of([asdict(rule) for rule in suite])
