"""The gate's history: a chain that grows at its end alone, and loses nothing."""

import multiprocessing
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.made_history import MODEL, NOON, REPORT, add, three
from support.watched_store import DownStore, WatchedStore

from safety_tasks.errors import (
    ClockInPast,
    PreconditionFailed,
    StoreError,
)
from safety_tasks.gate.history import (
    ATTEMPTS,
    CLOCK_SKEW,
    newest_reports,
    read_history,
    verify_history,
)
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_history import LONGEST_NOTE, HistoryEntry
from safety_tasks.store.base import Entry
from safety_tasks.store.local import LocalStore

SECOND = timedelta(seconds=1)


class LostReplyStore(LocalStore):
    """A store that writes, and then answers that somebody else was first."""

    lose = 1

    def put(self, key: str, payload: bytes, **conditions: Any) -> str:
        """Write, and lose the reply."""
        tag = super().put(key, payload, **conditions)
        if self.lose:
            self.lose -= 1
            raise PreconditionFailed(f"{key}: somebody else wrote first")
        return tag


class ShuffledStore(LocalStore):
    """A store whose listing was overtaken by a writer: a late entry shows, the one before it does not."""

    def entries(self, prefix: str) -> Any:
        """Leave out the last entry but one."""
        found: list[Entry] = list(super().entries(prefix))
        return iter(found[:-2] + found[-1:])


def test_the_first_entry(local_store: LocalStore) -> None:
    """It is number 1, holds no digest, and is read as it was returned."""
    entry = add(local_store)
    assert (entry.seq, entry.previous_sha256) == (1, None)
    assert (entry.at, entry.verdict, entry.report) == (NOON.isoformat(), Verdict.PASS, REPORT)
    assert list(local_store.keys("")) == ["gate/history/00000001.json"]
    assert read_history(local_store) == (entry,)


def test_each_holds_the_digest_of_the_one_before(local_store: LocalStore) -> None:
    """The chain is made of the digests of the stored bytes."""
    first, second = add(local_store, "r1"), add(local_store, "r2")
    assert second.previous_sha256 == first.digest()
    assert read_history(local_store, None) == verify_history(local_store) == (second, first)


def test_the_newest_are_read(local_store: LocalStore) -> None:
    """As many as are asked for, newest first; none, or fewer than none, is none."""
    three(local_store)
    names = [[e.run_id for e in read_history(local_store, newest)] for newest in (-1, 0, 1, 2, 9)]
    assert names == [[], [], ["r3"], ["r3", "r2"], ["r3", "r2", "r1"]]


def test_the_newest_report_of_each_run(local_store: LocalStore) -> None:
    """The later report of a run is listed, with an approval or not; the limit counts runs; a waiver is none."""
    for run_id, verdict in (("a", "FAIL"), ("b", "PASS"), ("a", "PASS"), ("c", "PASS")):
        add(local_store, run_id, verdict=Verdict(verdict))
    add(local_store, "d", kind="waiver", verdict=None, report=None, note="by Kim")
    add(local_store, "b", kind="approval", note="by Kim")
    listed = newest_reports(local_store, 9)
    assert [(e.run_id, e.seq) for e in listed] == [("b", 6), ("c", 4), ("a", 3)]
    assert newest_reports(local_store) == listed
    assert newest_reports(local_store, 2) == listed[:2]
    assert newest_reports(local_store, 0) == newest_reports(local_store, -1) == ()


def test_processes_that_append_at_once_lose_nothing(local_store: LocalStore) -> None:
    """Two, then eight processes leave all their entries in one chain."""
    context = multiprocessing.get_context("fork")
    for racers in (2, 8):
        start = context.Barrier(racers)

        def judge(racer: int, racers: int = racers, start: Any = start) -> None:
            start.wait(timeout=60)
            for n in range(3):
                add(LocalStore(Path(local_store.uri)), f"r{racers}-{racer}-{n}")

        running = [context.Process(target=judge, args=(racer,)) for racer in range(racers)]
        for process in running:
            process.start()
        for process in running:
            process.join(timeout=120)
        assert [process.exitcode for process in running] == [0] * racers
    found = [entry.run_id for entry in verify_history(local_store)]
    assert sorted(found) == sorted(
        f"r{racers}-{racer}-{n}" for racers in (2, 8) for racer in range(racers) for n in range(3)
    )


def test_a_lost_reply_is_no_second_entry(tmp_path: Path) -> None:
    """A write that landed while its reply was lost is recognised by its bytes, and written once."""
    store = LostReplyStore(tmp_path)
    add(store)
    assert [entry.run_id for entry in verify_history(store)] == ["r1"]


