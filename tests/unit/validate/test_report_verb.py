"""``report_dataset`` writes one page beside the version, and reads no more pictures than it shows."""

from pathlib import Path
from typing import Any

import pytest
from support.made_versions import CLASSES, SOUND, made_picture, write_version
from support.parsed_page import ParsedPage
from support.toy_runs import publish_toy
from support.watched_store import WatchedStore
from toy_models import png, toy_boxes, toy_picture

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, DatasetError
from safety_tasks.records.dataset import DatasetVersion, Expectation, ValidationReport
from safety_tasks.records.picture import Picture
from safety_tasks.records.review import LabelReview
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.validate.report_samples import EACH
from safety_tasks.validate.report_verb import report_dataset
from safety_tasks.validate.suite import rules, suite_digest
from safety_tasks.validate.suspicion_queue import review_labels
from safety_tasks.validate.thresholds import load_validation
from safety_tasks.validate.verb import report_key

HAZARDS = ((0, 0), (1, 5))


def stored(store: ObjectStore, number: int, **changes: Any) -> Picture:
    """Store a drawn picture and return its row."""
    payload = png(toy_picture(HAZARDS, grey=number))
    values = {
        "sha256": sha256_bytes(payload),
        "extension": "png",
        "width_px": 64,
        "height_px": 64,
        "boxes": toy_boxes(HAZARDS),
    }
    picture = made_picture(number, **(values | changes))
    store.put(picture.key, payload)
    return picture


def page_of(store: ObjectStore, version: DatasetVersion, **given: Any) -> ParsedPage:
    """Return the version's page, parsed."""
    page = report_dataset(store, version, ingest=IngestSettings(), **given)
    payload = store.get(page.key).payload
    assert page.sha256 == sha256_bytes(payload)
    parsed = ParsedPage(payload.decode())
    assert parsed.problems == []
    return parsed


def test_an_empty_version_has_a_page(local_store: LocalStore) -> None:
    """Nothing in it is shown as nothing."""
    page = page_of(local_store, write_version(local_store, []))
    assert "There is no picture." in page.text
    assert "It is empty: no model can be judged." in page.text


def test_a_version_without_its_pictures_has_a_page(local_store: LocalStore) -> None:
    """Missing bytes are grey tiles, never an error."""
    page = page_of(local_store, write_version(local_store))
    assert "This picture's bytes are missing" in page.text


def test_a_child_shows_its_drift(local_store: LocalStore) -> None:
    """The parent's manifest is compared with."""
    parent = write_version(local_store, SOUND[:4])
    page = page_of(local_store, write_version(local_store, SOUND, parent))
    assert parent.version_id in page.text
    assert "Pictures with smoke" in page.text
    assert "The first version has no parent" not in page.text


def test_the_page_is_the_same_each_time(local_store: LocalStore) -> None:
    """It lies beside the version, and is written again without change."""
    version = write_version(local_store, [stored(local_store, n) for n in range(6)])
    first = report_dataset(local_store, version, ingest=IngestSettings())
    assert first.key == f"{version.prefix}/report/index.html"
    assert report_dataset(local_store, version, ingest=IngestSettings()) == first


def test_only_what_is_shown_is_read(tmp_path: Path) -> None:
    """A page of a large version reads a few pictures of it."""
    store = WatchedStore(tmp_path / "store")
    read: list[str] = []
    version = write_version(store, [stored(store, n) for n in range(40)])
    get = store.get
    store.get = lambda key, most=None: (read.append(key), get(key, most))[1]  # type: ignore[method-assign]
    page_of(store, version)
    pictures = [key for key in read if key.startswith("dataset/objects/")]
    assert 0 < len(pictures) <= 2 * EACH
    assert store.written[-1] == f"{version.prefix}/report/index.html"


def test_the_worst_suspicion_is_shown(local_store: LocalStore) -> None:
    """A review brings its worst doubts, with pictures and links to the queue and its sheets."""
    pictures = [stored(local_store, 1, split="val"), stored(local_store, 2, boxes=())]
    version = write_version(local_store, pictures)
    publish_toy(local_store, version, "perfect")
    review = review_labels(local_store, version)
    page = page_of(local_store, version, review=review)
    beside = f"../review/{str(review.model_sha256)[:12]}"
    assert f"{beside}/queue.csv" in page.addresses
    assert f"{beside}/sheet-01.jpg" in page.addresses
    assert local_store.exists(
        f"{version.prefix}/report/{beside}/queue.csv".replace("report/../", "")
    )
    assert "overlooked 1.00" in page.text.replace("누락", "")


def test_a_review_of_another_version_is_refused(local_store: LocalStore) -> None:
    """Doubts about other labels would be shown as doubts about these."""
    review = LabelReview(version_id="f" * 16, model_sha256=None, release_seq=None, problem="x")
    with pytest.raises(DatasetError, match="expected a label review of version"):
        report_dataset(local_store, write_version(local_store), review=review)


def test_the_outcome_of_validation_is_shown(local_store: LocalStore) -> None:
    """A failed expectation stands there with what was seen and required, and Data Docs are linked."""
    version = write_version(local_store)
    digest = suite_digest(rules(CLASSES, IngestSettings(), load_validation()))
    failed = Expectation(
        name="scene_sides", subject="scenes", success=False, observed="3 scenes",
        reason="leaks", required="none", worst=("s1: 2",),
    )  # fmt: skip
    report = ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256=digest,
        success=False,
        expectations=(failed,),
        data_docs_key=f"{version.prefix}/validation/{digest[:12]}/data_docs/index.html",
    )
    local_store.put(report_key(version, digest), report.to_json_bytes())
    page = page_of(local_store, version)
    assert f"../validation/{digest[:12]}/data_docs/index.html" in page.addresses
    for text in (
        "Failed",
        "Expectations that held: 0 of 1.",
        "scene_sides",
        "3 scenes",
        "leaks",
        "s1: 2",
    ):
        assert text in page.text


def test_an_altered_manifest_is_refused(local_store: LocalStore) -> None:
    """A page about other rows than the version's would be a lie."""
    version = write_version(local_store)
    local_store.put(version.manifest.key, b"altered")
    with pytest.raises(ArtifactError):
        report_dataset(local_store, version, ingest=IngestSettings())
