"""The verbs ``show_version`` and ``show_holdout``: what a version holds, and who signed for what judges models."""

from safety_tasks.dataset.columns import counts_of, scene_lines
from safety_tasks.dataset.listing import validation_of
from safety_tasks.dataset.results import HoldoutView, LedgerCount, VersionView
from safety_tasks.errors import DatasetError
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.manifests import lineage, read_current, read_manifest_table
from safety_tasks.store.tables import LEDGER_SCHEMA, decode_table


def show_version(
    store: ObjectStore, version: DatasetVersion, *, with_scenes: bool = False
) -> VersionView:
    """Return what a version holds.

    Args:
        store: where versions are.
        version: the version.
        with_scenes: also count each scene.

    Raises:
        ArtifactError: a table was altered.
        DatasetError: a table or a record is malformed.
        ObjectNotFound: a table, or a version that it was built on, is missing.
    """
    table = read_manifest_table(store, version)
    current = read_current(store)
    sign_off = version.holdout.sign_off
    return VersionView(
        version_id=version.version_id,
        lineage=tuple(each.version_id for each in lineage(store, version)),
        is_current=current is not None and current[0].version_id == version.version_id,
        validation=validation_of(store, version.version_id),
        classes=version.classes,
        batches=version.batches,
        synthetic=version.synthetic,
        backgrounds_declared=version.backgrounds_declared,
        splits=version.splits,
        kinds=counts_of(table.column("kind")),
        sites=counts_of(table.column("site")),
        ledger=_ledger(store, version),
        holdout=version.holdout,
        sign_off=read_sign_off(store, sign_off) if sign_off else None,
        scenes=scene_lines(table, version.classes) if with_scenes else None,
    )


def show_holdout(store: ObjectStore, version: DatasetVersion) -> HoldoutView:
    """Return what a version's holdout holds, every sign-off on its way here, and what waits of which scene.

    Raises:
        as ``show_version``.
    """
    signed = {
        each.holdout.sign_off.key: each.holdout.sign_off
        for each in lineage(store, version)
        if each.holdout.sign_off is not None
    }
    scenes = scene_lines(read_manifest_table(store, version), version.classes)
    return HoldoutView(
        version_id=version.version_id,
        classes=version.classes,
        holdout=version.holdout,
        summary=version.splits["holdout"],
        sign_offs=tuple(read_sign_off(store, artifact) for artifact in signed.values()),
        waiting=tuple(line for line in scenes if "reserve" in line.pictures),
    )


def read_sign_off(store: ObjectStore, artifact: Artifact) -> HoldoutSignOff:
    """Read and prove who signed for a holdout."""
    payload = get_artifact(store, artifact)
    return HoldoutSignOff.from_json_bytes(payload, what=artifact.key, error=DatasetError)


def _ledger(store: ObjectStore, version: DatasetVersion) -> tuple[LedgerCount, ...]:
    table = decode_table(
        get_artifact(store, version.ledger), LEDGER_SCHEMA, what=version.ledger.key
    )
    counted = (
        table.select(["rule", "action"])
        .group_by(["rule", "action"], use_threads=False)
        .aggregate([([], "count_all")])
        .sort_by([("rule", "ascending"), ("action", "ascending")])
    )
    return tuple(
        LedgerCount(rule=row["rule"], action=row["action"], rows=row["count_all"])
        for row in counted.to_pylist()
    )
