"""A broken history of the gate is named: what is missing, altered, moved, strange or too large."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.made_history import NOON, add, altered, rewrite, three

from safety_tasks.errors import HistoryBroken, ObjectNotFound
from safety_tasks.gate.history import newest_reports, read_history, verify_history
from safety_tasks.gate.history_chain import FOLDER, MAX_BYTES, key_of
from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_history import HistoryEntry
from safety_tasks.store.base import StoredObject
from safety_tasks.store.local import LocalStore

SECOND = timedelta(seconds=1)


def refused(store: LocalStore) -> str:
    """Return what is said of a broken history, which is the same for whoever reads or appends."""
    said = set()
    for act in (verify_history, newest_reports):
        with pytest.raises(HistoryBroken) as caught:
            act(store)
        said.add(str(caught.value))
    (message,) = said
    assert "safety-tasks gate verify" in message
    assert store.uri in message
    return message


@pytest.mark.parametrize("seq", [1, 2])
def test_a_removed_entry_is_named(local_store: LocalStore, seq: int) -> None:
    """A gap is found from the listing, wherever it is, even by who reads the newest alone."""
    three(local_store)
    local_store.delete(key_of(seq))
    assert f"{key_of(seq)}: expected an entry before" in refused(local_store)
    with pytest.raises(HistoryBroken):
        read_history(local_store, 1)


def test_an_altered_entry_is_named(local_store: LocalStore) -> None:
    """One whose bytes are not those that the next one holds is named with both digests, by whoever reads so far."""
    three(local_store)
    rewrite(local_store, 1, altered)
    assert f"{key_of(1)}: expected sha256" in refused(local_store)
    assert [entry.run_id for entry in read_history(local_store, 1)] == ["r3"]
    add(local_store, "r4")


def test_nothing_is_added_behind_what_does_not_prove(local_store: LocalStore) -> None:
    """Where the newest entry's own link does not hold, an append changes nothing."""
    three(local_store)
    rewrite(local_store, 2, lambda payload: payload.replace(b'"r2"', b'"rX"'))
    with pytest.raises(HistoryBroken, match=r"00000002\.json"):
        add(local_store, "r4")
    assert len(list(local_store.keys(FOLDER))) == 3


def test_reordered_entries_are_named(local_store: LocalStore) -> None:
    """Two entries in each other's place do not have the numbers of their places."""
    three(local_store)
    first, second = (local_store.get(key_of(seq)).payload for seq in (1, 2))
    local_store.put(key_of(1), second)
    local_store.put(key_of(2), first)
    assert f"{key_of(2)}: expected entry 2, found entry 1 in its place" in refused(local_store)


def test_renumbered_entries_are_named(local_store: LocalStore) -> None:
    """Nor does it help to change the numbers within: the digests do not hold."""
    three(local_store)
    first, second = (local_store.get(key_of(seq)).payload for seq in (1, 2))
    local_store.put(key_of(2), first.replace(b'"seq":1', b'"seq":2'))
    local_store.put(key_of(1), second.replace(b'"seq":2', b'"seq":1'))
    assert key_of(2) in refused(local_store)


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b"null", b"[1]", b"\xff\xfe", b'{"seq": NaN}', b"x" * MAX_BYTES],
    ids=["empty", "no fields", "null", "list", "no text", "NaN", "largest"],
)
@pytest.mark.parametrize("seq", [1, 2, 3])
def test_malformed_entries_are_named(local_store: LocalStore, payload: bytes, seq: int) -> None:
    """What is no entry is named wherever it lies, and nothing but an error of the tree is raised."""
    three(local_store)
    local_store.put(key_of(seq), payload)
    assert key_of(seq) in refused(local_store)


def test_an_oversized_entry_is_named_unread(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte more than an entry may have is refused from the listing, before anything is read."""
    three(local_store)
    local_store.put(key_of(2), b"x" * (MAX_BYTES + 1))
    monkeypatch.delattr(LocalStore, "get")
    assert f"{key_of(2)}: expected an entry of at most 65536 bytes, found 65537" in refused(
        local_store
    )


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_an_entry_that_goes_while_others_are_read_is_named(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch, seq: int
) -> None:
    """The listing had it; and no more of an entry is read than one may have, whatever came in its place."""
    three(local_store)
    get = LocalStore.get

    def gone(store: LocalStore, key: str, max_bytes: int | None = None) -> StoredObject:
        assert max_bytes == MAX_BYTES
        if key == key_of(seq):
            raise ObjectNotFound(key)
        return get(store, key, max_bytes)

    monkeypatch.setattr(LocalStore, "get", gone)
    with pytest.raises(HistoryBroken) as caught:
        verify_history(local_store)
    assert f"{local_store.uri}/{key_of(seq)}: expected an entry, found none" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["00000000.json", "4.json", "00000004.json.bak", "note.txt", "x/00000004.json"]
)
def test_stray_objects_are_named(local_store: LocalStore, name: str) -> None:
    """What lies beside the entries is no entry, and nobody can hide behind it."""
    three(local_store)
    local_store.put(FOLDER + name, b"x")
    assert f"{FOLDER}{name}: expected entries by number alone" in refused(local_store)


def test_an_entry_far_ahead_is_a_gap(local_store: LocalStore) -> None:
    """One with the largest number makes nobody count so far: the first that is missing is named."""
    three(local_store)
    local_store.put("gate/history/99999999.json", b"x")
    assert f"{key_of(4)}: expected an entry before" in refused(local_store)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(-300, 3000),
            st.sampled_from(["verdict", "approval", "waiver"]),
            st.sampled_from(list(Verdict)),
            st.text(max_size=40),
        ),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_any_chain_proves_and_any_change_is_found(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], data: st.DataObject
) -> None:
    """What is appended proves, in order and with times that never fall; one changed byte before the end is found."""
    store, last = LocalStore(tmp_path_factory.mktemp("store")), NOON
    for number, (seconds, kind, verdict, note) in enumerate(steps):
        at = last + seconds * SECOND
        entry = add(store, f"r{number}", at=at, kind=kind, verdict=verdict, note=note)
        assert entry.seq == number + 1
        last = datetime.fromisoformat(entry.at)
    found = verify_history(store)
    assert [entry.run_id for entry in found] == [f"r{n}" for n in reversed(range(len(steps)))]
    times = [entry.at for entry in reversed(found)]
    assert times == sorted(times)
    if len(steps) == 1:
        return
    seq = data.draw(st.integers(1, len(steps) - 1))
    payload = store.get(key_of(seq)).payload
    place = data.draw(st.integers(0, len(payload) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != payload[place]))
    store.put(key_of(seq), payload[:place] + bytes([byte]) + payload[place + 1 :])
    with pytest.raises(HistoryBroken, match=key_of(seq)):
        verify_history(store)


@settings(max_examples=200, deadline=None)
@given(payload=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    """Whatever lies where an entry should, nothing but the error of a broken history is raised."""
    with suppress(HistoryBroken):
        HistoryEntry.from_json_bytes(payload, what="an entry", error=HistoryBroken)
