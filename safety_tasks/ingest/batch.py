"""The verb ``ingest_batch``: a delivered batch becomes a new dataset version.

Rules: pictures and labels are written once, under their digest; the version's record is written last, so a
version that can be read is whole; the same input gives the same version; every dropped picture has a ledger
row, and a batch that loses too many is refused whole, with its reason in quarantine/.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from safety_tasks.config import IngestSettings
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivery import READY, Delivery, batch_prefix, read_delivery
from safety_tasks.ingest.labels import LabelProblem, parse_label
from safety_tasks.ingest.picture_checks import CheckedPicture, PictureProblem, check_picture
from safety_tasks.ingest.scenes import group_near_duplicates, scene_by_rule
from safety_tasks.ingest.versions import Base, build_version, load_base
from safety_tasks.records.dataset import Box, DatasetVersion, LedgerKind, LedgerRow
from safety_tasks.store.base import ObjectStore, put_artifact

Progress = Callable[[int, int], None]
_HARMLESS = frozenset({"duplicate_picture"})


@dataclass(frozen=True)
class Accepted:
    """A picture that passed, not yet in a scene or split."""

    file: str
    sha256: str
    checked: CheckedPicture
    boxes: tuple[Box, ...]


@dataclass
class _Intake:
    batch_id: str
    accepted: dict[str, Accepted] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)

    def note(self, item: str, kind: LedgerKind, action: str, reason: str, detail: str) -> None:
        self.ledger.append(
            LedgerRow.model_validate(
                {
                    "batch_id": self.batch_id,
                    "item": item,
                    "kind": kind,
                    "action": action,
                    "reason": reason,
                    "detail": detail,
                }
            )
        )


def ready_batches(store: ObjectStore, known: Iterable[str]) -> tuple[str, ...]:
    """Return the delivered batches that are complete and not yet in a dataset, in order."""
    done = set(known)
    found = {
        key.split("/")[1]
        for key in store.keys("incoming/")
        if key.count("/") == 2 and key.endswith("/" + READY)
    }
    return tuple(sorted(found - done))


def ingest_batch(
    store: ObjectStore,
    batch_id: str,
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    base_version: str | None = None,
    progress: Progress = lambda done, total: None,
) -> DatasetVersion:
    """Ingest one batch on top of a dataset version.

    Args:
        store: where the batch lies and the version goes.
        batch_id: the folder under ``incoming/``.
        settings: limits and split shares.
        classes: hazard names; the index is the class id.
        base_version: the version to add to; None starts a new dataset.
        progress: called with pictures done and their total.

    Returns:
        the new version; the base itself if the batch is in it already.

    Raises:
        BatchError: the batch is unfit as a whole; unless it is incomplete, the reason is also in ``quarantine/``.
    """
    base = load_base(store, base_version)
    if base.version is not None and batch_id in base.version.batches:
        return base.version
    try:
        delivery = read_delivery(store, batch_id, classes)
        intake = _take_in(store, batch_id, delivery, settings, base, progress)
        _check_ceiling(intake, len(delivery.pictures), settings)
    except BatchError as problem:
        if store.exists(batch_prefix(batch_id) + READY):  # else it may still be on its way
            quarantine_batch(store, batch_id, str(problem))
        raise
    scenes = _name_scenes(intake, delivery, base, settings)
    return build_version(
        store,
        base,
        delivery.info,
        [(item.file, item.sha256, item.checked, item.boxes) for item in intake.accepted.values()],
        scenes,
        intake.ledger,
        settings,
        classes,
    )


def _take_in(
    store: ObjectStore,
    batch_id: str,
    delivery: Delivery,
    settings: IngestSettings,
    base: Base,
    progress: Progress,
) -> _Intake:
    intake = _Intake(batch_id)
    prefix = batch_prefix(batch_id)
    for label in delivery.orphan_labels:
        intake.note(label, LedgerKind.LABEL, "dropped", "orphan_label", "no picture beside it")

    def fetch(pair: tuple[str, str | None]) -> tuple[str, bytes, bytes | None]:
        file, label = pair
        content = store.get(prefix + label).payload if label else None
        return file, store.get(prefix + file).payload, content

    with ThreadPoolExecutor(max_workers=8) as pool:
        for done, (file, payload, text) in enumerate(
            pool.map(fetch, delivery.pictures.items()), start=1
        ):
            item = _judge(file, payload, text, delivery, settings, intake)
            if item is not None and _is_new(item, intake, base):
                put_artifact(store, _object_key(item), payload)
                intake.accepted[item.sha256] = item
            progress(done, len(delivery.pictures))
    return intake


def _judge(
    file: str,
    payload: bytes,
    label: bytes | None,
    delivery: Delivery,
    settings: IngestSettings,
    intake: _Intake,
) -> Accepted | None:
    """Check a picture and its label; a problem becomes a ledger row and None."""
    checked = check_picture(
        payload, file, max_bytes=settings.max_picture_bytes, max_pixels=settings.max_picture_pixels
    )
    if isinstance(checked, PictureProblem):
        intake.note(file, LedgerKind.PICTURE, "dropped", checked.reason, checked.detail)
        return None
    if label is None:
        detail = "a picture without a label file is not a background: deliver an empty one"
        intake.note(file, LedgerKind.PICTURE, "dropped", "missing_label", detail)
        return None
    parsed = parse_label(
        label,
        delivery.class_map,
        max_bytes=settings.max_label_bytes,
        max_boxes=settings.max_boxes_per_picture,
    )
    if isinstance(parsed, LabelProblem):
        intake.note(file, LedgerKind.PICTURE, "dropped", parsed.reason, parsed.detail)
        return None
    if not parsed.boxes and not delivery.info.empty_label_is_background:
        detail = "say empty_label_is_background in batch.json if it is meant"
        intake.note(file, LedgerKind.PICTURE, "dropped", "empty_label_undeclared", detail)
        return None
    for reason, detail in parsed.mended:
        intake.note(file, LedgerKind.BOX, "changed", reason, detail)
    return Accepted(file, sha256_bytes(payload), checked, parsed.boxes)


def _is_new(item: Accepted, intake: _Intake, base: Base) -> bool:
    """Tell whether the picture is not there yet; the first label of a picture stands."""
    there = base.boxes.get(item.sha256)
    if there is None and item.sha256 in intake.accepted:
        there = intake.accepted[item.sha256].boxes
    if there is None:
        return True
    reason = "duplicate_picture" if there == item.boxes else "conflicting_labels"
    detail = f"the same bytes came before ({item.sha256[:12]}); the first label stands"
    intake.note(item.file, LedgerKind.PICTURE, "dropped", reason, detail)
    return False


def _check_ceiling(intake: _Intake, total: int, settings: IngestSettings) -> None:
    reasons = Counter(
        row.reason
        for row in intake.ledger
        if row.kind is LedgerKind.PICTURE and row.reason not in _HARMLESS
    )
    dropped = reasons.total()
    if dropped > settings.max_dropped_fraction * total:
        worst = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common(5))
        example = next(r for r in intake.ledger if r.reason == reasons.most_common(1)[0][0])
        raise BatchError(
            f"{batch_prefix(intake.batch_id)}: expected at most "
            f"{settings.max_dropped_fraction:.0%} of {total} pictures to be unusable, found {dropped} "
            f"({worst}). For example {example.item}: {example.detail}. Mend and deliver it anew."
        )


def _name_scenes(
    intake: _Intake, delivery: Delivery, base: Base, settings: IngestSettings
) -> dict[str, str]:
    named: dict[str, str] = {}
    for item in intake.accepted.values():
        scene = scene_by_rule(item.file, delivery.info.scene_rules) or delivery.scene_of(item.file)
        if scene is not None:
            named[item.sha256] = scene
    unnamed = {s: a.checked.phash for s, a in intake.accepted.items() if s not in named}
    known = base.scenes | {
        sha256: (intake.accepted[sha256].checked.phash, scene) for sha256, scene in named.items()
    }
    return named | group_near_duplicates(unnamed, known, settings.scene_phash_distance)


def _object_key(item: Accepted) -> str:
    return f"dataset/objects/{item.sha256[:2]}/{item.sha256}.{item.checked.extension}"


def quarantine_batch(store: ObjectStore, batch_id: str, reason: str) -> None:
    """Keep a batch from being tried again by itself, and say why."""
    note = json.dumps({"batch_id": batch_id, "reason": reason}, ensure_ascii=False, indent=1)
    store.put(f"quarantine/{batch_id}/reason.json", note.encode())
