"""The verbs ``validate_dataset`` and ``make_current``.

Rules: a version is judged once by a suite, and the report is kept under the suite's digest; only a version whose
report says success becomes current; the pointer moves by compare-and-swap.
"""

import tempfile
from pathlib import Path

from safety_tasks.config import IngestSettings
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError, PreconditionFailed, ValidationFailed
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import CurrentDataset, DatasetVersion, ValidationReport
from safety_tasks.store.base import ObjectStore, put_artifact, read_if_there
from safety_tasks.store.manifests import CURRENT_KEY, read_current, read_manifest, read_version
from safety_tasks.validate.suite import rules, suite_digest


def validate_dataset(
    store: ObjectStore, version: DatasetVersion, settings: IngestSettings
) -> ValidationReport:
    """Judge a dataset version, or return the report there is.

    Raises:
        ValidationFailed: an expectation did not hold; the message names each with its reason.
    """
    report = read_validation(store, version, settings)
    if report is None:
        report = _judge(store, version, settings)
    if not report.success:
        failed = "; ".join(
            f"{item.subject} {item.name}: {item.reason} ({item.observed})"
            for item in report.expectations
            if not item.success
        )
        raise ValidationFailed(
            f"dataset version {version.version_id}: expected all {len(report.expectations)} expectations "
            f"to hold, found: {failed}. See {store.uri}/{report.data_docs_key}; mend the batch, deliver it anew."
        )
    return report


def read_validation(
    store: ObjectStore, version: DatasetVersion, settings: IngestSettings
) -> ValidationReport | None:
    """Return the report of today's suite over a version, or None if there is none.

    Raises:
        DatasetError: the report is about other rows.
    """
    key = _report_key(version, suite_digest(rules(version.classes, settings)))
    found = read_if_there(store, key)
    if found is None:
        return None
    report = ValidationReport.from_json_bytes(found.payload, what=key, error=DatasetError)
    if not _is_about(report, version):
        raise DatasetError(
            f"{key}: expected a report on manifest {version.manifest.sha256[:12]}, found one on "
            f"{report.manifest_sha256[:12]} of version {report.version_id}. "
            "The report was altered: do not train on this version."
        )
    return report


def make_current(store: ObjectStore, version: DatasetVersion, report: ValidationReport) -> None:
    """Point ``dataset/current.json`` at a valid version.

    Raises:
        ValidationFailed: the report does not say success for this version.
        PreconditionFailed: another version became current since this one's base was read.
    """
    if not report.success or not _is_about(report, version):
        raise ValidationFailed(
            f"dataset version {version.version_id}: expected a successful validation report of it."
        )
    payload = report.to_json_bytes()
    artifact = Artifact(
        key=_report_key(version, report.suite_sha256),
        sha256=sha256_bytes(payload),
        size_bytes=len(payload),
    )
    pointer = CurrentDataset(version_id=version.version_id, validation=artifact)
    there = read_current(store)
    if there is not None and there[0] == pointer:
        return
    if there is None:
        store.put(CURRENT_KEY, pointer.to_json_bytes(), only_if_absent=True)
        return
    if not _descends(store, version, there[0].version_id):
        raise PreconditionFailed(
            f"{CURRENT_KEY}: expected a version that {version.version_id} was built on, found "
            f"{there[0].version_id}. Another batch came first: trigger ingest_labeled_images again."
        )
    store.put(CURRENT_KEY, pointer.to_json_bytes(), only_if_tag=there[1].tag)


def _is_about(report: ValidationReport, version: DatasetVersion) -> bool:
    same_rows = report.manifest_sha256 == version.manifest.sha256
    return same_rows and report.version_id == version.version_id


def _descends(store: ObjectStore, version: DatasetVersion, ancestor_id: str) -> bool:
    """Tell whether a version is, or was built on, another."""
    while version.version_id != ancestor_id:
        if version.parent_id is None:
            return False
        version = read_version(store, version.parent_id)
    return True


def _judge(
    store: ObjectStore, version: DatasetVersion, settings: IngestSettings
) -> ValidationReport:
    from safety_tasks.validate.expectations import run_suite
    from safety_tasks.validate.tables import build_tables

    suite = rules(version.classes, settings)
    digest = suite_digest(suite)
    tables = build_tables(version, read_manifest(store, version))
    with tempfile.TemporaryDirectory(prefix="validate-") as folder:
        expectations, pages = run_suite(suite, tables, Path(folder))
    docs = f"{version.prefix}/validation/{digest[:12]}"
    for path, payload in pages.items():
        store.put(f"{docs}/data_docs/{path}", payload)
    report = ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256=digest,
        success=all(item.success for item in expectations) and bool(expectations),
        expectations=expectations,
        data_docs_key=f"{docs}/data_docs/index.html",
    )
    put_artifact(store, _report_key(version, digest), report.to_json_bytes())
    return report


def _report_key(version: DatasetVersion, suite_sha256: str) -> str:
    return f"{version.prefix}/validation/{suite_sha256[:12]}/report.json"
