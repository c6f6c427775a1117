"""The verb ``purge_picture``: a person's picture really goes.

Rules: the tombstone comes first, so that a cut purge is finished by the next one and the picture can never come back;
then the bytes go, wherever this system keeps them; then a version without it is written, with a row in the ledger; what
cannot be taken back (models trained on it, releases that hold it, archives it came in) is named, never passed over.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from safety_tasks.errors import DatasetError
from safety_tasks.ingest.rows import picture_row
from safety_tasks.ingest.traces import Traces, delete_bytes, find_traces, forget_signature
from safety_tasks.ingest.versions import load_base, rewrite_version, summarise
from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff, PurgeReport, Tombstone
from safety_tasks.records.ledger import LedgerAction
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_tombstone, tombstone_key


def purge_picture(
    store: ObjectStore,
    picture_sha256: str,
    *,
    current: DatasetVersion | None,
    purged_by: str,
    why: str,
    from_releases: bool = False,
) -> PurgeReport:
    """Remove a picture's bytes for good.

    Args:
        store: where everything is kept.
        picture_sha256: the picture, all 64 digits.
        current: the current version; a version without the picture is built on it.
        purged_by: who asks for it.
        why: the reason, for the record.
        from_releases: also delete it where it is a release's golden picture; devices can then no longer install that
            release.

    Returns:
        what went, what stays and where, and the new version, not yet validated (None if the current one is free of it).

    Raises:
        DatasetError: nobody knows such a picture, or no name or reason was given.
    """
    if not purged_by.strip() or not why.strip():
        raise DatasetError("expected who purges and why, found an empty text. Give --by and --why.")
    grave = read_tombstone(store, picture_sha256)
    traces = find_traces(store, picture_sha256, size_bytes=grave.size_bytes if grave else None)
    if grave is None and not traces.is_known:
        raise DatasetError(
            f"expected a picture of a version, a delivery or quarantine, found none with sha256 {picture_sha256}. "
            "Give all 64 digits; safety-tasks dataset show lists them."
        )
    if grave is None:
        grave = Tombstone(
            picture_sha256=picture_sha256,
            size_bytes=traces.size_bytes,
            purged_by=purged_by.strip(),
            why=why.strip(),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=traces.versions,
            runs=traces.runs,
            releases=traces.releases,
        )
        store.put(tombstone_key(picture_sha256), grave.to_json_bytes())
    removed = delete_bytes(store, traces, from_releases=from_releases)
    version = _without(store, current, traces, grave) if current is not None else None
    return PurgeReport(
        tombstone=grave, removed=removed, left=traces.left(from_releases), version=version
    )


def _without(
    store: ObjectStore, current: DatasetVersion, traces: Traces, grave: Tombstone
) -> DatasetVersion | None:
    """Write a version without the picture, or return None if the current one is free of it."""
    base = load_base(store, current.version_id)
    gone = next((p for p in base.pictures if p.sha256 == traces.sha256), None)
    if gone is None:
        return None
    pictures = [picture for picture in base.pictures if picture is not gone]
    observed = f"{gone.sha256[:12]} purged by {grave.purged_by}: {grave.why}"
    row = picture_row(gone, "purged_picture", observed, LedgerAction.PURGED)
    signatures, old = forget_signature(store, current.signatures, gone.sha256)
    version = rewrite_version(
        store,
        base,
        pictures,
        ledger=[*base.ledger, row],
        signatures=signatures,
        sign_off=_sign_off(current, base.pictures, pictures, grave)
        if gone.split == "holdout"
        else None,
    )
    for artifact in old:
        store.delete(artifact.key)
    return version


def _sign_off(
    current: DatasetVersion,
    before: Sequence[Picture],
    after: Sequence[Picture],
    grave: Tombstone,
) -> HoldoutSignOff:
    return HoldoutSignOff(
        approved_by=grave.purged_by,
        why=f"purge of {grave.picture_sha256[:12]}: {grave.why}",
        at=grave.at,
        parent_id=current.version_id,
        scenes=(),
        before=summarise(before, "holdout", current.classes),
        after=summarise(after, "holdout", current.classes),
    )
