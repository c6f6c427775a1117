"""The verb ``diff_versions``: what came, went, moved and was relabelled between two versions.

Rules: pictures are the same by their bytes; rows are compared by columns, a million in seconds; the two need not be of
one line.
"""

from collections import Counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.dataset.columns import counts_of
from safety_tasks.dataset.results import Move, SupportChange, VersionDiff
from safety_tasks.records.dataset import DatasetVersion, Support
from safety_tasks.records.picture import SPLITS, Split
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_manifest_table

_COLUMNS: Final = ["sha256", "label_sha256", "scene", "split"]
_NONE: Final = Support(pictures=0, boxes=0, scenes=0)
_compute: Final[Any] = pc  # its functions are made at import, unseen by the type checker


def diff_versions(
    store: ObjectStore, older: DatasetVersion, newer: DatasetVersion, *, examples: int = 20
) -> VersionDiff:
    """Compare two versions.

    Args:
        store: where versions are.
        older: the one to compare with.
        newer: the one to describe.
        examples: how many digests to name of each change, the first in order.

    Raises:
        ArtifactError: a manifest was altered.
        DatasetError: a manifest is malformed.
    """
    before = read_manifest_table(store, older).select(_COLUMNS)
    after = read_manifest_table(store, newer).select(_COLUMNS)
    place = _compute.index_in(
        before.column("sha256"), value_set=after.column("sha256").combine_chunks()
    )
    removed = before.filter(_compute.is_null(place))
    came = _compute.index_in(
        after.column("sha256"), value_set=before.column("sha256").combine_chunks()
    )
    added = after.filter(_compute.is_null(came))
    kept = before.filter(_compute.is_valid(place))
    now = after.take(_compute.drop_null(place))
    digests = kept.column("sha256")
    moved, relabelled, renamed = (
        _differ(kept, now, column) for column in ("split", "label_sha256", "scene")
    )
    changes = {
        "added": added.column("sha256"),
        "removed": removed.column("sha256"),
        "moved": digests.filter(pa.array(moved)),
        "relabelled": digests.filter(pa.array(relabelled)),
    }
    return VersionDiff(
        older_id=older.version_id,
        newer_id=newer.version_id,
        classes_added=tuple(name for name in newer.classes if name not in older.classes),
        batches_added=tuple(sorted(set(newer.batches) - set(older.batches))),
        batches_removed=tuple(sorted(set(older.batches) - set(newer.batches))),
        added=_by_split(added),
        removed=_by_split(removed),
        moved=_moves(kept.filter(pa.array(moved)), now.filter(pa.array(moved))),
        relabelled=int(relabelled.sum()),
        renamed_scenes=int(renamed.sum()),
        holdout_changed=older.holdout.sha256 != newer.holdout.sha256,
        hazards=_hazards(older, newer),
        examples={
            name: tuple(sorted(column.to_pylist())[:examples]) for name, column in changes.items()
        },
    )


def _differ(before: pa.Table, after: pa.Table, column: str) -> npt.NDArray[np.bool_]:
    found = _compute.not_equal(
        before.column(column).combine_chunks(), after.column(column).combine_chunks()
    )
    return found.to_numpy(zero_copy_only=False).astype(bool)  # type: ignore[no-any-return]


def _by_split(table: pa.Table) -> dict[Split, int]:
    counts = counts_of(table.column("split"))
    return {split: counts[split] for split in SPLITS if split in counts}


def _moves(before: pa.Table, after: pa.Table) -> tuple[Move, ...]:
    pairs = Counter(
        zip(before.column("split").to_pylist(), after.column("split").to_pylist(), strict=True)
    )
    return tuple(Move(before=a, after=b, pictures=n) for (a, b), n in sorted(pairs.items()))


def _hazards(older: DatasetVersion, newer: DatasetVersion) -> tuple[SupportChange, ...]:
    """Return the support of every hazard that is not the same in both, split by split."""
    changes = []
    for split in SPLITS:
        for hazard in dict.fromkeys((*older.classes, *newer.classes)):
            before, after = (_support(version, split, hazard) for version in (older, newer))
            if before != after:
                changes.append(
                    SupportChange(split=split, hazard=hazard, before=before, after=after)
                )
    return tuple(changes)


def _support(version: DatasetVersion, split: Split, hazard: str) -> Support:
    summary = version.splits.get(split)
    return summary.hazards.get(hazard, _NONE) if summary else _NONE
