"""What a task needs around a verb: the store, progress in the log, and the time the work took.

Rules: credentials come from the Airflow connection ``aws_default`` (or ``SAFETY_TASKS_AWS_CONN_ID``) where there is
one, else from the environment; stage times are kept in the store, apart from the records, so that records stay
a function of their input.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from safety_tasks.config import Settings, load_settings
from safety_tasks.digests import sha256_bytes
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store

log = logging.getLogger("safety_tasks")
_PROGRESS_EVERY_S = 5.0


def runtime() -> tuple[Settings, ObjectStore]:
    """Return the settings and the store, opened with Airflow's connection."""
    settings = load_settings()
    if not settings.store.uri.startswith("s3://"):
        return settings, open_store(settings.store)
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        client = S3Hook(
            aws_conn_id=os.environ.get("SAFETY_TASKS_AWS_CONN_ID", "aws_default")
        ).get_conn()
    except AirflowNotFoundException:
        return settings, open_store(settings.store)
    return settings, open_store(settings.store, client)


def slug(dag_run_id: str) -> str:
    """Return a short, key-safe name of a DAG run."""
    return sha256_bytes(dag_run_id.encode())[:12]


def timing_prefix(dag_run_id: str) -> str:
    """Return where a DAG run's stage times are kept."""
    return f"timings/{slug(dag_run_id)}/"


@contextmanager
def timed(store: ObjectStore, dag_run_id: str, stage: str) -> Iterator[None]:
    """Keep the seconds that a stage's work took, also when it fails."""
    started = time.monotonic()
    try:
        yield
    finally:
        seconds = time.monotonic() - started
        log.info("%s took %.1f s", stage, seconds)
        store.put(
            f"{timing_prefix(dag_run_id)}{stage}.json", json.dumps({"seconds": seconds}).encode()
        )


def log_progress(what: str, unit: str) -> Callable[[int, int], None]:
    """Return a progress callback that writes a plain line at most every few seconds, and the last."""
    last = time.monotonic()

    def note(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _PROGRESS_EVERY_S:
            last = now
            log.info("%s: %d of %d %s", what, done, total, unit)

    return note
