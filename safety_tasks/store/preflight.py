"""Try, before anything is trusted to a store, each promise that the system relies on.

Rules: a promise is tried by doing, never believed by a server's name or version, since some take a condition and ignore
it; all broken ones are named at once, each with what would happen; what was written for it is removed again.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Final
from uuid import uuid4

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError, StoreUnsafe
from safety_tasks.store.base import ObjectStore

PREFIX: Final = "preflight/"
_RACERS: Final = 8
_RACES: Final = 3
_WAIT_S: Final = 30.0


@dataclass(frozen=True)
class Promise:
    """What a store must do.

    Attributes:
        name: in a few words.
        otherwise: what happens where it does not.
        holds: tries it under a fresh key.
    """

    name: str
    otherwise: str
    holds: Callable[[ObjectStore, str], bool]


def preflight(store: ObjectStore) -> tuple[str, ...]:
    """Try every promise; return their names.

    Raises:
        StoreUnsafe: the store breaks some; the message names each.
    """
    run = f"{PREFIX}{uuid4().hex[:12]}/"
    broken: list[str] = []
    try:
        for number, promise in enumerate(PROMISES):
            try:
                found = "" if promise.holds(store, f"{run}{number}") else "it did not"
            except StoreError as problem:
                found = str(problem)
            if found:
                broken.append(f"{promise.name} (found: {found}; otherwise {promise.otherwise})")
    finally:
        _tidy(store, run)
    if broken:
        raise StoreUnsafe(
            f"{store.uri}: expected a store that keeps {len(PROMISES)} promises, found {len(broken)} broken: "
            + "; ".join(broken)
            + ". Use Amazon S3, a server that honours conditional writes, or a folder."
        )
    return tuple(promise.name for promise in PROMISES)


def _reads_what_was_written(store: ObjectStore, key: str) -> bool:
    for payload in (b"first", b"", bytes(range(256)) * 64):
        tag = store.put(key, payload)
        found = store.get(key)
        if (found.payload, found.tag) != (payload, tag):
            return False
    return store.exists(key)


def _creates_once(store: ObjectStore, key: str) -> bool:
    store.put(key, b"first", only_if_absent=True)
    lost = _is_lost(lambda: store.put(key, b"second", only_if_absent=True))
    return lost and store.get(key).payload == b"first"


def _swaps_by_tag(store: ObjectStore, key: str) -> bool:
    seen = store.put(key, b"first")
    store.put(key, b"second", only_if_tag=seen)
    lost = _is_lost(lambda: store.put(key, b"third", only_if_tag=seen))
    return lost and store.get(key).payload == b"second"


def _has_one_creator(store: ObjectStore, key: str) -> bool:
    return all(_winners(store, f"{key}-{race}", None) == 1 for race in range(_RACES))


def _has_one_swapper(store: ObjectStore, key: str) -> bool:
    return all(_winners(store, key, store.put(key, b"%d" % race)) == 1 for race in range(_RACES))


def _lists_each_write(store: ObjectStore, key: str) -> bool:
    for name in ("b", "a.b", "a/b"):
        store.put(f"{key}-{name}", b"12")
    before = list(store.entries(key))
    store.put(f"{key}-b", b"21")
    after = list(store.entries(key))
    names = [(entry.key, entry.size_bytes) for entry in before]
    return (
        names == [(f"{key}-{name}", 2) for name in ("a.b", "a/b", "b")]
        and before[:2] == after[:2]
        and before[2].stamp != after[2].stamp
    )


def _removes(store: ObjectStore, key: str) -> bool:
    store.put(key, b"first")
    store.put(key, b"second")
    if not store.delete(key) or store.exists(key) or list(store.keys(key)):
        return False
    try:
        store.get(key)
    except ObjectNotFound:
        return not store.delete(key)
    return False


PROMISES: Final = (
    Promise("reads give what was written last", "old models are served", _reads_what_was_written),
    Promise("an object is created only if absent", "releases are overwritten", _creates_once),
    Promise("an object is swapped only by its tag", "a pointer goes back unseen", _swaps_by_tag),
    Promise("of racing creators one wins", "two releases have one number", _has_one_creator),
    Promise("of racing swappers one wins", "one of two deliveries is lost", _has_one_swapper),
    Promise("listings show each write, in order", "pictures are overlooked", _lists_each_write),
    Promise("a removed object is gone", "people's pictures stay", _removes),
)


def _is_lost(write: Callable[[], object]) -> bool:
    try:
        write()
    except PreconditionFailed:
        return True
    return False


def _winners(store: ObjectStore, key: str, tag: str | None) -> int:
    """Let threads write at once under one condition; return how many were told that they won."""
    start = Barrier(_RACERS)

    def write(number: int) -> bool:
        start.wait(_WAIT_S)
        payload = b"racer %d" % number
        return not _is_lost(
            lambda: store.put(key, payload, only_if_absent=tag is None, only_if_tag=tag)
        )

    with ThreadPoolExecutor(_RACERS) as pool:
        return sum(pool.map(write, range(_RACERS)))


def _tidy(store: ObjectStore, run: str) -> None:
    """Remove what was written; a store that cannot has been found out already."""
    try:
        for key in list(store.keys(run)):
            store.delete(key)
    except StoreError:
        return
