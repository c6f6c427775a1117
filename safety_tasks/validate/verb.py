"""The verb ``validate_dataset``.

Rules: a version is judged once by a suite, and the report is kept under the suite's digest; what warns is logged and
blocks nothing; what fails raises, and names what was judged, seen and required, and the worst rows.
"""

import logging
import tempfile
from pathlib import Path

from safety_tasks.errors import DatasetError, ValidationFailed
from safety_tasks.records.dataset import DatasetVersion, Expectation, ValidationReport
from safety_tasks.records.validation import ValidationRules
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, put_artifact, read_if_there
from safety_tasks.store.bulk import put_all
from safety_tasks.store.manifests import read_manifest_table, read_version
from safety_tasks.validate.rule import Rule
from safety_tasks.validate.suite import rules, suite_digest
from safety_tasks.validate.thresholds import load_validation

log = logging.getLogger(__name__)


def validate_dataset(
    store: ObjectStore,
    version: DatasetVersion,
    settings: IngestSettings,
    limits: ValidationRules | None = None,
) -> ValidationReport:
    """Judge a dataset version, or return the report there is.

    Args:
        store: where the version is and the report goes.
        version: its record.
        settings: limits that ingest shares.
        limits: those of the suite; None reads ``config/validation.toml``.

    Raises:
        ValidationFailed: an expectation that blocks did not hold; the message names each with its worst rows.
    """
    suite = _suite(version, settings, limits)
    report = _read(store, version, suite)
    if report is None:
        report = _judge(store, version, suite)
    for item in report.warnings:
        log.warning("dataset version %s: %s", version.version_id, _told(item))
    if not report.success:
        failed = "; ".join(_told(item) for item in report.failed) or "no expectation at all"
        raise ValidationFailed(
            f"dataset version {version.version_id}: expected all {len(report.expectations)} expectations "
            f"to hold, found: {failed}. See {store.uri}/{report.data_docs_key}; mend the batch, deliver it anew."
        )
    return report


def read_validation(
    store: ObjectStore,
    version: DatasetVersion,
    settings: IngestSettings,
    limits: ValidationRules | None = None,
) -> ValidationReport | None:
    """Return the report of today's suite over a version, or None if there is none.

    Raises:
        DatasetError: the report is about other rows.
    """
    return _read(store, version, _suite(version, settings, limits))


def is_about(report: ValidationReport, version: DatasetVersion) -> bool:
    """Tell whether a report judged this version and these rows."""
    same_rows = report.manifest_sha256 == version.manifest.sha256
    return same_rows and report.version_id == version.version_id


def report_key(version: DatasetVersion, suite_sha256: str) -> str:
    """Return the key of the report that a suite left of a version."""
    return f"{version.prefix}/validation/{suite_sha256[:12]}/report.json"


def _suite(
    version: DatasetVersion, settings: IngestSettings, limits: ValidationRules | None
) -> tuple[Rule, ...]:
    return rules(version.classes, settings, limits or load_validation())


def _read(
    store: ObjectStore, version: DatasetVersion, suite: tuple[Rule, ...]
) -> ValidationReport | None:
    key = report_key(version, suite_digest(suite))
    found = read_if_there(store, key)
    if found is None:
        return None
    report = ValidationReport.from_json_bytes(found.payload, what=key, error=DatasetError)
    if not is_about(report, version):
        raise DatasetError(
            f"{key}: expected a report on manifest {version.manifest.sha256[:12]}, found one on "
            f"{report.manifest_sha256[:12]} of version {report.version_id}. "
            "The report was altered: do not train on this version."
        )
    return report


def _judge(
    store: ObjectStore, version: DatasetVersion, suite: tuple[Rule, ...]
) -> ValidationReport:
    from safety_tasks.validate.expectations import run_suite
    from safety_tasks.validate.tables import build_tables

    digest = suite_digest(suite)
    before = None
    if version.parent_id is not None:
        before = read_manifest_table(store, read_version(store, version.parent_id))
    tables = build_tables(version, read_manifest_table(store, version), before)
    with tempfile.TemporaryDirectory(prefix="validate-") as folder:
        expectations, pages = run_suite(suite, tables, Path(folder), version=version, digest=digest)
    docs = f"{version.prefix}/validation/{digest[:12]}/data_docs"
    put_all(
        store,
        ((f"{docs}/{path}", payload) for path, payload in pages.items()),
        only_if_absent=False,
    )
    report = ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256=digest,
        success=all(item.success or item.severity == "warn" for item in expectations)
        and bool(expectations),
        expectations=expectations,
        data_docs_key=f"{docs}/index.html",
    )
    put_artifact(store, report_key(version, digest), report.to_json_bytes())
    return report


def _told(item: Expectation) -> str:
    """Return one outcome in a line: what was judged, why, what was seen and required, the worst rows."""
    worst = f"; worst: {' | '.join(item.worst)}" if item.worst else ""
    seen = f"observed {item.observed}, required {item.required}"
    return f"{item.name} of {item.subject}: {item.reason} ({seen}{worst})"
