"""The suite is plain data: what it judges, on which table, and why."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.made_versions import CLASSES, manifest_of, version_of

from safety_tasks.records.validation import ValidationRules
from safety_tasks.settings import IngestSettings, Settings
from safety_tasks.validate.rule import Rule
from safety_tasks.validate.suite import rules, suite_digest
from safety_tasks.validate.tables import build_tables
from safety_tasks.validate.thresholds import load_validation


@pytest.fixture
def suite(settings: Settings) -> tuple[Rule, ...]:
    """Give the suite of the shipped settings."""
    return rules(settings.classes, settings.ingest, load_validation())


def test_every_limit_is_one_expectation(suite: tuple[Rule, ...]) -> None:
    """Each field of the limits is one expectation with a reason and a severity; there is no other."""
    names = [rule.name for rule in suite]
    assert sorted(names) == sorted(ValidationRules.model_fields)
    assert len(names) >= 25
    assert all(rule.reason and rule.required and rule.severity for rule in suite)


def test_every_column_is_made(suite: tuple[Rule, ...]) -> None:
    """Without pictures each table is still there, with every column that the suite judges or shows."""
    manifest = manifest_of([])
    version, _ = version_of(manifest)
    for parent in (None, manifest):
        tables = build_tables(version, manifest, parent)
        for rule in suite:
            shown = {rule.shows} - {""}
            assert set(tables[rule.table].columns) >= {*rule.columns} | shown, rule.name


@pytest.mark.parametrize(
    ("classes", "ingest", "limits", "same"),
    [
        (CLASSES, {}, {}, True),
        (CLASSES, {"val_fraction": 0.2}, {}, True),
        (CLASSES, {"max_boxes_per_picture": 7}, {}, False),
        (CLASSES, {"max_box_share": 0.5}, {}, False),
        (CLASSES, {"max_false_alarm_share": 0.5}, {}, False),
        (CLASSES, {}, {"drift_brightness": {"max": 0.3}}, False),
        (CLASSES, {}, {"drift_brightness": {"severity": "fail"}}, False),
        (CLASSES, {}, {"dark_pictures": {"max_share": 0.2}}, False),
        ((*CLASSES, "spark"), {}, {}, False),
    ],
)
def test_the_digest_names_the_suite(
    suite: tuple[Rule, ...],
    classes: tuple[str, ...],
    ingest: dict[str, float],
    limits: dict[str, dict[str, Any]],
    same: bool,
) -> None:
    """Limits, severities and the number of classes change the digest; settings that nobody judges by do not."""
    values = load_validation().model_dump()
    for name, change in limits.items():
        values[name] |= change
    made = rules(
        classes, IngestSettings.model_validate(ingest), ValidationRules.model_validate(values)
    )
    assert (suite_digest(made) == suite_digest(suite)) is same


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("any_pictures", "≥ 1"),
        ("dark_pictures", "≥ 12 in ≥ 95.0% of rows"),
        ("box_width", "> 0 and ≤ 1"),
        ("picture_format", "one of jpg, png"),
        ("batch_listed", "True"),
        ("picture_digest", "like ^[0-9a-f]{64}$"),
        ("unique_files", "no value twice"),
        ("split_counts", "pictures = recorded"),
        ("label_density", "a mean ≥ 1 and ≤ 20"),
    ],
)
def test_what_is_required_in_words(suite: tuple[Rule, ...], name: str, required: str) -> None:
    """An operator reads what an expectation requires."""
    assert next(rule for rule in suite if rule.name == name).required == required


def test_the_suite_is_known_without_the_library() -> None:
    """Listing and naming the suite does not import what takes seconds to import."""
    code = (
        "import sys; from safety_tasks.validate import adopt_version, load_validation\n"
        "from safety_tasks.validate.suite import rules, suite_digest\n"
        "assert 'great_expectations' not in sys.modules and 'pandas' not in sys.modules\n"
    )
    here = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=here)
