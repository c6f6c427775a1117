"""Compare what batches bring with what the dataset holds.

Rules: the same bytes are one picture; its first label stands, unless a batch says that it replaces labels; a label of
the holdout is never replaced; contradictions count against the batch's ceilings; batches are taken in order of their
names, so that the order they came in does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from safety_tasks.ingest.ceilings import check_ceilings
from safety_tasks.ingest.rows import picture_row
from safety_tasks.records.batch import BatchIntake
from safety_tasks.records.ledger import LedgerAction, LedgerRow
from safety_tasks.records.picture import Arrival, Picture
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.tables import ARRIVAL_SCHEMA, LEDGER_SCHEMA, decode_rows


@dataclass(frozen=True)
class Coming:
    """What is to be placed: the known pictures (some with a new label), the new ones, and ledger rows of both."""

    known: tuple[Picture, ...]
    added: tuple[Arrival, ...]
    rows: tuple[LedgerRow, ...]


def sort_arrivals(
    store: ObjectStore,
    intakes: Sequence[BatchIntake],
    pictures: Sequence[Picture],
    settings: IngestSettings,
) -> Coming:
    """Sort what batches bring into new pictures, new labels and repetitions.

    Args:
        store: where the intakes' tables are.
        intakes: batches in order of their names.
        pictures: what the dataset holds.
        settings: the ceilings.

    Raises:
        BatchError: too much of a batch contradicts what is known.
    """
    known = {picture.sha256: picture for picture in pictures}
    added: dict[str, Arrival] = {}
    rows: list[LedgerRow] = []
    for intake in intakes:
        mine = list(
            decode_rows(
                get_artifact(store, intake.ledger), LedgerRow, LEDGER_SCHEMA, what=intake.ledger.key
            )
        )
        arrivals = decode_rows(
            get_artifact(store, intake.arrivals), Arrival, ARRIVAL_SCHEMA, what=intake.arrivals.key
        )
        for arrival in arrivals:
            row = _add(arrival, known, added, replaces=intake.info.replaces_labels)
            if row is not None:
                mine.append(row)
        check_ceilings(f"batch {intake.batch_id}", mine, intake.delivered, {}, {}, settings)
        rows += mine
    return Coming(
        tuple(known[picture.sha256] for picture in pictures),
        tuple(added[name] for name in sorted(added)),
        tuple(rows),
    )


def _add(
    arrival: Arrival, known: dict[str, Picture], added: dict[str, Arrival], *, replaces: bool
) -> LedgerRow | None:
    """Add an arrival, or return the ledger row of what was done instead."""
    there: Arrival | None = known.get(arrival.sha256) or added.get(arrival.sha256)
    if there is None:
        added[arrival.sha256] = arrival
        return None
    came = f"the same bytes came as {there.file} of batch {there.batch_id}"
    if there.label_sha256 == arrival.label_sha256:
        return picture_row(arrival, "duplicate_picture", came, LedgerAction.DROPPED)
    if not replaces:
        observed = (
            f"{came}; the first label stands: say replaces_labels in batch.json if it is mended"
        )
        return picture_row(arrival, "conflicting_labels", observed, LedgerAction.DROPPED)
    mended = {"boxes": arrival.boxes, "label_sha256": arrival.label_sha256}
    if isinstance(there, Picture):
        if there.split == "holdout":
            observed = f"{came}, and it is in the holdout: a frozen label is not replaced"
            return picture_row(arrival, "holdout_is_frozen", observed, LedgerAction.DROPPED)
        known[arrival.sha256] = there.model_copy(update=mended)
    else:
        added[arrival.sha256] = there.model_copy(update=mended)
    return picture_row(arrival, "label_replaced", came, LedgerAction.CHANGED)
