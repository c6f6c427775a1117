"""The gate's memory: an entry for each verdict, approval and waiver, each with the digest of the one before.

Rules: an entry is created only if it is not there, so that of racing runs none is lost or written over; nothing is
added behind an entry that does not prove; time never runs backwards. A chain cannot show that its end was cut off: the
runs' own reports do (``history_reports``).
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from safety_tasks.errors import ClockInPast, PreconditionFailed, StoreError
from safety_tasks.gate.history_chain import FOLDER, Stored, key_of, walk
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_history import LONGEST_NOTE, EntryKind, HistoryEntry
from safety_tasks.store.base import ObjectStore

# How far two machines' clocks may be apart: a time that lies so little before the newest entry's becomes that one.
CLOCK_SKEW: Final = timedelta(minutes=5)
ATTEMPTS: Final = 50
_PAUSE_S: Final = 0.01
_DOUBLINGS: Final = 5


def append(
    store: ObjectStore,
    *,
    at: datetime,
    kind: EntryKind,
    run_id: str,
    model_sha256: str,
    profile: str,
    verdict: Verdict | None = None,
    report: Artifact | None = None,
    note: str = "",
) -> HistoryEntry:
    """Add an entry behind the newest one, and return it.

    What is the same in every field, said twice in the same moment, is one entry.

    Args:
        store: where the history is.
        at: the time, with its zone; one a little before the newest entry's becomes that entry's.
        kind: what happened.
        run_id: to which run.
        model_sha256: the digest of its reference model.
        profile: the policy's name.
        verdict: what the gate said.
        report: where it is never written again.
        note: who and why; it is put on one line, and cut at 500 characters.

    Raises:
        ClockInPast: the time lies well before the newest entry's.
        HistoryBroken: the newest entry, or the one before it, is missing or altered.
        PreconditionFailed: others wrote first again and again.
    """
    for attempt in range(ATTEMPTS):
        newest = next(walk(store), None)
        entry = HistoryEntry(
            seq=newest.entry.seq + 1 if newest else 1,
            previous_sha256=newest.sha256 if newest else None,
            at=_not_before(newest, at),
            kind=kind,
            run_id=run_id,
            verdict=verdict,
            profile=profile,
            model_sha256=model_sha256,
            report=report,
            note=one_line(note),
        )
        key, payload = key_of(entry.seq), entry.to_json_bytes()
        try:
            store.put(key, payload, only_if_absent=True)
        except PreconditionFailed:
            if not _holds(store, key, payload):
                time.sleep(random.uniform(0, _PAUSE_S * 2 ** min(attempt, _DOUBLINGS)))
                continue
        return entry
    raise PreconditionFailed(
        f"{store.uri}/{FOLDER}: expected to add an entry within {ATTEMPTS} attempts, found that others wrote first "
        "each time. Nothing was added: try again when fewer runs are judged at once."
    )


def read_history(store: ObjectStore, newest: int | None = None) -> tuple[HistoryEntry, ...]:
    """Return entries, newest first, each proved against the one before it.

    Args:
        store: where they are.
        newest: at most so many; None for all.

    Raises:
        HistoryBroken: an entry is missing, altered, moved or too large; the message names it.
    """
    return tuple(found.entry for found in islice(walk(store), _at_most(newest)))


def verify_history(store: ObjectStore) -> tuple[HistoryEntry, ...]:
    """Prove the whole chain, and return it, newest first.

    Raises:
        HistoryBroken: an entry is missing, altered, moved or too large; the message names it.
    """
    return read_history(store)


def newest_reports(store: ObjectStore, newest: int | None = None) -> tuple[HistoryEntry, ...]:
    """Return the newest entry of each run that has a report, a verdict or what was decided about it, newest first.

    Args:
        store: where the history is.
        newest: of at most so many runs; None for all.

    Raises:
        HistoryBroken: an entry that was read is missing, altered, moved or too large.
    """
    return tuple(islice(_reports(store), _at_most(newest)))


def _reports(store: ObjectStore) -> Iterator[HistoryEntry]:
    seen: set[str] = set()
    for found in walk(store):
        if found.entry.report is not None and found.entry.run_id not in seen:
            seen.add(found.entry.run_id)
            yield found.entry


def _at_most(newest: int | None) -> int | None:
    return None if newest is None else max(newest, 0)


def _holds(store: ObjectStore, key: str, payload: bytes) -> bool:
    """Tell whether an object has these bytes: then the write was ours, and its reply was lost."""
    try:
        return store.get(key, len(payload)).payload == payload
    except StoreError:
        return False


def _not_before(newest: Stored | None, at: datetime) -> str:
    """Return the time of a new entry, which is never before the newest one's."""
    if at.utcoffset() is None:
        raise ValueError(f"expected a time with its zone, found {at.isoformat()}")
    now = at.astimezone(UTC).replace(microsecond=0)
    if newest is None:
        return now.isoformat()
    last = datetime.fromisoformat(newest.entry.at)
    if now < last - CLOCK_SKEW:
        raise ClockInPast(
            f"expected a time after {newest.entry.at}, when {key_of(newest.entry.seq)} was written, found "
            f"{now.isoformat()}. Set this machine's clock (NTP) and try again. If this clock is right, that of the "
            f"machine that judged run {newest.entry.run_id} ran ahead: set it, remove the entries that lie in the "
            "future, the newest first, and judge their runs again."
        )
    return max(now, last).isoformat()


def one_line(note: str) -> str:
    """Return a note as an entry holds it: on one line, what does not print escaped, and cut."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(note.split()))
    return shown if len(shown) <= LONGEST_NOTE else f"{shown[: LONGEST_NOTE - 1]}…"
