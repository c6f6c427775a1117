"""What was taken in of a batch so far: arrivals in the order of the delivery, signatures, ledger, counts."""

from collections import Counter

from safety_tasks.ingest.delivery import Delivery
from safety_tasks.ingest.judging import Judged
from safety_tasks.ingest.signatures import Signature
from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.records.picture import Arrival


class Taken:
    """What was taken in so far, in the order of the delivery."""

    def __init__(self, batch_id: str) -> None:
        self.rows: list[LedgerRow] = []
        self.arrivals: dict[str, Arrival] = {}
        self.signatures: dict[str, Signature] = {}
        self.of_class: Counter[int] = Counter()
        self.lost_of_class: Counter[int] = Counter()
        self._batch_id = batch_id

    def add_orphans(self, delivery: Delivery) -> None:
        """Note what belongs to no picture."""
        for file, rule, observed in delivery.orphans:
            self._note(file, LedgerKind.LABEL, rule, observed)

    def add(self, judged: Judged) -> None:
        """Take one picture; of the same bytes twice the first stands."""
        self.rows.extend(judged.rows)
        self.of_class.update(judged.class_ids)
        arrival = judged.arrival
        if arrival is None or judged.signature is None:
            self.lost_of_class.update(judged.class_ids)
            return
        there = self.arrivals.setdefault(arrival.sha256, arrival)
        if there is arrival:
            self.signatures[arrival.sha256] = judged.signature
            return
        same = arrival.label_sha256 == there.label_sha256
        rule = "duplicate_picture" if same else "conflicting_labels"
        observed = f"the same bytes as {there.file}; the first label stands"
        self._note(arrival.file, LedgerKind.PICTURE, rule, observed)

    def _note(self, file: str, kind: LedgerKind, rule: str, observed: str) -> None:
        row = {"batch_id": self._batch_id, "file": file, "kind": kind, "rule": rule}
        rest = {"observed": observed, "action": LedgerAction.DROPPED}
        self.rows.append(LedgerRow.model_validate(row | rest))
