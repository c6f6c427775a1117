"""What stages leave for those who watch: never lost on failure, never in a stage's way."""

import pytest

from safety_tasks.errors import StoreError
from safety_tasks.store import stage_notes
from safety_tasks.store.local import LocalStore
from safety_tasks.store.stage_notes import note_progress, read_progress, read_timings, timed

RUN = "asset_triggered__2026-01-01T00:00:00+00:00_x/..y"


def test_times_are_kept_also_when_a_stage_fails(local_store: LocalStore) -> None:
    """A stage that raises leaves its seconds beside those of one that ended well."""
    with timed(local_store, RUN, "ingest"):
        pass
    with pytest.raises(ZeroDivisionError), timed(local_store, RUN, "train"):
        _ = 1 / 0
    assert set(read_timings(local_store, RUN)) == {"ingest", "train"}
    assert read_timings(local_store, "another run") == {}


def test_progress_is_throttled_but_the_end_is_told(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two notes of progress some time goes by; the last one always comes."""
    assert read_progress(local_store, RUN, "train") == ""
    note = note_progress(local_store, RUN, "train", "epochs")
    note(1, 3)
    assert read_progress(local_store, RUN, "train") == ""
    monkeypatch.setattr(stage_notes, "_EVERY_S", 0.0)
    note(2, 3)
    assert read_progress(local_store, RUN, "train") == "2 of 3 epochs"
    monkeypatch.setattr(stage_notes, "_EVERY_S", 1000.0)
    note(3, 3)
    assert read_progress(local_store, RUN, "train") == "3 of 3 epochs"


def test_a_store_that_fails_does_not_stop_a_stage(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes that cannot be written are dropped with a warning, and the work goes on."""

    def fail(*_: object, **__: object) -> str:
        raise StoreError("full")

    monkeypatch.setattr(local_store, "put", fail)
    done = []
    with timed(local_store, RUN, "train"):
        note_progress(local_store, RUN, "train", "epochs")(1, 1)
        done.append("work")
    assert done == ["work"]
