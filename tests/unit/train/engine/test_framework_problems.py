"""What the framework raises becomes an error of the tree, with the next step."""

import errno
from pathlib import Path

import pytest

from safety_tasks import errors
from safety_tasks.train.engine.framework_problems import (
    Problem,
    as_error,
    as_problem,
    is_out_of_memory,
    named,
)


@pytest.mark.parametrize(
    ("problem", "kind", "says"),
    [
        (MemoryError(), "OutOfMemory", "MemoryError. Lower imgsz_px"),
        (RuntimeError("CUDA out of memory. Tried"), "OutOfMemory", "Lower imgsz_px"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "OutOfMemory", "Lower"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you"), "OutOfMemory", "Lower"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "OutOfMemory", "Lower"),
        (OSError(errno.ENOSPC, "No space left on device"), "DiskFull", "bytes free"),
        (OSError(errno.EDQUOT, "quota"), "DiskFull", "Make room"),
        (RuntimeError("PytorchStreamWriter failed writing file"), "DiskFull", "Make room"),
        (RuntimeError("Dataset error: No images found in x"), "DatasetEmpty", "Ingest"),
        (RuntimeError("shape mismatch"), "TrainingError", "shape mismatch. See the task's log"),
        (ValueError("x" * 1000), "TrainingError", "xxx …"),
        (errors.LossNotFinite("as it was"), "LossNotFinite", "as it was"),
    ],
)
def test_names(problem: Exception, kind: str, says: str, tmp_path: Path) -> None:
    """Each kind by its own error; what has a name keeps it; the rest quotes the framework, not at length."""
    found = named(problem, what="recipe x", folder=tmp_path / "not" / "there")
    assert type(found).__name__ == kind
    assert says in str(found)
    assert len(str(found)) < 900
    assert is_out_of_memory(problem) == (kind == "OutOfMemory")


def test_an_error_crosses_a_process_as_itself() -> None:
    """A child's error is raised by the parent as the same class; an unknown or foreign one is a TrainingError."""
    for kind in (errors.OutOfMemory, errors.DiskFull, errors.LossNotFinite):
        found = as_error(as_problem(kind("what to do")))
        assert type(found) is kind
        assert str(found) == "what to do"
    for name in ("Nonsense", "__builtins__"):
        assert type(as_error(Problem(kind=name, message="m"))) is errors.TrainingError
