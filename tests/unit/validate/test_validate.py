"""Only a version that the suite passed becomes current. The real suite takes seconds: it runs four times here."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from safety_tasks.config import Settings
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError, ValidationFailed
from safety_tasks.ingest.versions import summarise
from safety_tasks.records.dataset import (
    SPLITS,
    Box,
    DatasetVersion,
    Expectation,
    Picture,
    Split,
    ValidationReport,
)
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import (
    encode_ledger,
    encode_manifest,
    read_current,
    version_id_of,
)
from safety_tasks.validate import make_current, validate_dataset
from safety_tasks.validate.suite import rules, suite_digest
from safety_tasks.validate.verb import read_validation

pytestmark = pytest.mark.slow

CLASSES = ("smoke", "fire", "person_down")
BOX = {"x_center": 0.5, "y_center": 0.5, "width": 0.2, "height": 0.2}
RUN_SUITE = "safety_tasks.validate.expectations.run_suite"


def picture(number: int, split: Split, **changes: Any) -> Picture:
    """Return a sound picture of a scene of its own, with one box of each hazard."""
    values = {
        "sha256": sha256_bytes(str(number).encode()),
        "extension": "jpg",
        "width_px": 640,
        "height_px": 480,
        "phash": number,
        "file": f"{number}.jpg",
        "batch_id": "b1",
        "scene": f"s{number}",
        "split": split,
        "boxes": tuple(Box(class_id=n, **BOX) for n in range(3)),
    }
    return Picture.model_construct(**(values | changes))


GOOD = tuple(picture(number, SPLITS[number % 3]) for number in range(6))


def write(
    store: LocalStore, pictures: Sequence[Picture] = GOOD, parent: DatasetVersion | None = None
) -> DatasetVersion:
    """Write a version's objects as ingest does, sound or not."""
    manifest, ledger = encode_manifest(pictures), encode_ledger([])
    facts: dict[str, Any] = {
        "batches": ("b1",),
        "classes": CLASSES,
        "parent_id": parent.version_id if parent else None,
        "synthetic": False,
        "backgrounds_declared": False,
    }
    version_id = version_id_of(sha256_bytes(manifest), sha256_bytes(ledger), **facts)
    prefix = f"dataset/versions/{version_id}"
    version = DatasetVersion(
        version_id=version_id,
        manifest=put_artifact(store, f"{prefix}/manifest.parquet", manifest),
        ledger=put_artifact(store, f"{prefix}/ledger.parquet", ledger),
        ledger_rows=0,
        splits={split: summarise(pictures, split, CLASSES) for split in SPLITS},
        **facts,
    )
    put_artifact(store, f"{prefix}/version.json", version.to_json_bytes())
    return version


def report_of(version: DatasetVersion, **changes: Any) -> ValidationReport:
    """Return a successful report that no suite made."""
    values = {
        "version_id": version.version_id,
        "manifest_sha256": version.manifest.sha256,
        "suite_sha256": "0" * 64,
        "success": True,
        "expectations": (),
        "data_docs_key": "docs",
    }
    return ValidationReport.model_validate(values | changes)


def no_run(*_: object) -> None:
    """Stand in where no suite may run."""
    raise AssertionError("the suite ran again")


