"""Many small objects at once: written or read by a pool of threads, since each request mostly waits.

Rules: what comes back is in the order of what went in, whichever was done first; no more is read ahead than a few items
for each worker and never more than ``AHEAD_BYTES``, so a million items need no more memory than a hundred; the first
item in that order that fails raises its error, after every thread has ended and what was not begun is dropped.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.base import Artifact
from safety_tasks.store.base import Entry, ObjectStore, put_artifact

WORKERS: Final = 32
AHEAD_BYTES: Final = 128 << 20
_AHEAD: Final = 4  # items a worker, so that one slow request does not stop the others

Item = TypeVar("Item")
Done = TypeVar("Done")


def put_all(
    store: ObjectStore,
    items: Iterable[tuple[str, bytes]],
    *,
    only_if_absent: bool = True,
    workers: int = WORKERS,
    progress: Callable[[int], Any] = lambda done: None,
) -> list[Artifact]:
    """Write many objects; each as ``put_artifact`` does.

    Args:
        store: where to.
        items: keys and payloads; read ahead a little, in the caller's thread.
        only_if_absent: write each once: the same bytes again change nothing, others are refused; if False, overwrite.
        workers: threads; ``s3_client`` must keep as many connections.
        progress: called with the number done, in the caller's thread.

    Returns:
        what was written, in the order of the items.

    Raises:
        PreconditionFailed: other bytes are under a key already.
        StoreError: the store failed. Items before the one that failed are written, later ones may be.
    """

    def write(item: tuple[str, bytes]) -> Artifact:
        key, payload = item
        if only_if_absent:
            return put_artifact(store, key, payload)
        store.put(key, payload)
        return Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload))

    written: list[Artifact] = []
    for artifact in in_order(write, items, lambda item: len(item[1]), workers):
        written.append(artifact)
        progress(len(written))
    return written


def get_all(
    store: ObjectStore,
    wanted: Iterable[str | Entry],
    *,
    max_bytes: int | None = None,
    workers: int = WORKERS,
) -> Iterator[tuple[str, bytes]]:
    """Read many objects; nothing is read before the first is asked for.

    Args:
        store: where from.
        wanted: keys, or better entries of a listing: their sizes say how many fit in memory. A bare key counts as
            ``max_bytes``, or as nothing if there is no cap.
        max_bytes: refuse an object that is larger.
        workers: threads; ``s3_client`` must keep as many connections.

    Yields:
        keys and payloads, in the order asked for. Close the iterator to stop early.

    Raises:
        ObjectNotFound: there is no such object.
        StoreError: the store failed, or an object is larger than the cap.
    """

    def read(item: str | Entry) -> tuple[str, bytes]:
        key = item if isinstance(item, str) else item.key
        return key, store.get(key, max_bytes).payload

    def weigh(item: str | Entry) -> int:
        return (max_bytes or 0) if isinstance(item, str) else item.size_bytes

    return in_order(read, wanted, weigh, workers)


def in_order(
    work: Callable[[Item], Done],
    items: Iterable[Item],
    weigh: Callable[[Item], int],
    workers: int = WORKERS,
) -> Iterator[Done]:
    """Yield ``work`` of each item, done by threads, in the order of the items.

    Args:
        work: called in any thread.
        items: read in the caller's thread, at most a few a worker ahead.
        weigh: the bytes that an item holds while it waits; together at most ``AHEAD_BYTES``, or one item.
        workers: threads, at least 1.
    """
    waiting: deque[tuple[Future[Done], int]] = deque()
    ahead_bytes = 0
    pool = ThreadPoolExecutor(workers, thread_name_prefix="store")
    try:
        for item in items:
            size = weigh(item)
            while waiting and (
                len(waiting) >= _AHEAD * workers or ahead_bytes + size > AHEAD_BYTES
            ):
                future, freed = waiting.popleft()
                yield future.result()
                ahead_bytes -= freed
            waiting.append((pool.submit(work, item), size))
            ahead_bytes += size
        while waiting:
            yield waiting.popleft()[0].result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
