"""The gate's history over each store: whoever appends at once, every entry is there, in one chain."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from support.made_history import add, altered, rewrite

from safety_tasks.errors import HistoryBroken
from safety_tasks.gate.history import newest_reports, read_history, verify_history
from safety_tasks.gate.history_chain import FOLDER, key_of
from safety_tasks.records.gate import Verdict
from safety_tasks.store.base import ObjectStore

EACH = 4


def test_an_empty_store_has_no_history(store: ObjectStore) -> None:
    """Before the first verdict there is nothing to read, and nothing to complain of."""
    assert read_history(store) == verify_history(store) == newest_reports(store, 5) == ()


@pytest.mark.parametrize("racers", [2, 8])
def test_of_racing_runs_no_entry_is_lost_or_written_over(store: ObjectStore, racers: int) -> None:
    """Threads that append at once leave all their entries, numbered without a gap, each as it was returned."""
    start = Barrier(racers)

    def judge(racer: int) -> list[tuple[int, str]]:
        start.wait(timeout=30)
        return [(add(store, f"r{racer}-{n}").seq, f"r{racer}-{n}") for n in range(EACH)]

    with ThreadPoolExecutor(racers) as pool:
        returned = sorted(pair for pairs in pool.map(judge, range(racers)) for pair in pairs)
    stored = [(entry.seq, entry.run_id) for entry in reversed(verify_history(store))]
    assert stored == returned
    assert [seq for seq, _ in stored] == list(range(1, racers * EACH + 1))
    assert list(store.keys(FOLDER)) == [key_of(seq) for seq, _ in stored]


def test_one_entry_is_never_written_over(store: ObjectStore) -> None:
    """What was appended first keeps its bytes whatever comes after it."""
    add(store, "r1")
    before = store.get(key_of(1)).payload
    for name in ("r2", "r3"):
        add(store, name)
    assert store.get(key_of(1)).payload == before
    assert [entry.run_id for entry in read_history(store, 2)] == ["r3", "r2"]


def test_an_altered_entry_is_found(store: ObjectStore) -> None:
    """A FAIL that was made a PASS is named, and nothing is appended behind it."""
    for verdict in (Verdict.FAIL, Verdict.PASS):
        add(store, verdict=verdict)
    rewrite(store, 1, altered)
    for act in (verify_history, add):
        with pytest.raises(HistoryBroken, match=r"00000001\.json"):
            act(store)
    assert list(store.keys(FOLDER)) == [key_of(1), key_of(2)]


def test_a_removed_entry_is_found(store: ObjectStore) -> None:
    """One that is no longer there is named."""
    for name in ("r1", "r2", "r3"):
        add(store, name)
    store.delete(key_of(2))
    for act in (verify_history, add):
        with pytest.raises(HistoryBroken, match=r"00000002\.json: expected an entry before"):
            act(store)