def test_a_good_version_passes_once(
    local_store: LocalStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real suite passes a sound version, its Data Docs are stored, and the report is used again."""
    version = write(local_store)
    report = validate_dataset(local_store, version, settings.ingest)
    assert report.success
    assert len(report.expectations) == len(rules(CLASSES, settings.ingest)) >= 12
    assert all(item.success for item in report.expectations)
    assert report.suite_sha256 == suite_digest(rules(CLASSES, settings.ingest))
    assert b"Great Expectations" in local_store.get(report.data_docs_key).payload
    docs = report.data_docs_key.rpartition("/")[0]
    assert sum(key.endswith(".html") for key in local_store.keys(docs)) > 3
    monkeypatch.setattr(RUN_SUITE, no_run)
    assert validate_dataset(local_store, version, settings.ingest) == report
    make_current(local_store, version, report)
    current = read_current(local_store)
    assert current is not None
    assert current[0].version_id == version.version_id
    stored = local_store.get(current[0].validation.key).payload
    assert sha256_bytes(stored) == current[0].validation.sha256
    assert ValidationReport.from_json_bytes(stored, what="report") == report


def test_a_bad_version_fails_with_every_reason(
    local_store: LocalStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real suite names each defect of a version that has many; it is kept, and never current."""
    huge = tuple(Box.model_construct(class_id=9, **BOX) for _ in range(600))
    outside = Box.model_construct(class_id=0, **(BOX | {"x_center": 0.99}))
    flat = Box.model_construct(class_id=0, **(BOX | {"width": 0.0}))
    tiny = Box.model_construct(class_id=0, **(BOX | {"width": 1e-6}))
    bad = (
        picture(1, "holdout", scene="leak"),
        picture(2, "val", scene="leak", boxes=(outside, flat)),
        picture(3, "val", boxes=huge),
        picture(3, "val", boxes=(tiny,) * 20),
        picture(4, "val", sha256="short", extension="gif", width_px=4, height_px=70_000),
        picture(5, "test", scene=""),  # type: ignore[arg-type]
    )
    version = write(local_store, bad)
    monkeypatch.setattr("safety_tasks.validate.verb.read_manifest", lambda *_: bad)
    with pytest.raises(ValidationFailed) as caught:
        validate_dataset(local_store, version, settings.ingest)
    for reason in (
        "the same picture is listed twice",
        "a picture without a proper digest cannot be proved",
        "unknown format",
        "a picture's width makes no sense",
        "a picture's height makes no sense",
        "unknown split",
        "without a scene, splits leak",
        "a scene lies in two splits",
        "more boxes than anybody labels by hand",
        "unknown hazard class",
        "a box without width",
        "a box reaches outside its picture",
        "boxes of under four pixels",
        "train holds no smoke",
        "train holds no fire",
        "train holds no person_down",
    ):
        assert reason in str(caught.value)
    report = read_validation(local_store, version, settings.ingest)
    assert report is not None
    assert not report.success
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
            tuple(picture(n, "train", boxes=()) for n in range(30)),
            "nearly everything is background",
        ),
    ],
)
def test_what_is_absent_does_not_pass(
    local_store: LocalStore, settings: Settings, pictures: tuple[Picture, ...], reason: str
) -> None:
    """An empty version, or one that is all background, fails in the real suite: no rows are no proof."""
    version = write(local_store, pictures)
    with pytest.raises(ValidationFailed, match=reason) as caught:
        validate_dataset(local_store, version, settings.ingest)
    assert "train holds no fire" in str(caught.value)


@pytest.mark.parametrize(
    ("outcomes", "passes"),
    [((), False), ((True,), True), ((True, False), False), ((False,), False)],
)
def test_the_verdict_over_expectations(
    local_store: LocalStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    outcomes: tuple[bool, ...],
    passes: bool,
) -> None:
    """Every expectation must hold, and a suite without expectations has judged nothing."""

    def run(*_: object) -> tuple[tuple[Expectation, ...], Mapping[str, bytes]]:
        plain = Expectation(name="n", subject="s", success=True, observed="o", reason="because")
        made = tuple(plain.model_copy(update={"success": success}) for success in outcomes)
        return made, {"index.html": b""}

    monkeypatch.setattr(RUN_SUITE, run)
    version = write(local_store)
    if passes:
        assert validate_dataset(local_store, version, settings.ingest).success
        return
    with pytest.raises(ValidationFailed):
        validate_dataset(local_store, version, settings.ingest)


@pytest.mark.parametrize("change", [{"manifest_sha256": "1" * 64}, {"version_id": "1" * 16}])
def test_a_report_of_other_rows_is_refused(
    local_store: LocalStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
) -> None:
    """A report that was put in the place of the right one is an error, not a pass."""
    monkeypatch.setattr(RUN_SUITE, no_run)
    version = write(local_store)
    digest = suite_digest(rules(CLASSES, settings.ingest))[:12]
    forged = report_of(version, **change)
    local_store.put(f"{version.prefix}/validation/{digest}/report.json", forged.to_json_bytes())
    with pytest.raises(DatasetError, match="The report was altered"):
        validate_dataset(local_store, version, settings.ingest)


def test_another_suite_judges_anew(local_store: LocalStore, settings: Settings) -> None:
    """A report belongs to the suite that made it: other limits find none."""
    version = write(local_store)
    digest = suite_digest(rules(CLASSES, settings.ingest))[:12]
    key = f"{version.prefix}/validation/{digest}/report.json"
    local_store.put(key, report_of(version).to_json_bytes())
    assert read_validation(local_store, version, settings.ingest) is not None
    stricter = settings.ingest.model_copy(update={"max_boxes_per_picture": 7})
    assert read_validation(local_store, version, stricter) is None
