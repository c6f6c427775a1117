"""Entries of a gate's history that never happened, appended by the real code."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from safety_tasks.gate.history import append
from safety_tasks.gate.history_chain import key_of
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_history import HistoryEntry
from safety_tasks.store.base import ObjectStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = "a" * 64
REPORT = Artifact(key="runs/r1/gate/reports/0.json", sha256="b" * 64, size_bytes=7)


def add(store: ObjectStore, run_id: str = "r1", **changes: Any) -> HistoryEntry:
    """Append a PASS of a run at noon, but for what is changed."""
    values: dict[str, Any] = {
        "at": NOON,
        "kind": "verdict",
        "run_id": run_id,
        "model_sha256": MODEL,
        "profile": "plant",
        "verdict": Verdict.PASS,
        "report": REPORT,
    }
    return append(store, **values | changes)


def three(store: ObjectStore) -> None:
    """Append three entries, the first of them a FAIL."""
    add(store, "r1", verdict=Verdict.FAIL)
    add(store, "r2")
    add(store, "r3")


def rewrite(store: ObjectStore, seq: int, change: Callable[[bytes], bytes]) -> None:
    """Write an entry over, as nobody may."""
    payload = store.get(key_of(seq)).payload
    changed = change(payload)
    assert changed != payload
    store.put(key_of(seq), changed)


def altered(payload: bytes) -> bytes:
    """Return an entry with a friendlier verdict, well formed."""
    return payload.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"')
