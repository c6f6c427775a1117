"""The suite is plain data: what it judges, on which table, and why; the tables are counted by hand here."""

import subprocess
import sys
from pathlib import Path

import pytest

from safety_tasks.config import IngestSettings, Settings
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import SPLITS, Box, DatasetVersion, Picture, SplitSummary, Support
from safety_tasks.validate.suite import Rule, rules, suite_digest
from safety_tasks.validate.tables import build_tables

CLASSES = ("smoke", "fire", "person_down")
PROOF = Artifact(key="k", sha256="0" * 64, size_bytes=0)


@pytest.fixture
def suite(settings: Settings) -> tuple[Rule, ...]:
    """Give the suite of the shipped settings."""
    return rules(settings.classes, settings.ingest)


def test_the_suite_is_large_and_says_why(suite: tuple[Rule, ...]) -> None:
    """There are twelve expectations or more over every table, each with a reason, none twice."""
    assert len(suite) >= 12
    assert {rule.table for rule in suite} == {"pictures", "boxes", "train"}
    assert all(rule.reason for rule in suite)
    assert len({(rule.subject, rule.type) for rule in suite}) == len(suite)


@pytest.mark.parametrize(
    "subject",
    [
        "pictures",
        *(f"pictures.{name}" for name in ("sha256", "split", "scene", "splits_of_scene", "boxes")),
        *(f"boxes.{name}" for name in ("class_id", "width", "height", "left", "bottom")),
        *(f"train.{name}" for name in CLASSES),
    ],
)
def test_what_must_be_judged(suite: tuple[Rule, ...], subject: str) -> None:
    """Each thing that would spoil a training unseen is judged."""
    assert subject in {rule.subject for rule in suite}


@pytest.mark.parametrize(
    ("classes", "limits", "same"),
    [
        (CLASSES, {}, True),
        (CLASSES, {"val_fraction": 0.2}, True),
        (CLASSES, {"max_boxes_per_picture": 7}, False),
        ((*CLASSES, "spark"), {}, False),
        (CLASSES[::-1], {}, False),
    ],
)
def test_the_digest_names_the_suite(
    suite: tuple[Rule, ...], classes: tuple[str, ...], limits: dict[str, float], same: bool
) -> None:
    """Classes and limits that the suite uses change its digest, other settings do not."""
    settings = IngestSettings.model_validate(limits)
    assert (suite_digest(rules(classes, settings)) == suite_digest(suite)) is same


def version_of(train_boxes: dict[str, int]) -> DatasetVersion:
    """Return a version whose train split counts these boxes."""
    hazards = {name: Support(pictures=1, boxes=n, scenes=1) for name, n in train_boxes.items()}
    summary = SplitSummary(pictures=1, scenes=1, background_pictures=0, hazards=hazards)
    return DatasetVersion(
        version_id="0" * 16,
        parent_id=None,
        classes=CLASSES,
        batches=("b",),
        synthetic=False,
        backgrounds_declared=False,
        manifest=PROOF,
        ledger=PROOF,
        ledger_rows=0,
        splits=dict.fromkeys(SPLITS, summary),
    )


def picture(number: int, **changes: object) -> Picture:
    """Return a manifest row."""
    values = {
        "sha256": f"{number:064d}",
        "extension": "jpg",
        "width_px": 100,
        "height_px": 50,
        "phash": 0,
        "file": "f",
        "batch_id": "b",
        "scene": "s",
        "split": "train",
        "boxes": (),
    }
    return Picture.model_validate(values | changes)


def test_tables_of_nothing(suite: tuple[Rule, ...]) -> None:
    """Without pictures each table still has every column that the suite judges."""
    tables = build_tables(version_of(dict.fromkeys(CLASSES, 0)), ())
    assert len(tables["pictures"]) == len(tables["boxes"]) == 0
    for rule in suite:
        assert rule.kwargs.get("column", "sha256") in {"sha256", *tables[rule.table].columns}


def test_tables_count_what_there_is() -> None:
    """Scenes over splits, backgrounds, corners and pixel areas are as counted by hand."""
    box = Box(class_id=1, x_center=0.5, y_center=0.5, width=0.2, height=0.4)
    pictures = (
        picture(1, boxes=(box,)),
        picture(2, split="val"),
        picture(3, scene="t"),
        picture(4, scene=""),
    )
    tables = build_tables(version_of({"smoke": 0, "fire": 1, "person_down": 7}), pictures)
    assert list(tables["pictures"]["splits_of_scene"]) == [2, 2, 1, 1]
    assert list(tables["pictures"]["is_background"]) == [0.0, 1.0, 1.0, 1.0]
    assert list(tables["pictures"]["scene"].isna()) == [False, False, False, True]
    (row,) = tables["boxes"].to_dict("records")
    expected = {"left": 0.4, "top": 0.3, "right": 0.6, "bottom": 0.7, "area_px": 400.0}
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert tables["train"].to_dict("records") == [{"smoke": 0, "fire": 1, "person_down": 7}]


def test_the_suite_is_known_without_the_library() -> None:
    """Listing and naming the suite does not import what takes seconds to import."""
    code = (
        "import sys; from safety_tasks.validate import make_current\n"
        "from safety_tasks.validate.suite import rules, suite_digest\n"
        "assert 'great_expectations' not in sys.modules and 'pandas' not in sys.modules\n"
    )
    here = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=here)
