"""Start and stop services on the loopback.

Rules: each service runs under a guardian in its own session, so that Ctrl-C reaches only the program that the person
looks at, and nothing outlives it; a service that ends early is reported with the last lines of its log.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from safety_tasks.errors import StackError

_STOP_S: Final = 20.0


class Service:
    """One guarded command with its log."""

    def __init__(self, name: str, command: list[str], log: Path, env: Mapping[str, str]) -> None:
        """Describe a service.

        Args:
            name: for messages.
            command: the program and its arguments.
            log: where its output is appended.
            env: its whole environment.
        """
        self.name = name
        self.log = log
        self._command = command
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, detached: bool = False, held: tuple[int, ...] = ()) -> int:
        """Start, and return the guardian's process id.

        Args:
            detached: go on when this program ends; whoever starts it so must stop it by its process id.
            held: open files that the guardian keeps open until all has ended, such as a lock.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        guardian = [sys.executable, "-m", "safety_tasks.demo.guardian"]
        guardian += ["--detached"] if detached else []
        with self.log.open("ab") as stream:
            self._process = subprocess.Popen(
                [*guardian, *self._command],
                stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
                pass_fds=held,
            )
        return self._process.pid

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until the service answers.

        Raises:
            StackError: it ended, or did not answer in time; the message holds its last words.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            self.require_alive()
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name}: expected an answer within {timeout_s:.0f} s, found none. {self.last_words()}"
                )
            time.sleep(0.2)

    def require_alive(self) -> None:
        """Raise StackError if the service ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise StackError(
                f"{self.name}: expected it to run, found that it ended with status "
                f"{self._process.returncode}. {self.last_words()}"
            )

    def last_words(self, lines: int = 15) -> str:
        """Return the end of the log, for messages."""
        if not self.log.is_file():
            return f"There is no log at {self.log}."
        tail = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        return f"The end of {self.log}:\n" + "\n".join(tail)

    def stop(self) -> None:
        """Close the owner's pipe and wait until the guardian has ended all; kill it only if it hangs."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        else:
            process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Tell whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
