"""The verb ``report_dataset``: a dataset version as one page that a person wants to open.

Rules: it reads columns, and the bytes of the few pictures that it shows; it judges nothing and changes nothing; it is
written anew each time, since reviews and validation come later than the version.
"""

import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.config import load_settings
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff
from safety_tasks.records.review import LabelDoubt, LabelReview
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.manifests import lineage, read_manifest_table
from safety_tasks.store.tables import LEDGER_SCHEMA, decode_table
from safety_tasks.validate.drift import Drift, drift_of
from safety_tasks.validate.report_data import MOST_LEDGER, CountRow, contents_of, count_rows
from safety_tasks.validate.report_page import ReportView, SamplePictures, render_report
from safety_tasks.validate.report_samples import (
    Thumbnail,
    choose_samples,
    label_boxes,
    pictures_at,
    thumbnails,
)
from safety_tasks.validate.suspicion_sheets import drawn_boxes
from safety_tasks.validate.verb import read_validation


def report_dataset(
    store: ObjectStore,
    version: DatasetVersion,
    *,
    review: LabelReview | None = None,
    ingest: IngestSettings | None = None,
) -> Artifact:
    """Write ``<version>/report/index.html``.

    Args:
        store: where the version is and the page goes.
        version: its record.
        review: what ``review_labels`` returned for it, if it was made.
        ingest: the settings that its validation shares; None reads ``config/``.

    Returns:
        the page.

    Raises:
        ArtifactError: the manifest or the ledger was altered.
        DatasetError: the review is of another version, or the validation report was altered.
    """
    if review is not None and review.version_id != version.version_id:
        raise DatasetError(
            f"expected a label review of version {version.version_id}, found one of {review.version_id}. "
            "Make a new one: safety-tasks dataset review."
        )
    line = lineage(store, version)
    table = read_manifest_table(store, version)
    validation = read_validation(store, version, ingest or load_settings().ingest)
    view = ReportView(
        version=version,
        generation=len(line),
        contents=contents_of(table, version.classes),
        drift=_drift(store, version, table, line[1:]),
        ledger=_ledger(store, version),
        sign_off=_sign_off(store, version),
        validation=validation,
        docs_href=_beside(version, validation.data_docs_key) if validation else "",
        review=review,
        review_links=_review_links(version, review),
        doubts=_doubts(store, table, review),
        samples=_samples(store, version, table),
    )
    payload = render_report(view)
    key = f"{version.prefix}/report/index.html"
    store.put(key, payload)
    return Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload))


def _drift(
    store: ObjectStore,
    version: DatasetVersion,
    table: pa.Table,
    older: tuple[DatasetVersion, ...],
) -> tuple[Drift, ...]:
    if not older:
        return ()
    return drift_of(table, read_manifest_table(store, older[0]), version.classes)


def _ledger(store: ObjectStore, version: DatasetVersion) -> tuple[CountRow, ...]:
    payload = get_artifact(store, version.ledger)
    table = decode_table(payload, LEDGER_SCHEMA, what=version.ledger.key)
    return count_rows(table, ("rule", "kind", "action"), MOST_LEDGER)


def _sign_off(store: ObjectStore, version: DatasetVersion) -> HoldoutSignOff | None:
    artifact = version.holdout.sign_off
    if artifact is None:
        return None
    payload = get_artifact(store, artifact)
    return HoldoutSignOff.from_json_bytes(payload, what=artifact.key, error=DatasetError)


def _samples(
    store: ObjectStore, version: DatasetVersion, table: pa.Table
) -> tuple[SamplePictures, ...]:
    groups = choose_samples(table, len(version.classes))
    pictures = pictures_at(table, [row for group in groups for row in group.rows])
    drawn = thumbnails(store, [(p, label_boxes(p, version.classes)) for p in pictures])
    return tuple(
        SamplePictures(group.split, group.class_id, tuple(next(drawn) for _ in group.rows))
        for group in groups
    )


def _doubts(
    store: ObjectStore, table: pa.Table, review: LabelReview | None
) -> tuple[tuple[LabelDoubt, Thumbnail], ...]:
    """Return the worst doubts with their pictures."""
    worst = review.worst if review else ()
    wanted = pa.array([doubt.picture_sha256 for doubt in worst], pa.string())
    rows = pc.index_in(wanted, value_set=table["sha256"].combine_chunks()).to_pylist()
    known = [(doubt, row) for doubt, row in zip(worst, rows, strict=True) if row is not None]
    pictures = pictures_at(table, [row for _, row in known])
    boxes = [drawn_boxes(doubt) for doubt, _ in known]
    drawn = thumbnails(store, list(zip(pictures, boxes, strict=True)))
    return tuple(zip((doubt for doubt, _ in known), drawn, strict=True))


def _review_links(
    version: DatasetVersion, review: LabelReview | None
) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    if review is None or review.queue is None:
        return ()
    queue = ("queue", (), _beside(version, review.queue.key))
    return (
        queue,
        *(
            ("sheet", (str(number),), _beside(version, sheet.key))
            for number, sheet in enumerate(review.sheets, start=1)
        ),
    )


def _beside(version: DatasetVersion, key: str) -> str:
    """Return the address of an object of the version as the page sees it."""
    return f"../{key.removeprefix(version.prefix + '/')}"
