"""Judge one delivered picture with its label: an arrival, or a ledger row that says why not.

Rules: a picture and its label are believed together or not at all; a picture without a label file is never taken for a
background, and an empty label only if the batch says so; a batch of false alarms or backgrounds holds no box.
"""

from dataclasses import dataclass, field

from safety_tasks.digests import sha256_bytes
from safety_tasks.ingest.delivery import Delivery
from safety_tasks.ingest.formats.labels import LabelProblem, ParsedLabel
from safety_tasks.ingest.picture_checks import PictureProblem
from safety_tasks.ingest.picture_workers import PictureWorkers
from safety_tasks.ingest.signatures import Signature
from safety_tasks.records.batch import WITHOUT_HAZARD
from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.records.picture import Arrival, label_text


@dataclass(frozen=True)
class Judged:
    """What became of one picture: an arrival with its signature, or None; and its ledger rows."""

    file: str
    payload: bytes | None
    arrival: Arrival | None = None
    signature: Signature | None = None
    rows: tuple[LedgerRow, ...] = ()
    class_ids: frozenset[int] = field(default_factory=frozenset)


def judge_picture(
    delivery: Delivery,
    file: str,
    workers: PictureWorkers,
    *,
    max_bytes: int,
    purged: frozenset[str],
) -> Judged:
    """Check one picture and its label.

    Args:
        delivery: the batch.
        file: the picture's name in it.
        workers: where pictures are decoded.
        max_bytes: the largest picture that is read.
        purged: digests of pictures that must never come back.
    """
    rows: list[LedgerRow] = []

    def note(kind: LedgerKind, rule: str, observed: str, action: LedgerAction) -> None:
        row = {"batch_id": delivery.info.batch_id, "file": file, "kind": kind, "rule": rule}
        rows.append(LedgerRow.model_validate(row | {"observed": observed, "action": action}))

    def refused(
        rule: str, observed: str, payload: bytes | None, ids: frozenset[int] = frozenset()
    ) -> Judged:
        note(LedgerKind.PICTURE, rule, observed, LedgerAction.QUARANTINED)
        return Judged(file, payload, rows=tuple(rows), class_ids=ids)

    size = delivery.source.size_bytes(file)
    if size > max_bytes:
        return refused("too_large", f"expected ≤ {max_bytes} bytes, found {size}", None)
    payload = delivery.source.read(file, max_bytes)
    digest = sha256_bytes(payload)
    if digest in purged:
        observed = f"{digest[:12]} was purged and must not come back"
        note(LedgerKind.PICTURE, "purged_picture", observed, LedgerAction.DROPPED)
        return Judged(file, None, rows=tuple(rows))
    checked = workers.check(payload, file)
    if isinstance(checked, PictureProblem):
        return refused(checked.rule, checked.observed, payload)
    label = delivery.labels.label_of(file, checked.width_px, checked.height_px)
    ids = (
        frozenset(b.class_id for b in label.boxes)
        if isinstance(label, ParsedLabel)
        else frozenset()
    )
    label = _believed(label, delivery)
    if isinstance(label, LabelProblem):
        return refused(label.rule, label.observed, payload, ids)
    for rule, observed in label.mended:
        note(LedgerKind.BOX, rule, observed, LedgerAction.CHANGED)
    for rule, observed in label.warned:
        note(LedgerKind.BOX, rule, observed, LedgerAction.WARNED)
    arrival = Arrival(
        sha256=digest,
        extension=checked.extension,
        width_px=checked.width_px,
        height_px=checked.height_px,
        brightness=checked.brightness,
        sharpness=checked.sharpness,
        label_sha256=sha256_bytes(label_text(label.boxes).encode()),
        file=file,
        batch_id=delivery.info.batch_id,
        kind=delivery.info.kind,
        site=delivery.info.site,
        camera=delivery.camera_of(file),
        scene=delivery.scene_of(file),
        boxes=label.boxes,
    )
    return Judged(file, payload, arrival, checked.signature, tuple(rows), ids)


def _believed(
    label: ParsedLabel | LabelProblem | None, delivery: Delivery
) -> ParsedLabel | LabelProblem:
    """Return a label that fits what the batch says of itself, else why it does not."""
    if label is None:
        observed = "no label: a picture without one is not a background; deliver an empty label"
        return LabelProblem("missing_label", observed)
    if isinstance(label, LabelProblem):
        return label
    if label.boxes and delivery.info.kind in WITHOUT_HAZARD:
        observed = f"{len(label.boxes)} boxes in a batch of kind {delivery.info.kind.value}"
        return LabelProblem("box_without_hazard", observed)
    if not label.boxes and not delivery.info.empty_means_background:
        observed = "say empty_label_is_background in batch.json if it is meant"
        return LabelProblem("empty_label_undeclared", observed)
    return label
