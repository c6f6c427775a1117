"""Each expectation is seen failing alone, on one defect, with its worst row; the real library judges every case."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.made_versions import CLASSES, SOUND, made_box, made_picture, manifest_of, version_of

from safety_tasks.config import IngestSettings
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import Expectation
from safety_tasks.records.picture import Picture
from safety_tasks.records.validation import ValidationRules
from safety_tasks.validate.expectations import judge_tables, library, run_suite
from safety_tasks.validate.suite import rules
from safety_tasks.validate.tables import build_tables
from safety_tasks.validate.thresholds import load_validation

pytestmark = pytest.mark.slow

FIRST = SOUND[0].sha256[:12]
TWO_KINDS = SOUND[0].boxes[:2]


@dataclass(frozen=True)
class Case:
    """A defect: what is made wrong, and the words that its worst row must hold."""

    name: str
    worst: str
    pictures: Sequence[Picture] = SOUND
    parent: Sequence[Picture] | None = None
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)


def changed(number: int, **values: Any) -> tuple[Picture, ...]:
    """Return the sound pictures, one of them changed."""
    made = list(SOUND)
    made[number] = made[number].model_copy(update=values)
    return tuple(made)


def every(**values: Any) -> tuple[Picture, ...]:
    """Return the sound pictures, all of them changed."""
    return tuple(picture.model_copy(update=values) for picture in SOUND)


def with_box(**values: Any) -> tuple[Picture, ...]:
    """Return the sound pictures, the first with one more box."""
    return changed(0, boxes=(*SOUND[0].boxes, made_box(**values)))


FOUR = tuple(made_box(2, x_center=0.2 + 0.2 * n) for n in range(4))
CASES = (
    Case("any_pictures", "", limits={"any_pictures": {"min": 100}}),
    Case("complete", f"{FIRST} 0.jpg (b1): missing site", changed(0, site=None)),
    Case("picture_digest", "short 0.jpg (b1): sha256 short", changed(0, sha256="short")),
    Case("label_digest", f"{FIRST} 0.jpg (b1): label_sha256 X", changed(0, label_sha256="X")),
    Case("unique_pictures", f"{FIRST} 0.jpg (b1): sha256", changed(1, sha256=SOUND[0].sha256)),
    Case("unique_files", "0.jpg (b1): batch_id b1, file 0.jpg", changed(1, file="0.jpg")),
    Case("picture_format", f"{FIRST} 0.jpg (b1): extension gif", changed(0, extension="gif")),
    Case("width", "0.jpg (b1): width_px 8", changed(0, width_px=8, boxes=())),
    Case("height", "0.jpg (b1): height_px 70000", changed(0, height_px=70_000, boxes=())),
    Case("kind", "0.jpg (b1): kind odd", changed(0, kind="odd")),
    Case("split", "0.jpg (b1): split test", changed(0, split="test")),
    Case("scene_named", "0.jpg (b1): scene", changed(0, scene="")),
    Case("batch_listed", "0.jpg (b9): batch_id b9", changed(0, batch_id="b9")),
    Case(
        "brightness",
        "0.jpg (b1): brightness 200",
        changed(0, brightness=200.0),
        limits={"brightness": {"max": 150}},
    ),
    Case(
        "sharpness",
        "0.jpg (b1): sharpness 50",
        changed(0, sharpness=50.0),
        limits={"sharpness": {"min": 100}},
    ),
    Case("dark_pictures", "0.jpg (b1): brightness 3", changed(0, brightness=3.0)),
    Case("bright_pictures", "0.jpg (b1): brightness 250", changed(0, brightness=250.0)),
    Case("blurred_pictures", "0.jpg (b1): sharpness 5", changed(0, sharpness=5.0)),
    Case(
        "boxes_per_picture",
        "0.jpg (b1): boxes 4",
        with_box(x_center=0.3),
        settings={"max_boxes_per_picture": 3},
    ),
    Case(
        "label_density",
        "0.jpg (b1): boxes_if_any 4",
        with_box(x_center=0.3),
        limits={"label_density": {"max": 3}},
    ),
    Case(
        "label_density",
        "0.jpg (b1): boxes_if_any 2",
        changed(0, boxes=TWO_KINDS),
        limits={"label_density": {"min": 3}},
    ),
    Case(
        "background_pictures",
        "0.jpg (b1): boxes 0",
        changed(0, boxes=()),
        limits={"background_pictures": {"max_share": 0.1}},
    ),
    Case(
        "boxes_against_kind",
        "0.jpg (b1): boxes_against_kind 3",
        changed(0, kind=BatchKind.BACKGROUND),
    ),
    Case("box_class", "0.jpg (b1): class_id 9", with_box(class_id=9)),
    Case(
        "box_width",
        "0.jpg (b1): width 0",
        with_box(width=0.0),
        limits={"tiny_boxes": {"max_share": 0.5}},
    ),
    Case(
        "box_height",
        "0.jpg (b1): height 1.2",
        with_box(height=1.2),
        limits={"box_inside": {"max": 0.2}},
    ),
    Case("box_inside", "0.jpg (b1): overhang 0.05", with_box(x_center=0.95)),
    Case("box_inside", "0.jpg (b1): overhang 0.05", with_box(y_center=0.05)),
    Case("tiny_boxes", "0.jpg (b1): area_px 1.229", with_box(width=0.002, height=0.002)),
    Case("thin_boxes", "0.jpg (b1): aspect 60", with_box(width=0.9, height=0.02)),
    Case(
        "huge_boxes",
        "0.jpg (b1): share 0.9801",
        with_box(width=0.99, height=0.99),
        limits={"huge_boxes": {"max_share": 0.01}},
    ),
    Case("duplicate_boxes", "0.jpg (b1): class_id 0", with_box()),
    Case(
        "train_boxes",
        "person_down: train_boxes 0",
        (*(p.model_copy(update={"boxes": TWO_KINDS}) for p in SOUND[:4]), *SOUND[4:]),
        limits={"train_scenes": {"min": 0}},
    ),
    Case(
        "train_scenes",
        "person_down: train_scenes 2",
        (*(p.model_copy(update={"boxes": TWO_KINDS}) for p in SOUND[:2]), *SOUND[2:]),
    ),
    Case("val_boxes", "person_down: val_boxes 0", changed(4, boxes=TWO_KINDS)),
    Case("holdout_boxes", "person_down: holdout_boxes 0", changed(5, boxes=TWO_KINDS)),
    Case(
        "class_balance",
        "person_down: times_rarer 1.333",
        changed(0, boxes=TWO_KINDS),
        limits={"class_balance": {"max": 1.2}},
    ),
    Case(
        "scene_share",
        "s9: train_share 0.75",
        (*(p.model_copy(update={"scene": "s9"}) for p in SOUND[:3]), *SOUND[3:]),
        limits={"train_scenes": {"min": 1}},
    ),
    Case("scene_sides", f"{FIRST} 0.jpg (b1): scene s0", changed(4, scene="s0")),
    Case("holdout_left", f"{FIRST} 0.jpg (b1): split train", parent=changed(0, split="holdout")),
    Case(
        "holdout_pictures",
        "holdout_pictures 0",
        changed(5, split="reserve"),
        limits={"holdout_boxes": {"min": 0}},
    ),
    Case(
        "val_pictures",
        "val_pictures 0",
        changed(4, split="reserve"),
        limits={"val_boxes": {"min": 0}},
    ),
    Case(
        "false_alarms",
        "train: false_alarm_share 0.25",
        changed(0, kind=BatchKind.FALSE_ALARM, boxes=()),
    ),
    Case(
        "pictures_kept",
        "pictures_kept 0.875",
        parent=(*SOUND, made_picture(7)),
    ),
    Case(
        "class_kept",
        "person_down: kept 0.25",
        parent=every(boxes=(*TWO_KINDS, *FOUR)),
        limits={n: {"max": 9} for n in ("drift_class_mix", "drift_boxes_per_picture")},
    ),
    Case(
        "drift_class",
        "person_down: drift",
        parent=(SOUND[0], *(p.model_copy(update={"boxes": TWO_KINDS}) for p in SOUND[1:])),
        limits={n: {"max": 9} for n in ("drift_class_mix", "drift_boxes_per_picture")},
    ),
    Case(
        "drift_class_mix",
        "drift_class_mix",
        every(boxes=(*TWO_KINDS, *FOUR)),
        SOUND,
        limits={"drift_boxes_per_picture": {"max": 9}},
    ),
    Case(
        "drift_box_side",
        "drift_box_side",
        parent=every(boxes=tuple(made_box(n, width=0.5, height=0.5) for n in range(3))),
    ),
    Case("drift_brightness", "drift_brightness", parent=every(brightness=50.0)),
    Case("drift_sharpness", "drift_sharpness", parent=every(sharpness=5000.0)),
    Case(
        "drift_boxes_per_picture",
        "drift_boxes_per_picture",
        every(boxes=(*SOUND[0].boxes, *(made_box(n, x_center=0.3) for n in range(3)))),
        SOUND,
    ),
)


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
