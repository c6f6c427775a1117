"""The child that decodes: it hears what the JPEG library mends, and is confined."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.drawn_pictures import JPEG_END, JPEG_KINDS, drawn, jpeg_of_kind, large_png, saved
from support.hostile_pictures import SOUND, hostile_pictures

from safety_tasks.ingest.picture_checks import (
    CheckedPicture,
    PictureLimits,
    PictureProblem,
    check_picture,
)
from safety_tasks.ingest.picture_workers import PictureWorkers

LIMITS = PictureLimits(cpu_s=10, wall_s=60)


@pytest.fixture(scope="module")
def workers() -> Iterator[PictureWorkers]:
    """Give one child for the whole module."""
    with PictureWorkers(LIMITS, count=1) as opened:
        yield opened


def rule_of(found: CheckedPicture | PictureProblem) -> str:
    """Return the rule that was broken, or ``SOUND``."""
    return found.rule if isinstance(found, PictureProblem) else SOUND


def test_the_hostile_corpus(workers: PictureWorkers) -> None:
    """Each hostile file breaks its expected rule, what is sound passes, and the child stays below 1 GB."""
    wrong = [
        (case.what, case.rule, found)
        for case in hostile_pictures(LIMITS)
        if rule_of(found := workers.check(case.payload, case.name)) != case.rule
    ]
    assert wrong == []
    assert peak_bytes(newest_child()) < 1e9


def test_same_answer_as_in_process(workers: PictureWorkers) -> None:
    """Nothing is lost on the way back: a picture checked in the child equals one checked here."""
    for kind in JPEG_KINDS:
        jpeg = jpeg_of_kind(kind, 640, 512)
        assert workers.check(jpeg, "a.jpg") == check_picture(jpeg, "a.jpg", LIMITS)
    png = saved(drawn(), "PNG")
    assert workers.check(png, "a.png") == check_picture(png, "a.png", LIMITS)


@hypothesis_settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from(sorted(JPEG_KINDS)), cut=st.floats(0, 1, exclude_max=True))
def test_every_cut_with_an_end_mark_glued_on(
    workers: PictureWorkers, kind: str, cut: float
) -> None:
    """A JPEG cut anywhere is refused, and so it is with its end mark put back on."""
    jpeg = jpeg_of_kind(kind, 200, 136)
    at = int(cut * (len(jpeg) - len(JPEG_END)))
    assert rule_of(workers.check(jpeg[:at], "a.jpg")) in ("truncated", "not_a_picture")
    assert rule_of(workers.check(jpeg[:at] + JPEG_END, "a.jpg")) != SOUND


def test_real_pictures_pass_and_their_cuts_do_not(workers: PictureWorkers, real_mini: Path) -> None:
    """No real picture is refused; cut at nine places, with the end mark glued on, every one is."""
    for file in sorted(real_mini.rglob("*.jpg")):
        whole = file.read_bytes()
        assert rule_of(workers.check(whole, file.name)) == SOUND, file.name
        for tenth in range(1, 10):
            cut = whole[: len(whole) * tenth // 10] + JPEG_END
            assert rule_of(workers.check(cut, file.name)) != SOUND, (file.name, tenth)


@pytest.mark.slow
@pytest.mark.parametrize("colour", [2, 6])
def test_fifty_megapixels_in_less_than_a_gigabyte(colour: int) -> None:
    """The largest PNG that is allowed, opaque RGBA too, is checked in less than 1 GB."""
    with PictureWorkers(LIMITS, count=1) as workers:
        found = workers.check(large_png(7100, 7000, colour), "a.png")
        assert isinstance(found, CheckedPicture), found
        print(f"peak {peak_bytes(newest_child()) / 1e6:.0f} MB")
        assert peak_bytes(newest_child()) < 1e9


def test_the_child_is_confined(workers: PictureWorkers) -> None:
    """A child may map little more, open few files, write none, leave no core; no secret is in its environment."""
    workers.check(b"", "a.jpg")
    child = newest_child()
    assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_NOFILE) == (16, 16)
    assert child.rlimit(psutil.RLIMIT_AS)[0] < LIMITS.memory_bytes + 1.5e9
    assert child.rlimit(psutil.RLIMIT_CPU)[0] < 60
    assert not [name for name in child.environ() if "AWS" in name or "SECRET" in name]


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_the_child_ends_with_its_parent(state: str) -> None:
    """When the parent is killed, its child ends by itself."""
    program = textwrap.dedent(
        """
        import os, signal, sys, threading, psutil
        sys.path[:0] = ["tests"]
        from safety_tasks.ingest.picture_workers import PictureWorkers, PictureLimits
        workers = PictureWorkers(PictureLimits(), count=1)
        workers.check(b"", "a.jpg")
        print(psutil.Process().children()[0].pid, flush=True)
        if sys.argv[1] == "busy":
            from support.drawn_pictures import drawn, saved
            jpeg = saved(drawn(1600, 1200))
            threading.Thread(target=lambda: [workers.check(jpeg, "a.jpg") for _ in range(99)]).start()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, state], capture_output=True, text=True, timeout=120
    )
    pid = int(done.stdout)
    if psutil.pid_exists(pid):
        psutil.Process(pid).wait(30)
    assert not psutil.pid_exists(pid)


def test_the_error_stream_gives_complaints_and_no_log() -> None:
    """What was written since last asked comes back as one line, without OpenCV's own log lines."""
    program = textwrap.dedent(
        """
        import os, sys
        from safety_tasks.ingest.picture_worker import ErrorStream
        errors = ErrorStream()
        print(repr(errors.take()))
        os.write(2, b"Corrupt JPEG data: bad\\n[ WARN:0@1.2] log\\n")
        print(repr(errors.take()))
        os.write(2, b"x" * 60_000)
        print(len(errors.take()), repr(errors.take()))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == ["''", "'Corrupt JPEG data: bad'", "60000 ''"], done.stderr


def newest_child() -> psutil.Process:
    """Return the picture worker that this process started last."""
    children = [
        child
        for child in psutil.Process(os.getpid()).children()
        if any("picture_worker" in word for word in child.cmdline())
    ]
    return max(children, key=lambda child: child.create_time())


def peak_bytes(process: psutil.Process) -> int:
    """Return the most memory that a process ever had resident."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
