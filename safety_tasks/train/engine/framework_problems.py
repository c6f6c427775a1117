"""Name what the training framework raises.

Rules: an error of this project's tree passes as it is; memory, disk, numbers and data have errors of their own, with
the next step; what is left is a TrainingError that quotes the framework.
"""

import errno
import re
import shutil
from pathlib import Path
from typing import Final

from safety_tasks import errors
from safety_tasks.errors import (
    DatasetEmpty,
    DiskFull,
    LossNotFinite,
    OutOfMemory,
    SafetyTasksError,
    TrainingError,
)
from safety_tasks.records.base import Record

# Of CUDA's allocator and libraries, of the CPU's on Linux, on Windows, and of a fork that found no memory.
_NO_MEMORY: Final = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "cublas_status_alloc_failed",
)
_NO_ROOM: Final = ("no space left on device", "disk quota exceeded", "pytorchstreamwriter")
_NO_PICTURES: Final = ("no images found", "no valid images found", "images not found")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


class Problem(Record):
    """An error as a child process leaves it for the one that started it."""

    kind: str
    message: str


def is_out_of_memory(problem: BaseException) -> bool:
    """Tell whether memory ran out, of the processor or of an accelerator."""
    if isinstance(problem, MemoryError | OutOfMemory):
        return True
    if isinstance(problem, OSError):
        return problem.errno == errno.ENOMEM
    return isinstance(problem, RuntimeError) and _says(problem, _NO_MEMORY)


def named(problem: BaseException, *, what: str, folder: Path) -> SafetyTasksError:
    """Return the error of the tree that a framework's error is.

    Args:
        problem: what was raised.
        what: recipe, device and batch, for the message.
        folder: where training writes.
    """
    if isinstance(problem, SafetyTasksError):
        return problem
    if is_out_of_memory(problem):
        return OutOfMemory(
            f"{what}: expected enough memory for a step, found too little: {_short(problem)}. "
            "Lower imgsz_px or batch, or train where there is more memory."
        )
    full = isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or _says(problem, _NO_ROOM):
        return disk_full(what, folder, problem)
    if _says(problem, _NO_PICTURES):
        return DatasetEmpty(
            f"{what}: expected pictures in train and in val, found: {_short(problem)}. "
            "Ingest labelled pictures first."
        )
    return TrainingError(
        f"{what}: training failed: {_short(problem)}. See the task's log for where."
    )


def disk_full(what: str, folder: Path, problem: BaseException) -> DiskFull:
    """Return the error of a disk without room, with what is free of it."""
    there = next((p for p in (folder, *folder.parents) if p.is_dir()), Path())
    return DiskFull(
        f"{what}: expected room for checkpoints and weights in {folder}, found {shutil.disk_usage(there).free} "
        f"bytes free: {_short(problem)}. Make room or set SAFETY_TASKS_WORK_DIR to a larger disk; "
        "training goes on from its last checkpoint."
    )


def not_finite(what: str, epoch: int, found: str) -> LossNotFinite:
    """Return the error of numbers that ran away; ``found`` says which."""
    return LossNotFinite(
        f"{what}: expected finite numbers, found {found} in epoch {epoch}. "
        "Lower lr0 (a tenth of it is a good next try), or raise warmup_epochs."
    )


def as_problem(error: SafetyTasksError) -> Problem:
    """Return an error as a record."""
    return Problem(kind=type(error).__name__, message=str(error))


def as_error(problem: Problem) -> SafetyTasksError:
    """Return a child's error as one of this process."""
    kind = getattr(errors, problem.kind, TrainingError)
    known = isinstance(kind, type) and issubclass(kind, SafetyTasksError)
    return kind(problem.message) if known else TrainingError(problem.message)


def _says(problem: BaseException, words: tuple[str, ...]) -> bool:
    """Look at the error and at what it was raised from, where the framework puts the reason."""
    cause: BaseException | None = problem
    while cause is not None:
        if any(word in str(cause).lower() for word in words):
            return True
        cause = cause.__cause__
    return False


def _short(problem: BaseException) -> str:
    text = " ".join(_COLOUR.sub("", str(problem)).split()) or type(problem).__name__
    return text if len(text) <= 300 else text[:300] + " …"
