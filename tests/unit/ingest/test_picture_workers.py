"""Whatever a child does, its parent, its picture and the next picture are told apart."""

import json
import os
import signal
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from support.drawn_pictures import drawn, saved
from support.unruly_worker import COMMAND

from safety_tasks.errors import WorkerError
from safety_tasks.ingest.picture_checks import (
    CheckedPicture,
    PictureLimits,
    PictureProblem,
    check_picture,
)
from safety_tasks.ingest.picture_workers import PictureWorkers

LIMITS = PictureLimits(max_bytes=4_000_000, cpu_s=1, wall_s=60)
SHORT = PictureLimits(max_bytes=4_000_000, cpu_s=1, wall_s=3)
JPEG = saved(drawn())
SOUND = check_picture(JPEG, "a.jpg", LIMITS)


@pytest.fixture(scope="module")
def workers() -> Iterator[PictureWorkers]:
    """Give one child that misbehaves on demand."""
    with PictureWorkers(LIMITS, count=1, command=COMMAND) as opened:
        yield opened


def said(text: bytes) -> str:
    """Return the name that makes the child answer with these bytes, after their length."""
    return "say " + (struct.pack(">I", len(text)) + text).hex()


@pytest.mark.parametrize(
    ("name", "observed"),
    [
        ("die", "killed by signal 9"),
        ("exit", "ended with 3"),
        ("raise", "ended by RecursionError"),
        ("spin", "over 1 s of processor time"),
        ("swell in small", "bytes of memory"),
        ("say ffffffff", "nonsense"),
        (said(b'P{"rule": "fine", "observed": ""}') + "00", "nonsense"),
    ],
)
def test_a_child_that_fails_is_replaced(workers: PictureWorkers, name: str, observed: str) -> None:
    """A child that dies, hangs, swells or lies costs its own picture, and the next one is fine."""
    found = workers.check(JPEG, name)
    assert isinstance(found, PictureProblem)
    assert found.rule == "decoder_failed"
    assert observed in found.observed
    assert workers.check(JPEG, "a.jpg") == SOUND


def test_a_child_writes_no_file(workers: PictureWorkers, tmp_path: Path) -> None:
    """Not a byte of a child's gets into a file."""
    found = workers.check(JPEG, f"write {tmp_path / 'left-behind'}")
    assert isinstance(found, PictureProblem)
    assert "File too large" in found.observed
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) == 0


@pytest.mark.parametrize("name", ["hang", "say "])
def test_a_child_that_hangs_is_killed(name: str) -> None:
    """A child that does not answer in time, whatever it does, is gone afterwards."""
    with PictureWorkers(SHORT, count=1, command=COMMAND) as workers:
        before = set(children())
        found = workers.check(JPEG, name)
        assert isinstance(found, PictureProblem)
        assert found.observed == "the decoder took over 3 s by the clock"
        assert set(children()) == before
        assert workers.check(JPEG, "a.jpg") == SOUND


def test_a_picture_is_blamed_only_if_a_fresh_child_fails(workers: PictureWorkers) -> None:
    """A child that an earlier picture spoilt, or that died while idle, costs no picture."""
    assert workers.check(JPEG, "a.jpg") == SOUND
    assert workers.check(JPEG, "die unless fresh") == SOUND
    (child,) = children()
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    assert workers.check(JPEG, "a.jpg") == SOUND


def test_what_is_printed_is_no_answer(workers: PictureWorkers) -> None:
    """Whatever decoders print on standard output cannot be taken for an answer, nor does it block."""
    assert workers.check(JPEG, "print") == SOUND


def test_a_large_picture_fits_through_the_pipe(workers: PictureWorkers) -> None:
    """A picture larger than any pipe arrives whole; one byte over the limit is not even sent."""
    found = workers.check(JPEG + bytes(LIMITS.max_bytes - len(JPEG)), "a.jpg")
    assert isinstance(found, PictureProblem)
    assert found.rule == "trailing_bytes"
    found = workers.check(bytes(LIMITS.max_bytes + 1), "die")
    assert isinstance(found, PictureProblem)
    assert found.rule == "too_large"


def test_a_child_that_dies_while_it_is_written_to(workers: PictureWorkers) -> None:
    """A child that is gone before the picture was sent whole is replaced."""
    (child,) = children()
    child.send_signal(signal.SIGSTOP)
    killer = threading.Timer(0.5, child.send_signal, [signal.SIGKILL])
    killer.start()
    found = workers.check(JPEG + bytes(LIMITS.max_bytes - len(JPEG)), "a.jpg")
    killer.join()
    assert isinstance(found, PictureProblem)
    assert found.rule == "trailing_bytes"


def test_many_threads_share_few_children() -> None:
    """Sixteen threads over two children get each its own picture's answer; all children end."""
    pictures = [saved(drawn(64 + number, 64)) for number in range(24)]
    with (
        PictureWorkers(LIMITS, count=2, command=COMMAND) as workers,
        ThreadPoolExecutor(16) as pool,
    ):
        names = ["die" if number % 8 == 7 else "a.jpg" for number in range(24)]
        answers = list(pool.map(workers.check, pictures, names))
        assert len(children(COMMAND)) <= 3  # the module's own child may be there too
    for number, answer in enumerate(answers):
        if names[number] == "die":
            assert isinstance(answer, PictureProblem)
        else:
            assert isinstance(answer, CheckedPicture)
            assert answer.width_px == 64 + number


def test_closed_workers_refuse() -> None:
    """After the end, no check waits for a child that never comes."""
    with PictureWorkers(LIMITS, count=1, command=COMMAND) as workers:
        workers.check(JPEG, "a.jpg")
        before = children()
    assert not any(child.is_running() for child in before if child not in children())
    with pytest.raises(RuntimeError, match="closed"):
        workers.check(JPEG, "a.jpg")


@pytest.mark.parametrize("command", [("false",), ("echo", "hello"), ("/nonexistent",)])
def test_a_child_that_cannot_start_is_no_fault_of_a_picture(command: tuple[str, ...]) -> None:
    """Without a child no picture is judged: that is an error, not a quarantine."""
    with (
        PictureWorkers(LIMITS, count=1, command=command) as workers,
        pytest.raises(WorkerError, match="expected a picture worker"),
    ):
        workers.check(JPEG, "a.jpg")


def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child's environment holds nothing of its parent's but where modules are."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    with PictureWorkers(LIMITS, count=1, command=COMMAND) as workers:
        workers.check(JPEG, "a.jpg")
        newest = max(children(), key=lambda child: child.create_time())
        assert "hidden" not in json.dumps(newest.environ())
        assert {"PYTHONPATH", "OMP_NUM_THREADS"} <= newest.environ().keys()


def children(command: tuple[str, ...] = COMMAND) -> list[psutil.Process]:
    """Return this process's living children that were started by a command."""
    found = []
    for child in psutil.Process(os.getpid()).children():
        try:
            if child.cmdline()[: len(command)] == list(command):
                found.append(child)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
