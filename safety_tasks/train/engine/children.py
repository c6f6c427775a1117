"""Train on several GPUs: start the framework's children, pass on what they say, and end them with this process.

Rules: an error of a child is raised here as the same error; when this process is ended or killed, or whoever listens
to the epochs raises, the children end too.
"""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from safety_tasks.errors import TrainingError
from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.fit_plan import left_problem, said_epochs
from safety_tasks.train.engine.framework_problems import as_error

_POLL_S: Final = 0.5
_END_S: Final = 30.0
_SET_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def train_in_children(trainer: Any, project: Path, tell: Callable[[Epoch], None]) -> None:
    """Start a child a GPU for a trainer, and wait for them.

    Raises:
        SafetyTasksError: what ended a child.
    """
    from ultralytics.utils.dist import ddp_cleanup, generate_ddp_command

    command, file = generate_ddp_command(trainer)
    try:
        run_children(command, project, tell)
    finally:
        ddp_cleanup(trainer, str(file))


def run_children(command: Sequence[str], project: Path, tell: Callable[[Epoch], None]) -> None:
    """Run the command that trains; ``tell`` is called with each epoch as it ends.

    Raises:
        SafetyTasksError: what a child left, or that it left nothing and failed.
    """
    process = subprocess.Popen(command, preexec_fn=_end_with_parent)
    seen = 0
    try:
        while True:
            ended = _ended(process)
            for epoch in said_epochs(project, seen):
                seen += 1
                tell(epoch)
            if ended:
                break
    finally:
        _end(process)
    if process.returncode:
        left = left_problem(project)
        raise (
            as_error(left)
            if left
            else TrainingError(
                f"several GPUs: expected the children to train, found exit code {process.returncode}. See the log."
            )
        )


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the launcher, which ends its workers; only a launcher that does not obey is killed."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
