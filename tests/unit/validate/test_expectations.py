"""Each expectation is seen failing alone, on one defect, with its worst row; the real library judges every case."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from support.dataset_defects import CASES, Case
from support.made_versions import CLASSES, SOUND, manifest_of, version_of

from safety_tasks.records.dataset import Expectation
from safety_tasks.records.picture import Picture
from safety_tasks.records.validation import ValidationRules
from safety_tasks.settings import IngestSettings
from safety_tasks.validate.expectations import judge_tables, library, run_suite
from safety_tasks.validate.suite import rules
from safety_tasks.validate.tables import build_tables
from safety_tasks.validate.thresholds import load_validation

pytestmark = pytest.mark.slow


def limits_with(changes: dict[str, dict[str, float]]) -> ValidationRules:
    """Return the shipped limits with some changed."""
    values = load_validation().model_dump()
    for name, change in changes.items():
        values[name] |= change
    return ValidationRules.model_validate(values)


def judged(case: Case, manifest: pa.Table | None = None) -> dict[str, Expectation]:
    """Let the library judge a case; return the outcomes by name."""
    manifest = manifest_of(case.pictures) if manifest is None else manifest
    before = None if case.parent is None else version_of(manifest_of(case.parent))[0]
    version, _ = version_of(manifest_of(case.pictures), before)
    suite = rules(CLASSES, IngestSettings(**case.settings), limits_with(case.limits))
    outcomes = judge_tables(
        suite,
        build_tables(version, manifest, case.parent and manifest_of(case.parent)),
        library().get_context(mode="ephemeral"),
        version=version,
        digest="0" * 64,
    )
    assert {each.name for each in outcomes} == set(ValidationRules.model_fields)
    return {each.name: each for each in outcomes}


@pytest.mark.parametrize("parent", [None, SOUND])
def test_a_sound_version_holds_all(parent: Sequence[Picture] | None) -> None:
    """Every expectation holds over sound pictures; without a parent those that compare say so."""
    outcomes = judged(Case("none", "", parent=parent))
    assert [each.name for each in outcomes.values() if not each.success] == []
    assert all(each.worst == () and each.required for each in outcomes.values())
    compared = {"holdout_left", "pictures_kept", "class_kept"}
    compared |= {name for name in outcomes if name.startswith("drift_")}
    alone = {n for n, each in outcomes.items() if each.observed.startswith("parent = none")}
    assert alone == (compared if parent is None else set())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_defect_fails_one_expectation(case: Case) -> None:
    """A defect fails the expectation that is made for it, and no other, and its worst row is named."""
    outcomes = judged(case)
    assert [each.name for each in outcomes.values() if not each.success] == [case.name]
    found = outcomes[case.name]
    assert found.worst[:1] == () if not case.worst else case.worst in found.worst[0]
    assert len(found.worst) <= 5
    assert found.severity == getattr(load_validation(), case.name).severity


def test_a_column_of_another_type() -> None:
    """A manifest whose column has another type fails the schema alone, since its values can still be read."""
    manifest = manifest_of(SOUND)
    index = manifest.schema.get_field_index("width_px")
    odd = manifest.set_column(index, "width_px", manifest["width_px"].cast(pa.int64()))
    outcomes = judged(Case("schema_types", ""), odd)
    assert [each.name for each in outcomes.values() if not each.success] == ["schema_types"]
    assert outcomes["schema_types"].worst == ("width_px: type int64, expected int32",)


def test_a_record_that_counts_others() -> None:
    """A version's record that counts other pictures than its manifest holds fails that alone."""
    manifest = manifest_of(SOUND)
    version, _ = version_of(manifest)
    train = version.splits["train"].model_copy(update={"pictures": 9})
    version = version.model_copy(update={"splits": version.splits | {"train": train}})
    outcomes = judge_tables(
        rules(CLASSES, IngestSettings(), load_validation()),
        build_tables(version, manifest, None),
        library().get_context(mode="ephemeral"),
        version=version,
        digest="0" * 64,
    )
    assert [(e.name, e.worst) for e in outcomes if not e.success] == [
        ("split_counts", ("train: pictures 4, recorded 9",))
    ]


def test_every_expectation_was_seen_failing() -> None:
    """No expectation is without a case above."""
    seen = {case.name for case in CASES} | {"schema_types", "split_counts"}
    assert seen == set(ValidationRules.model_fields)


def test_what_cannot_be_evaluated_has_failed() -> None:
    """An expectation over a column that is not there fails, and says that it could not be evaluated."""
    manifest = manifest_of(SOUND)
    version, _ = version_of(manifest)
    suite = rules(CLASSES, IngestSettings(), load_validation())
    rule = next(rule for rule in suite if rule.name == "width")
    odd = replace(rule, kwargs=rule.kwargs | {"column": "absent"})
    (outcome,) = judge_tables(
        (odd,),
        {"pictures": build_tables(version, manifest, None)["pictures"]},
        library().get_context(mode="ephemeral"),
        version=version,
        digest="0" * 64,
    )
    assert not outcome.success
    assert outcome.observed.startswith("could not be evaluated")
    assert outcome.worst == ()


def test_data_docs_name_the_suite_and_hold_no_picture(tmp_path: Path) -> None:
    """The pages begin with an index, name the suite's digest, and among their files none is of the dataset."""
    manifest = manifest_of(SOUND)
    version, _ = version_of(manifest)
    suite = rules(CLASSES, IngestSettings(), load_validation())
    tables = build_tables(version, manifest, None)
    outcomes, pages = run_suite(suite, tables, tmp_path, version=version, digest="f" * 64)
    assert len(outcomes) == len(suite)
    assert b"ffffffffffff" in pages["index.html"]
    results = [text for name, text in pages.items() if name.startswith("validations/")]
    assert any("many pictures are black" in page.decode() for page in results)
    others = {name for name in pages if not name.endswith(".html")}
    assert all(name.startswith("static/") for name in others)