def test_whoever_loses_the_race_goes_behind_the_winner(tmp_path: Path) -> None:
    """Where another run took the number in the same moment, the entry gets the next, and its time."""
    store = WatchedStore(tmp_path)

    def overtake(key: str) -> None:
        store.before_write = lambda key: None
        add(store, "faster", at=NOON + SECOND)

    store.before_write = overtake
    entry = add(store, "slower")
    assert (entry.seq, entry.at) == (2, (NOON + SECOND).isoformat())
    assert [found.run_id for found in verify_history(store)] == ["slower", "faster"]


def test_whoever_always_loses_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many attempts the error says that nothing was added, and nothing was."""
    store, taken = WatchedStore(tmp_path), []
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def overtake(key: str) -> None:
        taken.append(key)
        other = LocalStore(tmp_path)
        add(other, f"faster-{len(taken)}")

    store.before_write = overtake
    with pytest.raises(PreconditionFailed, match=r"within 50 attempts.*Nothing was added"):
        add(store, "slower")
    assert len(taken) == len(verify_history(store)) == ATTEMPTS
    assert "slower" not in {entry.run_id for entry in verify_history(store)}


def test_a_store_that_is_down_is_no_broken_history(tmp_path: Path) -> None:
    """An error of the network stays one, so that it is tried again."""
    three(LocalStore(tmp_path))
    for act in (add, verify_history):
        with pytest.raises(StoreError, match="connection refused"):
            act(DownStore(tmp_path))


def test_a_listing_that_was_overtaken_is_no_gap(tmp_path: Path) -> None:
    """An entry that a listing does not show yet, while it is there, is read."""
    three(LocalStore(tmp_path))
    assert [entry.run_id for entry in verify_history(ShuffledStore(tmp_path))] == ["r3", "r2", "r1"]


@pytest.mark.parametrize("early", [SECOND, CLOCK_SKEW])
def test_a_clock_a_little_behind_is_corrected(local_store: LocalStore, early: timedelta) -> None:
    """Up to five minutes before the newest entry, the time becomes that entry's."""
    add(local_store)
    assert add(local_store, at=NOON - early).at == NOON.isoformat()


def test_a_clock_in_the_past_is_refused(local_store: LocalStore) -> None:
    """A second beyond five minutes nothing is written, and the message names both times and what to do."""
    add(local_store)
    early = NOON - CLOCK_SKEW - SECOND
    with pytest.raises(ClockInPast, match=r"2026-03-01T12:00:00.*11:54:59.*NTP"):
        add(local_store, at=early)
    assert len(verify_history(local_store)) == 1


def test_times_are_utc(local_store: LocalStore) -> None:
    """A time of another zone is written as UTC, one without a zone is refused."""
    seoul = NOON.astimezone(timezone(timedelta(hours=9)))
    assert add(local_store, at=seoul + SECOND / 2).at == NOON.isoformat()
    with pytest.raises(ValueError, match="with its zone"):
        add(local_store, at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("", ""),
        ("승인: 김민지", "승인: 김민지"),
        (" two\nlines\t and  more ", "two lines and more"),
        ("\x1b[2J\x00\u202e", "\\x1b[2J\\x00\\u202e"),
        ("x" * LONGEST_NOTE, "x" * LONGEST_NOTE),
        ("x" * (LONGEST_NOTE + 1), "x" * (LONGEST_NOTE - 1) + "…"),
        ("\x1b" * LONGEST_NOTE, ("\\x1b" * LONGEST_NOTE)[: LONGEST_NOTE - 1] + "…"),
    ],
)
def test_a_note_is_one_line(local_store: LocalStore, note: str, kept: str) -> None:
    """Whatever a person typed, it is kept as one line that prints, cut where it is too long."""
    assert add(local_store, kind="waiver", verdict=None, report=None, note=note).note == kept
    verify_history(local_store)


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 0},
        {"seq": 1},
        {"previous_sha256": None},
        {"at": "2026-03-01T12:00:00"},
        {"at": "2026-03-01T21:00:00+09:00"},
        {"at": "2026-03-01"},
        {"at": "noon"},
        {"verdict": None},
        {"report": None},
        {"run_id": "../r1"},
        {"note": "two\nlines"},
        {"note": "x" * (LONGEST_NOTE + 1)},
        {"format": "safety-gate-history/2"},
        {"kind": "publication"},
    ],
)
def test_an_entry_is_whole(changes: dict[str, Any]) -> None:
    """A record without what its place or kind asks for, or of another format, is refused."""
    values = {
        "seq": 2,
        "previous_sha256": "c" * 64,
        "at": NOON.isoformat(),
        "kind": "verdict",
        "run_id": "r1",
        "verdict": "PASS",
        "profile": "plant",
        "model_sha256": MODEL,
        "report": REPORT,
    }
    HistoryEntry.model_validate(values)
    with pytest.raises(ValidationError):
        HistoryEntry.model_validate(values | changes)
