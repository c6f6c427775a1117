"""What a running stage leaves for those who watch: how far it is, and how long its work took.

Rules: kept apart from the records, so that records stay a function of their input; keyed by a short digest of the
run's id, since Airflow's ids hold characters that keys may not; losing a note never stops a stage.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import StoreError
from safety_tasks.store.base import ObjectStore, read_if_there

log = logging.getLogger("safety_tasks")
_EVERY_S: Final = 2.0


def slug(run_id: str) -> str:
    """Return a short, key-safe name of a DAG run."""
    return sha256_bytes(run_id.encode())[:12]


@contextmanager
def timed(store: ObjectStore, run_id: str, stage: str) -> Iterator[None]:
    """Keep the seconds that a stage's work took, also when it fails."""
    started = time.monotonic()
    try:
        yield
    finally:
        seconds = time.monotonic() - started
        log.info("%s took %.1f s", stage, seconds)
        _note(store, f"timings/{slug(run_id)}/{stage}.json", {"seconds": seconds})


def note_progress(
    store: ObjectStore, run_id: str, stage: str, unit: str
) -> Callable[[int, int], None]:
    """Return a callback (done, total) that leaves a log line and a note every few seconds, and at the end."""
    last = time.monotonic()

    def note(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < _EVERY_S:
            return
        last = now
        log.info("%s: %d of %d %s", stage, done, total, unit)
        state = {"done": done, "total": total, "unit": unit}
        _note(store, f"progress/{slug(run_id)}/{stage}.json", state)

    return note


def read_timings(store: ObjectStore, run_id: str) -> dict[str, float]:
    """Return the seconds of each stage of a run that has ended."""
    prefix = f"timings/{slug(run_id)}/"
    return {
        key.removeprefix(prefix).removesuffix(".json"): float(
            json.loads(store.get(key).payload)["seconds"]
        )
        for key in store.keys(prefix)
    }


def read_progress(store: ObjectStore, run_id: str, stage: str) -> str:
    """Return how far a stage is, such as ``12 of 20 epochs``; empty if it has not said."""
    found = read_if_there(store, f"progress/{slug(run_id)}/{stage}.json")
    if found is None:
        return ""
    state = json.loads(found.payload)
    return f"{state['done']} of {state['total']} {state['unit']}"


def _note(store: ObjectStore, key: str, content: dict[str, object]) -> None:
    try:
        store.put(key, json.dumps(content).encode())
    except StoreError as problem:
        log.warning("%s is not kept: %s", key, problem)
