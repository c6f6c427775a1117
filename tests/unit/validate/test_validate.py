"""Only a version that the suite passed is valid. The real suite takes a second: it runs a few times here."""

import logging
from collections.abc import Mapping

import pytest
from support.made_versions import CLASSES, SOUND, made_box, made_picture, report_of, write_version

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError, ObjectNotFound, ValidationFailed
from safety_tasks.records.dataset import Expectation, ValidationReport
from safety_tasks.records.picture import Picture
from safety_tasks.records.validation import ValidationRules
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_current
from safety_tasks.validate import load_validation, make_current, validate_dataset
from safety_tasks.validate.suite import rules, suite_digest
from safety_tasks.validate.verb import read_validation

pytestmark = pytest.mark.slow

RUN_SUITE = "safety_tasks.validate.expectations.run_suite"


def no_run(*_: object, **__: object) -> None:
    """Stand in where no suite may run."""
    raise AssertionError("the suite ran again")


def test_a_good_version_passes_once(
    local_store: LocalStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real suite passes a sound version, its Data Docs are stored, and the report is used again."""
    version = write_version(local_store, parent=write_version(local_store, SOUND[:6]))
    report = validate_dataset(local_store, version, settings.ingest)
    assert report.success
    assert (report.failed, report.warnings) == ((), ())
    assert len(report.expectations) == len(ValidationRules.model_fields) >= 25
    digest = suite_digest(rules(CLASSES, settings.ingest, load_validation()))
    assert report.suite_sha256 == digest
    assert report.data_docs_key.startswith(f"{version.prefix}/validation/{digest[:12]}/")
    assert b"Great Expectations" in local_store.get(report.data_docs_key).payload
    docs = report.data_docs_key.rpartition("/")[0]
    assert sum(key.endswith(".html") for key in local_store.keys(docs)) > 3
    monkeypatch.setattr(RUN_SUITE, no_run)
    assert validate_dataset(local_store, version, settings.ingest) == report
    make_current(local_store, version, report)
    current = read_current(local_store)
    assert current is not None
    stored = local_store.get(current[0].validation.key).payload
    assert sha256_bytes(stored) == current[0].validation.sha256
    assert ValidationReport.from_json_bytes(stored, what="report") == report


def test_a_bad_version_fails_with_every_reason(
    local_store: LocalStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real suite names each defect of a version that has many, with its worst rows; it is never current."""
    bad = (
        made_picture(1, "holdout", scene="leak"),
        made_picture(2, "val", scene="leak", boxes=(made_box(x_center=0.99), made_box(width=0.0))),
        made_picture(3, "val", boxes=tuple(made_box(9) for _ in range(600))),
        made_picture(4, "val", sha256="short", extension="gif", width_px=4),
    )
    version = write_version(local_store, bad)
    with pytest.raises(ValidationFailed) as caught:
        validate_dataset(local_store, version, settings.ingest)
    said = str(caught.value)
    for words in (
        f"{local_store.uri}/{version.prefix}/validation/",
        "picture_digest of pictures.sha256: a picture without a proper digest cannot be proved",
        "(observed 1 of 4 rows otherwise, required like ^[0-9a-f]{64}$; worst: short 4.jpg (b1)",
        "boxes_per_picture of pictures.boxes",
        f"worst: {bad[2].sha256[:12]} 3.jpg (b1): boxes 600",
        "scene_sides of pictures.sides_of_scene",
        f"{bad[0].sha256[:12]} 1.jpg (b1): scene leak | {bad[1].sha256[:12]} 2.jpg (b1): scene leak",
        "box_class of boxes.class_id: unknown hazard class (observed 600 of 608 rows otherwise",
        "train_boxes of classes.train_boxes: train holds none",
        "observed smoke 0, fire 0, person_down 0, required ≥ 1",
    ):
        assert words in said
    assert "dark_pictures" not in said
    report = read_validation(local_store, version, settings.ingest)
    assert report is not None
    assert not report.success
    assert all(1 <= len(item.worst) <= 5 for item in report.failed)
    with pytest.raises(ValidationFailed, match="expected a successful validation report"):
        make_current(local_store, version, report)
    assert read_current(local_store) is None
    monkeypatch.setattr(RUN_SUITE, no_run)
    with pytest.raises(ValidationFailed, match="a scene lies in two splits"):
        validate_dataset(local_store, version, settings.ingest)


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ((), "no pictures at all"),
        (
            tuple(made_picture(n, boxes=()) for n in range(30)),
            "nearly everything is background",
        ),
    ],
)
def test_what_is_absent_does_not_pass(
    local_store: LocalStore, settings: Settings, pictures: tuple[Picture, ...], reason: str
) -> None:
    """An empty version, or one that is all background, fails in the real suite: no rows are no proof."""
    version = write_version(local_store, pictures)
    with pytest.raises(ValidationFailed, match=reason) as caught:
        validate_dataset(local_store, version, settings.ingest)
    assert "train holds none" in str(caught.value)


