"""Prove the gate's history against the reports of the runs, which shows what a chain by itself cannot.

Rules: what a run has as its latest report is in the history, else the history's end was cut off; the report that an
entry names is there, proves by its digest, and says what the entry says. Whoever may rewrite the whole bucket can
rewrite all of this: note the newest entry's digest elsewhere, and it proves all that came before.
"""

import json
from collections.abc import Callable, Iterator

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ObjectNotFound
from safety_tasks.gate.history import verify_history
from safety_tasks.gate.history_chain import broken, key_of
from safety_tasks.records.gate_history import HistoryEntry
from safety_tasks.store.base import ObjectStore, get_artifact, read_if_there

Progress = Callable[[int, int], None]


def verify_reports(
    store: ObjectStore, progress: Progress = lambda done, total: None
) -> tuple[HistoryEntry, ...]:
    """Prove the whole history and every report that it names; return it, newest first.

    Args:
        store: where all is.
        progress: called with entries done and their total.

    Raises:
        HistoryBroken: an entry or a report is missing or altered, or a run's latest report is in no entry.
    """
    # Before the history: whoever judges meanwhile writes the entry first and the run's latest report after it.
    latest = list(_latest(store))
    entries = verify_history(store)
    recorded = {(e.run_id, e.report.sha256) for e in entries if e.report is not None}
    for run_id, key, sha256 in latest:
        if (run_id, sha256) not in recorded:
            raise broken(
                store,
                key,
                f"expected an entry of the history for the latest report of run {run_id} ({sha256[:12]}…), found "
                f"none behind the {len(entries)} there are: the history's end was cut off, or the report was not "
                "written by the gate. What cannot be restored is judged again",
            )
    for done, entry in enumerate(entries, start=1):
        _prove(store, entry)
        progress(done, len(entries))
    return entries


def _latest(store: ObjectStore) -> Iterator[tuple[str, str, str]]:
    """Yield each judged run with its latest report: key and digest."""
    for run_id in store.folders("runs/"):
        key = f"runs/{run_id}/gate/report.json"
        found = read_if_there(store, key)
        if found is not None:
            yield run_id, key, sha256_bytes(found.payload)


def _prove(store: ObjectStore, entry: HistoryEntry) -> None:
    """Prove an entry's report, which may be of older code: only what the entry repeats is read of it."""
    if entry.report is None:
        return
    try:
        document = json.loads(get_artifact(store, entry.report))
        said = (document["run_id"], document["verdict"])
    except (ArtifactError, ObjectNotFound, ValueError, TypeError, KeyError) as problem:
        raise broken(
            store,
            entry.report.key,
            f"expected the report of {key_of(entry.seq)}, found {type(problem).__name__}: {problem}",
        ) from problem
    if said != (entry.run_id, entry.verdict):
        raise broken(
            store,
            key_of(entry.seq),
            f"expected run {said[0]} and {said[1]}, as its report says, found run {entry.run_id} and {entry.verdict}",
        )
