"""Take in one batch in a process of its own; say what became of each file, and the most memory that was used.

Run as a program: ``python -m support.ingest_watched STORE BATCH``. Ceilings are lifted, so the ledger says everything.
"""

import json
import resource
import sys
from pathlib import Path

from safety_tasks.config import load_settings
from safety_tasks.inference.memory import peak_rss_bytes
from safety_tasks.ingest import take_in_batch
from safety_tasks.records.ledger import LedgerRow
from safety_tasks.records.picture import Arrival
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.tables import ARRIVAL_SCHEMA, LEDGER_SCHEMA, decode_rows


def main() -> None:
    """Print one JSON document."""
    where, batch = sys.argv[1:]
    store, settings = LocalStore(Path(where)), load_settings(env={})
    lifted = {"max_quarantined_share": 1.0, "rule_ceilings": {}}
    intake = take_in_batch(
        store, batch, settings.ingest.model_copy(update=lifted), settings.classes
    )
    ledger = get_artifact(store, intake.ledger)
    arrivals = get_artifact(store, intake.arrivals)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    document = {
        "rules": [
            [row.file, row.rule]
            for row in decode_rows(ledger, LedgerRow, LEDGER_SCHEMA, what="ledger")
        ],
        "accepted": [
            row.file for row in decode_rows(arrivals, Arrival, ARRIVAL_SCHEMA, what="arrivals")
        ],
        "rss_mb": [peak_rss_bytes() / 2**20, children / 1024],
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
