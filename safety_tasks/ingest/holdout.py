"""The verb ``extend_holdout``: the only way by which the holdout grows, and how somebody signs for it.

Rules: whole scenes move, with all that waits of them in reserve; a scene that a released model trained or chose on
never becomes a judge, nor one that holds a near-copy of what is learnt from; the counts before and after, who decided
and why are kept beside the new version for ever; nothing ever leaves the holdout but by a purge.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.bundle.layout import RELEASES, release_seq_of
from safety_tasks.errors import DatasetError, ReleaseError
from safety_tasks.ingest.components import Components
from safety_tasks.ingest.near_duplicates import near_duplicate_links
from safety_tasks.ingest.signature_tables import read_signatures
from safety_tasks.ingest.versions import load_base, rewrite_version, summarise
from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_manifest_table, read_version

_LEARNT: Final = ("train", "val")


def extend_holdout(
    store: ObjectStore,
    version: DatasetVersion,
    scenes: Sequence[str],
    *,
    approved_by: str,
    why: str,
) -> tuple[DatasetVersion, HoldoutSignOff]:
    """Make a version whose holdout has more scenes.

    Args:
        store: where versions are.
        version: the one to build on.
        scenes: scenes to add; a scene that is in the holdout already gets what waits of it in reserve; none at all
            signs for the holdout as it is.
        approved_by: who signs for it.
        why: the reason, for the record.

    Returns:
        the new version, not yet validated, and the sign-off with the counts before and after.

    Raises:
        DatasetError: an unknown scene, no name or reason, or a scene that a released model learnt from.
    """
    base = load_base(store, version.version_id)
    wanted = tuple(sorted(set(scenes)))
    unknown = sorted(set(wanted) - {picture.scene for picture in base.pictures})
    if unknown:
        raise DatasetError(
            f"expected scenes of version {version.version_id}, found {', '.join(unknown)}. "
            "See safety-tasks dataset show --scenes."
        )
    if not approved_by.strip() or not why.strip():
        raise DatasetError(
            "expected who approves and why, found an empty text. Give --by and --why."
        )
    learnt = released_scenes(store)
    taken = [scene for scene in wanted if scene in learnt]
    if taken:
        listed = ", ".join(f"{scene} (release {learnt[scene]})" for scene in taken)
        raise DatasetError(
            f"expected scenes that no released model learnt from, found {listed}. A model cannot be judged on what it "
            "learnt: choose scenes that came later, or those in reserve."
        )
    pictures = [_moved(picture, wanted) for picture in base.pictures]
    _refuse_copies(store, version, pictures, wanted)
    sign_off = HoldoutSignOff(
        approved_by=approved_by.strip(),
        why=why.strip(),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        parent_id=version.version_id,
        scenes=wanted,
        before=summarise(base.pictures, "holdout", version.classes),
        after=summarise(pictures, "holdout", version.classes),
    )
    grown = rewrite_version(store, base, pictures, sign_off=sign_off)
    return grown, sign_off


def released_scenes(store: ObjectStore) -> dict[str, int]:
    """Return the scenes that released models trained or chose on, with the first such release.

    Raises:
        DatasetError: a release or its dataset cannot be read, so nobody can know.
    """
    learnt: dict[str, int] = {}
    for key in store.keys(RELEASES):
        release_seq = release_seq_of(key)
        if release_seq is None:
            continue
        document = ReleaseDocument.from_json_bytes(
            store.get(key).payload, what=key, error=ReleaseError
        )
        table = read_manifest_table(store, read_version(store, document.dataset_version))
        learnt_from = pc.is_in(table.column("split"), value_set=pa.array(_LEARNT))
        for scene in table.column("scene").filter(learnt_from).unique().to_pylist():
            learnt.setdefault(scene, release_seq)
    return learnt


def _refuse_copies(
    store: ObjectStore, version: DatasetVersion, pictures: Sequence[Picture], scenes: Sequence[str]
) -> None:
    """Refuse a holdout that holds a near-copy of what train or val holds."""
    moved = [p for p in pictures if p.scene in scenes and p.split == "holdout"]
    learnt = [p for p in pictures if p.split in _LEARNT]
    both = Components(len(learnt) + len(moved))
    near_duplicate_links(
        read_signatures(store, version.signatures, [p.sha256 for p in moved]),
        read_signatures(store, version.signatures, [p.sha256 for p in learnt]),
        both,
    )
    scene_at = {both.root(index): picture.scene for index, picture in enumerate(learnt)}
    copies = {
        picture.scene: scene_at[root]
        for number, picture in enumerate(moved)
        if (root := both.root(len(learnt) + number)) in scene_at
    }
    if copies:
        listed = ", ".join(f"{scene} (like {other})" for scene, other in sorted(copies.items()))
        raise DatasetError(
            f"expected scenes without a near-copy in train or val, found {listed}. Choose others, or move both."
        )


def _moved(picture: Picture, scenes: Sequence[str]) -> Picture:
    if picture.scene in scenes and picture.split != "incident":
        return picture.model_copy(update={"split": "holdout"})
    return picture
