"""A run is held by one process: a lock on this machine, a lease in the store for all."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from safety_tasks.errors import StoreError, TrainingBusy
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.holding import hold_run

KEY = "runs/r/trainer.json"
LONG_S = 3600.0
HOLD = """
import sys, time
from pathlib import Path
from safety_tasks.store.local import LocalStore
from safety_tasks.train.holding import hold_run
with hold_run(LocalStore(Path(sys.argv[1])), "r", Path(sys.argv[2]), 3600.0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Give both kinds of store."""
    found: ObjectStore = request.getfixturevalue(f"{request.param}_store")
    return found


def lease(store: ObjectStore, *, holder: str = "elsewhere", age_s: float = 0.0) -> None:
    """Write a lease as a trainer somewhere would."""
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    document = {"holder": holder, "host": "gpu-7", "process": 1, "at": at.isoformat()}
    store.put(KEY, json.dumps(document).encode())


def test_it_is_held_and_given_back(store: ObjectStore, tmp_path: Path) -> None:
    """While it is held the lease is there, also after renewals; afterwards it is gone."""
    with hold_run(store, "r", tmp_path / "w" / "r", LONG_S) as renew:
        first = json.loads(store.get(KEY).payload)
        renew()
        second = json.loads(store.get(KEY).payload)
        assert first["holder"] == second["holder"]
        assert first["at"] <= second["at"]
    assert not store.exists(KEY)


def test_a_trainer_elsewhere_keeps_its_run(store: ObjectStore, tmp_path: Path) -> None:
    """A lease that was renewed lately is respected, and the message says whose and for how long."""
    lease(store, age_s=30)
    before = store.get(KEY).payload
    with (
        pytest.raises(TrainingBusy, match=r"gpu-7 .* 3\d s ago.*3600 s"),
        hold_run(store, "r", tmp_path / "w" / "r", LONG_S),
    ):
        raise AssertionError("held")
    assert store.get(KEY).payload == before


def test_a_silent_trainer_has_lost_it(store: ObjectStore, tmp_path: Path) -> None:
    """A lease that nobody renewed for long enough is taken over."""
    lease(store, age_s=LONG_S + 1)
    with hold_run(store, "r", tmp_path / "w" / "r", LONG_S):
        assert json.loads(store.get(KEY).payload)["holder"] != "elsewhere"


@pytest.mark.parametrize("payload", [b"{}", b"", b"null", b"[1]", b'{"at": "soon"}'])
def test_what_is_no_lease_is_taken(local_store: LocalStore, tmp_path: Path, payload: bytes) -> None:
    """A cut or given-back lease holds nothing up."""
    local_store.put(KEY, payload)
    with hold_run(local_store, "r", tmp_path / "w" / "r", LONG_S):
        assert b"holder" in local_store.get(KEY).payload


def test_who_lost_it_stops_and_leaves_the_winner_alone(store: ObjectStore, tmp_path: Path) -> None:
    """A renewal after somebody took over raises, and the winner's lease stays."""
    with hold_run(store, "r", tmp_path / "w" / "r", LONG_S) as renew:
        lease(store)
        with pytest.raises(TrainingBusy, match="took it over"):
            renew()
    assert json.loads(store.get(KEY).payload)["holder"] == "elsewhere"


def test_a_lease_taken_over_unseen_is_not_removed(store: ObjectStore, tmp_path: Path) -> None:
    """Who ends without noticing that it lost the lease does not give back what is another's."""
    with hold_run(store, "r", tmp_path / "w" / "r", LONG_S):
        lease(store)
    assert json.loads(store.get(KEY).payload)["holder"] == "elsewhere"


def test_a_store_that_stumbles_does_not_stop_training(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal that the store cannot take is a warning."""

    def broken(*args: object, **kwargs: object) -> str:
        raise StoreError("gone")

    with hold_run(local_store, "r", tmp_path / "w" / "r", LONG_S) as renew:
        monkeypatch.setattr(local_store, "put", broken)
        renew()


@pytest.mark.slow
def test_killed_here_is_taken_up_here_at_once(local_store: LocalStore, tmp_path: Path) -> None:
    """A second process is refused while the first lives; after its kill the same work folder goes on at once."""
    folder = tmp_path / "w" / "r"
    words = [sys.executable, "-c", HOLD, local_store.uri, str(folder)]
    first = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with (
            pytest.raises(TrainingBusy, match="on this machine"),
            hold_run(local_store, "r", folder, LONG_S),
        ):
            raise AssertionError("held")
    finally:
        first.kill()
        first.wait()
    assert local_store.exists(KEY)
    with (
        pytest.raises(TrainingBusy, match="s ago"),
        hold_run(local_store, "r", tmp_path / "another" / "r", LONG_S),
    ):
        raise AssertionError("held")
    with hold_run(local_store, "r", folder, LONG_S):
        pass


def test_two_that_come_at_once(s3_store: S3Store, tmp_path: Path) -> None:
    """Of two that saw no lease one takes it, the other is refused."""
    real = s3_store.put
    calls = 0

    def raced(key: str, payload: bytes, **condition: object) -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            lease(s3_store)
        return real(key, payload, **condition)  # type: ignore[arg-type]

    s3_store.put = raced  # type: ignore[method-assign]
    with (
        pytest.raises(TrainingBusy, match="in this moment"),
        hold_run(s3_store, "r", tmp_path / "w" / "r", LONG_S),
    ):
        raise AssertionError("held")
