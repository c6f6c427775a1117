"""The verb ``verify_version``: prove everything that a version says, down to the last picture.

Rules: it lists all that is wrong and never stops at the first; pictures and labels are read one by one, so that memory
does not grow with the version; what was purged is named as purged and is no damage, but bytes that are there in spite
of a purge are; what cannot be read is not sound.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import pyarrow as pa
from pydantic import ValidationError

from safety_tasks.dataset.columns import among, digest_of_holdout, repeated, summarise_columns
from safety_tasks.dataset.results import Damage, VersionProof
from safety_tasks.dataset.row_proof import RowProof, prove_row
from safety_tasks.dataset.showing import read_sign_off
from safety_tasks.errors import ObjectNotFound, SafetyTasksError
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.bulk import in_order
from safety_tasks.store.manifests import lineage, purged_pictures, read_version
from safety_tasks.store.tables import LEDGER_SCHEMA, PICTURE_SCHEMA, SIGNATURE_SCHEMA, decode_table

_THREADS: Final = 16  # each holds one picture, of at most some 32 MiB
_ROWS: Final = 4096
_NEEDED: Final = ("sha256", "label_sha256", "scene", "split", "boxes")
_JUDGES: Final = {"holdout", "incident"}


def verify_version(
    store: ObjectStore,
    version_id: str,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> VersionProof:
    """Prove a version.

    Args:
        store: where versions are.
        version_id: the version.
        progress: called with pictures done and their total.

    Raises:
        ObjectNotFound: there is no such version.
    """
    damage: list[Damage] = []

    def note(where: str, found: object) -> None:
        damage.append(Damage(where=where, found=str(found)))

    def proof(pictures: int = 0, purged: tuple[str, ...] = ()) -> VersionProof:
        return VersionProof(
            version_id=version_id, pictures=pictures, damage=tuple(damage), purged=purged
        )

    try:
        version = read_version(store, version_id)
    except ObjectNotFound:
        raise
    except SafetyTasksError as problem:
        note(f"dataset/versions/{version_id}/version.json", problem)
        return proof()
    for found in (_history(store, version), _signed(store, version)):
        damage.extend(found)
    table = _table(store, version.manifest, PICTURE_SCHEMA, note)
    ledger = _table(store, version.ledger, LEDGER_SCHEMA, note)
    if ledger is not None and ledger.num_rows != version.ledger_rows:
        note(version.ledger.key, f"expected {version.ledger_rows} rows, found {ledger.num_rows}")
    if table is None:
        return proof()
    damage.extend(_columns(table, version))
    gone = purged_pictures(store)
    lost = among(gone, table.column("sha256"))
    for artifact in version.signatures:
        # A purge writes the table that held the picture anew, for the versions to come.
        if not (lost and not store.exists(artifact.key)):
            _table(store, artifact, SIGNATURE_SCHEMA, note)
    purged: list[str] = []

    def prove(row: dict[str, object]) -> RowProof:
        return prove_row(store, row, len(version.classes), gone)

    rows = in_order(prove, _rows(table), lambda row: 0, _THREADS)
    for done, each in enumerate(rows, start=1):
        damage.extend(each.damage)
        purged += [each.purged] if each.purged else []
        progress(done, table.num_rows)
    return proof(table.num_rows, tuple(purged))


def _rows(table: pa.Table) -> Iterator[dict[str, object]]:
    """Yield the rows, a few thousand at a time as Python values."""
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from batch.to_pylist()


def _table(
    store: ObjectStore,
    artifact: Artifact,
    schema: pa.Schema,
    note: Callable[[str, object], None],
) -> pa.Table | None:
    try:
        return decode_table(get_artifact(store, artifact), schema, what=artifact.key)
    except SafetyTasksError as problem:
        note(artifact.key, problem)
        return None


def _history(store: ObjectStore, version: DatasetVersion) -> Iterator[Damage]:
    try:
        lineage(store, version)
    except SafetyTasksError as problem:
        yield Damage(where=f"{version.prefix}: lineage", found=str(problem))


def _signed(store: ObjectStore, version: DatasetVersion) -> Iterator[Damage]:
    if version.holdout.sign_off is None:
        return
    try:
        read_sign_off(store, version.holdout.sign_off)
    except SafetyTasksError as problem:
        yield Damage(where=version.holdout.sign_off.key, found=str(problem))


def _columns(table: pa.Table, version: DatasetVersion) -> Iterator[Damage]:
    """Prove what the rows say together."""
    where = version.manifest.key
    empty = [name for name in _NEEDED if table.column(name).null_count]
    if empty:
        yield Damage(where=where, found=f"expected no empty cell, found some in {', '.join(empty)}")
        return
    for sha256, times in repeated(table.column("sha256")).items():
        yield Damage(where=where, found=f"expected picture {sha256} once, found it {times} times")
    sides: dict[str, Counter[str]] = {}
    names = zip(table.column("scene").to_pylist(), table.column("split").to_pylist(), strict=True)
    for scene, split in names:
        sides.setdefault(str(scene), Counter())[str(split)] += 1
    for scene, splits in sorted(sides.items()):
        used = set(splits) - {"reserve"}
        if len(used) > 1 and not used <= _JUDGES:
            found = ", ".join(f"{count} in {split}" for split, count in sorted(splits.items()))
            yield Damage(where=where, found=f"expected scene {scene} in one split, found {found}")
    held = digest_of_holdout(table)
    if held != version.holdout.sha256:
        yield Damage(
            where=where,
            found=f"expected the holdout {version.holdout.sha256[:12]}, found {held[:12]}",
        )
    try:
        counted = summarise_columns(table, version.classes)
    except (ValidationError, pa.ArrowInvalid) as problem:
        yield Damage(where=where, found=f"expected rows that can be counted, found: {problem}")
        return
    for split, summary in counted.items():
        if version.splits.get(split) != summary:
            yield Damage(
                where=where, found=f"expected the counts of {split} in the record, found others"
            )
