"""What an unchanged delivery costs when it comes round again: its second ingest ÷ its first.

Rules: the real verbs over a folder store, from the listing to the merged version; the same 400 synthetic pictures in a
fresh store for each pair; the second ingest is asked for the same base, as a retried task would.
"""

import shutil
import time
from pathlib import Path
from typing import Final

from benchmarks.result import LEAST_RUNS, Pair, Result, judge
from safety_tasks.config import load_classes
from safety_tasks.demo.scenes import write_batch
from safety_tasks.ingest import deliver_folder, ingest_batch
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore

NAME: Final = "reingest"
BAR: Final = 0.03
_PICTURES: Final = 400
_WHAT: Final = f"an unchanged delivery of {_PICTURES} pictures again / its first ingest"


def run(folder: Path) -> Result:
    """Measure.

    Args:
        folder: scratch space, emptied first.
    """
    shutil.rmtree(folder, ignore_errors=True)
    batch = write_batch(folder / "delivery", pictures=_PICTURES, scenes=14)
    pairs = [_one(folder / f"store-{number}", batch.folder) for number in range(LEAST_RUNS)]
    return judge(NAME, _WHAT, pairs, BAR)


def _one(place: Path, delivery: Path) -> Pair:
    store, settings, classes = LocalStore(place), IngestSettings(), load_classes()
    deliver_folder(store, delivery, delivery.name)

    def ingest() -> float:
        started = time.perf_counter()
        ingest_batch(store, delivery.name, settings, classes)
        return time.perf_counter() - started

    first, again = ingest(), ingest()
    print(f"  first {first:.2f} s, again {again:.4f} s", flush=True)
    shutil.rmtree(place)
    return Pair(ours_s=again, reference_s=first)
