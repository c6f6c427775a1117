"""Hold a run, so that it is trained by one process at a time, on this machine or on any other.

Rules: a lock of the operating system on the run's folder, which dies with its process; and a lease in the store,
renewed at each epoch by compare-and-swap: who lost it stops. What was killed is taken up at once from the same work
folder, and from another one when its trainer has been silent for long; a store that stumbles at a renewal does not stop
training.
"""

import fcntl
import json
import logging
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from safety_tasks.errors import PreconditionFailed, StoreError, TrainingBusy
from safety_tasks.store.base import ObjectStore, StoredObject, keep_file, read_if_there

log = logging.getLogger("safety_tasks")


@contextmanager
def hold_run(
    store: ObjectStore, run_id: str, folder: Path, silent_after_s: float
) -> Iterator[Callable[[], None]]:
    """Hold a run while its training lasts; give a function that renews the lease.

    Args:
        store: where the lease lies, as ``runs/<run_id>/trainer.json``.
        run_id: the run.
        folder: its folder on this machine; the folder above it names this work place.
        silent_after_s: how long a trainer elsewhere may be silent before it has lost the run.

    Raises:
        TrainingBusy: another process trains it; by the renewal: another one took it over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrainingBusy(
                f"run {run_id}: expected to train it alone, found another process on this machine that does. "
                "Wait until it ends, then ask again: the finished run is returned."
            ) from None
        lease = _Lease(store, run_id, _workplace(folder.parent))
        lease.take(silent_after_s)
        try:
            yield lease.renew
        finally:
            lease.give_back()


class _Lease:
    def __init__(self, store: ObjectStore, run_id: str, holder: str) -> None:
        self._store, self._run_id, self._holder = store, run_id, holder
        self._key = f"runs/{run_id}/trainer.json"
        self._tag = ""

    def take(self, silent_after_s: float) -> None:
        found = read_if_there(self._store, self._key)
        if found is not None:
            self._require_free(found, silent_after_s)
        try:
            if found is None:
                self._tag = self._store.put(self._key, self._document(), only_if_absent=True)
            else:
                self._tag = self._store.put(self._key, self._document(), only_if_tag=found.tag)
        except PreconditionFailed:
            raise TrainingBusy(
                f"run {self._run_id}: expected to take it, found that another process took it in this moment. "
                "Leave it to that one."
            ) from None

    def renew(self) -> None:
        try:
            self._tag = self._store.put(self._key, self._document(), only_if_tag=self._tag)
        except PreconditionFailed:
            self._tag = ""
            raise TrainingBusy(
                f"run {self._run_id}: expected to hold it, found that another trainer took it over while this one "
                "was silent. This one stops; nothing that it did is kept."
            ) from None
        except StoreError as problem:
            log.warning("run %s: its lease is not renewed: %s", self._run_id, problem)

    def give_back(self) -> None:
        if not self._tag:
            return
        try:
            # Replaced first: whoever took the lease over in the meantime keeps theirs.
            self._store.put(self._key, b"{}", only_if_tag=self._tag)
            self._store.delete(self._key)
        except StoreError as problem:
            log.warning("run %s: its lease is not given back: %s", self._run_id, problem)

    def _require_free(self, found: StoredObject, silent_after_s: float) -> None:
        try:
            document = json.loads(found.payload)
            holder, host = str(document["holder"]), str(document["host"])
            silent_s = (datetime.now(UTC) - datetime.fromisoformat(document["at"])).total_seconds()
        except (ValueError, KeyError, TypeError):
            return  # given back, or no lease of ours: nobody renews it
        if holder != self._holder and silent_s < silent_after_s:
            raise TrainingBusy(
                f"run {self._run_id}: expected to train it alone, found a trainer on {host} that was there "
                f"{max(0.0, silent_s):.0f} s ago. Wait for it; after {silent_after_s:.0f} s of silence "
                "(train.silent_after_s) it may be taken over."
            )

    def _document(self) -> bytes:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        document = {
            "holder": self._holder,
            "host": platform.node(),
            "process": os.getpid(),
            "at": now,
        }
        return json.dumps(document).encode()


def _workplace(folder: Path) -> str:
    """Return the name of this work folder, made once: a container that is made anew over it is the same place."""
    path = folder / ".workplace"
    if not path.is_file():
        keep_file(path, uuid4().hex.encode())
    return path.read_text(encoding="ascii")
