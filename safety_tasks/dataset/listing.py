"""The verb ``list_dataset_versions``: all versions there are, newest first.

Rules: a line runs from its newest version down; the current version's line comes first, then each side branch down to
where it left another; a version whose record cannot be believed is listed with the reason, and hides no other.
"""

from collections.abc import Iterable, Mapping

from safety_tasks.dataset.results import Validation, VersionLine
from safety_tasks.errors import ClassMapError, DatasetError
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_current, read_version

_VERSIONS = "dataset/versions/"


def list_dataset_versions(store: ObjectStore) -> tuple[VersionLine, ...]:
    """Return one line a version."""
    ids, reports = [], []
    for key in store.keys(_VERSIONS):
        if key.endswith("/version.json"):
            ids.append(key.split("/")[2])
        elif key.endswith("/report.json") and key.split("/")[3] == "validation":
            reports.append(key)
    current = read_current(store)
    current_id = current[0].version_id if current else None
    versions: dict[str, DatasetVersion] = {}
    broken: dict[str, str] = {}
    for version_id in ids:
        try:
            versions[version_id] = read_version(store, version_id)
        except (DatasetError, ClassMapError) as problem:
            broken[version_id] = str(problem)
    lines = []
    for version_id in in_lines({v.version_id: v.parent_id for v in versions.values()}, current_id):
        version = versions[version_id]
        parent = versions.get(version.parent_id or "")
        known = set(parent.batches) if parent else set()
        lines.append(
            VersionLine(
                version_id=version_id,
                parent_id=version.parent_id,
                batches=len(version.batches),
                new_batches=tuple(batch for batch in version.batches if batch not in known),
                pictures=sum(summary.pictures for summary in version.splits.values()),
                is_current=version_id == current_id,
                validation=_judged(store, version_id, reports),
            )
        )
    return (
        *lines,
        *(VersionLine(version_id=name, problem=reason) for name, reason in broken.items()),
    )


def validation_of(store: ObjectStore, version_id: str) -> Validation:
    """Return what the suites said of a version: any success counts, whatever suite was the newest."""
    return _judged(store, version_id, store.keys(f"{_VERSIONS}{version_id}/validation/"))


def in_lines(parent_of: Mapping[str, str | None], current: str | None) -> tuple[str, ...]:
    """Order versions: line after line, each newest first, the current version's line before all others.

    Args:
        parent_of: each version and its parent; a parent that is not among them ends a line.
        current: the current version, if there is one.
    """
    lines = []
    for head in sorted(set(parent_of) - set(parent_of.values())):
        line: list[str] = []
        name: str | None = head
        while name is not None and name in parent_of and name not in line:
            line.append(name)
            name = parent_of[name]
        lines.append(line)
    ordered: dict[str, None] = {}
    for line in sorted(lines, key=lambda line: (current not in line, -len(line), line)):
        ordered |= dict.fromkeys(line)
    return tuple(ordered)


def _judged(store: ObjectStore, version_id: str, keys: Iterable[str]) -> Validation:
    verdicts = set()
    for key in keys:
        if key.startswith(f"{_VERSIONS}{version_id}/") and key.endswith("/report.json"):
            try:
                report = ValidationReport.from_json_bytes(
                    store.get(key).payload, what=key, error=DatasetError
                )
            except DatasetError:
                continue  # written by other code: it says nothing today
            verdicts.add(report.success and report.version_id == version_id)
    return "passed" if True in verdicts else "failed" if verdicts else "none"
