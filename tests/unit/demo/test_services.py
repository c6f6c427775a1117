"""Services: started under guard, waited for, and reported with their last words."""

import os
import sys
from pathlib import Path

import pytest

from safety_tasks.demo.services import Service, answers, free_port
from safety_tasks.errors import StackError


def _service(tmp_path: Path, program: str) -> Service:
    return Service(
        "thing", [sys.executable, "-c", program], tmp_path / "logs" / "thing.log", os.environ
    )


def test_a_service_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    """Waiting for a service that ended raises at once and shows the end of its log."""
    service = _service(tmp_path, "print('no port left'); raise SystemExit(3)")
    service.start()
    with pytest.raises(StackError, match=r"status 3.*\n*.*no port left"):
        service.wait_until(lambda: False, 20)
    service.stop()


def test_a_service_that_never_answers_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """A service that runs but does not answer raises when the time is up, and can be stopped."""
    service = _service(tmp_path, "import time; time.sleep(600)")
    service.start()
    with pytest.raises(StackError, match="expected an answer within"):
        service.wait_until(lambda: False, 0.5)
    service.stop()
    service.stop()


def test_a_held_file_stays_open_until_the_service_has_ended(tmp_path: Path) -> None:
    """A lock handed to a service is free again only when the service was stopped."""
    import fcntl

    service = _service(tmp_path, "import time; time.sleep(600)")
    handle = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    service.start(held=(handle,))
    os.close(handle)
    other = os.open(tmp_path / "lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    service.stop()
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_a_free_port_is_free() -> None:
    """Nobody answers on a port that was called free."""
    assert not answers(free_port())