@pytest.mark.parametrize("severity", ["warn", "fail"])
def test_severity_decides(
    local_store: LocalStore,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    severity: str,
) -> None:
    """What warns is logged with its worst rows each time and blocks nothing; the same as ``fail`` blocks."""
    dark = tuple(p.model_copy(update={"brightness": 2.0}) for p in SOUND)
    version = write_version(local_store, dark)
    values = load_validation().model_dump()
    values["dark_pictures"] |= {"severity": severity}
    limits = ValidationRules.model_validate(values)
    if severity == "fail":
        with pytest.raises(ValidationFailed, match="many pictures are black"):
            validate_dataset(local_store, version, settings.ingest, limits)
        return
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="safety_tasks"):
            report = validate_dataset(local_store, version, settings.ingest, limits)
        assert report.success
        assert [item.name for item in report.warnings] == ["dark_pictures"]
        (line,) = [r.getMessage() for r in caplog.records if r.name.startswith("safety_tasks")]
        assert f"version {version.version_id}: dark_pictures of pictures.brightness" in line
        assert f"worst: {SOUND[0].sha256[:12]} 0.jpg (b1): brightness 2" in line


@pytest.mark.parametrize(
    ("outcomes", "passes"),
    [
        ((), False),
        ((True,), True),
        ((True, "warn"), True),
        ((True, False), False),
        ((False, "warn"), False),
    ],
)
def test_the_verdict_over_expectations(
    local_store: LocalStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    outcomes: tuple[bool | str, ...],
    passes: bool,
) -> None:
    """Every expectation that blocks must hold, and a suite without expectations has judged nothing."""

    def run(*_: object, **__: object) -> tuple[tuple[Expectation, ...], Mapping[str, bytes]]:
        plain = Expectation(name="n", subject="s", success=True, observed="o", reason="because")
        made = tuple(
            plain.model_copy(
                update={
                    "success": outcome is True,
                    "severity": "warn" if outcome == "warn" else "fail",
                }
            )
            for outcome in outcomes
        )
        return made, {"index.html": b""}

    monkeypatch.setattr(RUN_SUITE, run)
    version = write_version(local_store)
    if passes:
        assert validate_dataset(local_store, version, settings.ingest).success
        return
    with pytest.raises(ValidationFailed):
        validate_dataset(local_store, version, settings.ingest)


def test_a_parent_that_is_gone_is_no_pass(local_store: LocalStore, settings: Settings) -> None:
    """Where the parent cannot be read nothing is compared, so nothing passes."""
    parent = write_version(local_store, SOUND[:6])
    version = write_version(local_store, parent=parent)
    local_store.delete(f"{parent.prefix}/version.json")
    with pytest.raises(ObjectNotFound):
        validate_dataset(local_store, version, settings.ingest)
    assert read_validation(local_store, version, settings.ingest) is None


@pytest.mark.parametrize("change", [{"manifest_sha256": "1" * 64}, {"version_id": "1" * 16}])
def test_a_report_of_other_rows_is_refused(
    local_store: LocalStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
) -> None:
    """A report that was put in the place of the right one is an error, not a pass."""
    monkeypatch.setattr(RUN_SUITE, no_run)
    version = write_version(local_store)
    digest = suite_digest(rules(CLASSES, settings.ingest, load_validation()))[:12]
    forged = report_of(version, **change)
    local_store.put(f"{version.prefix}/validation/{digest}/report.json", forged.to_json_bytes())
    with pytest.raises(DatasetError, match="The report was altered"):
        validate_dataset(local_store, version, settings.ingest)


def test_another_suite_judges_anew(local_store: LocalStore, settings: Settings) -> None:
    """A report belongs to the suite that made it: other limits find none."""
    version = write_version(local_store)
    digest = suite_digest(rules(CLASSES, settings.ingest, load_validation()))[:12]
    key = f"{version.prefix}/validation/{digest}/report.json"
    local_store.put(key, report_of(version).to_json_bytes())
    assert read_validation(local_store, version, settings.ingest) is not None
    stricter = settings.ingest.model_copy(update={"max_boxes_per_picture": 7})
    assert read_validation(local_store, version, stricter) is None
    limits = load_validation()
    other = limits.val_boxes.model_copy(update={"min": 2.0})
    limits = limits.model_copy(update={"val_boxes": other})
    assert read_validation(local_store, version, settings.ingest, limits) is None
