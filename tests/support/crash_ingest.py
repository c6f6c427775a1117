"""Ingest one batch again and again, killed at its k-th durable step; said on stdout, one JSON line a run.

Run as a program: ``python -m support.crash_ingest KIND WHERE BATCH K [K …]`` with KIND ``folder`` or ``s3``. This
process imports everything once and forks a child for each run: a child is ended by SIGKILL in the middle of a step, so
nothing of it is cleaned up, and the next child finishes the work. K -1 means no crash; a run says how many steps.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from safety_tasks.config import load_settings
from safety_tasks.ingest import ingest_batch
from safety_tasks.settings import StoreSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.opening import s3_client
from safety_tasks.store.s3 import S3Store


class Steps:
    """Counts durable steps over all threads; at the k-th the process is gone."""

    def __init__(self, crash_at: int) -> None:
        self.done = 0
        self._crash_at = crash_at
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count one, or die."""
        with self._lock:
            if self.done == self._crash_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.done += 1


def watch_folder(steps: Steps) -> None:
    """Take a step before every rename and every fsync."""
    replace, fsync = Path.replace, os.fsync

    def watched_replace(self: Path, target: Any) -> Path:
        steps.take()
        return replace(self, target)

    def watched_fsync(handle: int) -> None:
        steps.take()
        fsync(handle)

    Path.replace = watched_replace  # type: ignore[method-assign]
    os.fsync = watched_fsync


def watch_s3(client: Any, steps: Steps) -> None:
    """Take a step before every request is sent and after its reply came."""
    client.meta.events.register("before-send.s3", lambda **_: steps.take())
    client.meta.events.register("after-call.s3", lambda **_: steps.take())


def open_watched(kind: str, where: str, steps: Steps) -> ObjectStore:
    """Open a store whose steps are counted."""
    if kind == "folder":
        watch_folder(steps)
        return LocalStore(Path(where))
    client, bucket = open_bucket(where)
    watch_s3(client, steps)
    return S3Store(client, bucket)


def open_bucket(where: str) -> tuple[Any, str]:
    """Return a client and the bucket of ``http://host:port/bucket``."""
    endpoint, _, bucket = where.rpartition("/")
    return s3_client(StoreSettings(endpoint_url=endpoint)), bucket


def forget(where: str) -> None:
    """Delete in a child what an ingest wrote, so that the next one begins anew."""
    child = os.fork()
    if child == 0:
        try:
            store = S3Store(*open_bucket(where))
            for key in [*store.keys("dataset/"), *store.keys("quarantine/")]:
                store.delete(key)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def run(kind: str, where: str, batch: str, crash_at: int) -> int | None:
    """Ingest in a child; return its exit status, or None if it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            steps = Steps(crash_at)
            settings = load_settings(env={})
            store = open_watched(kind, where, steps)
            version = ingest_batch(store, batch, settings.ingest, settings.classes)
            line = {"version": version.version_id, "steps": steps.done}
            print(json.dumps(line), flush=True)
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(ended) else os.waitstatus_to_exitcode(ended)


def main() -> None:
    """Crash at each k on a fresh copy, then finish; say how each run ended."""
    kind, where, batch, *points = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for point in map(int, points):
            place = where
            if kind == "folder":
                place = f"{folder}/{point}"
                shutil.copytree(where, place)
            else:
                forget(where)
            status = run(kind, place, batch, point)
            print(json.dumps({"point": point, "killed": status is None}), flush=True)
            if status is None:
                run(kind, place, batch, -1)
            if kind == "folder":
                store = LocalStore(Path(place))
                found = [k for k in store.keys("dataset/") if "/intakes/b1/" not in k or "-" in k]
                digests = [[key, store.get(key).tag] for key in found]
                print(json.dumps({"objects": digests}), flush=True)
                shutil.rmtree(place)


if __name__ == "__main__":
    main()
