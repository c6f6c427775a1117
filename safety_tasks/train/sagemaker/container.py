"""What runs inside a paid job: from its channels to its model folder, with the same training as anywhere.

Rules: every picture is proved before it is trained on; checkpoints go to the folder that survives an interruption, and
the same inputs go on from there; the engine's line for each epoch goes to the job's log, and the last one is about
the epoch whose weights are kept; what fails is one line in the failure file, which DescribeTrainingJob shows, and exit
code 1; told to stop, it ends at once.
Source: aws/sagemaker-training-toolkit 5.1.4, ``files.py`` (a failure file that is there stays); Amazon SageMaker
Developer Guide, "How Amazon SageMaker AI signals algorithm success and failure".
"""

import errno
import logging
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from safety_tasks.errors import DiskFull, SafetyTasksError
from safety_tasks.framework_env import prepare_framework
from safety_tasks.records.training import best_line
from safety_tasks.store.base import keep_file
from safety_tasks.store.local import LocalStore
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.engine.curves_table import read_curves
from safety_tasks.train.engine.fit import Fitted, fit_detector
from safety_tasks.train.sagemaker.job_input import Places, places_of, read_work
from safety_tasks.train.sagemaker.layout import (
    CURVES_FILE,
    CURVES_PICTURE_FILE,
    FIT_FILE,
    WEIGHTS_FILE,
)
from safety_tasks.train.sagemaker.ranks import forget_launcher, is_first, require_devices

log = logging.getLogger("safety_tasks")
_TOLD_TO_STOP: Final = 128 + signal.SIGTERM
_REASON_CHARACTERS: Final = 900  # the service shows 1024 with its own words
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def main() -> int:
    """Do the job that the environment tells of; return the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    output = Path(os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output"))
    try:
        if not is_first(os.environ):
            return 0
        forget_launcher(os.environ)
        with _log_to_stdout():
            _run(places_of(os.environ))
    except SafetyTasksError as problem:
        return _failed(output, problem)
    except Exception as problem:
        traceback.print_exc()
        if isinstance(problem, OSError) and problem.errno in _NO_ROOM:
            problem = DiskFull(
                f"expected room on the job's disk, found: {problem}. Raise sagemaker.volume_gb."
            )
        return _failed(output, problem)
    return 0


def write_result(fitted: Fitted, model: Path) -> None:
    """Write the model folder; the record comes last."""
    for name, path in (
        (WEIGHTS_FILE, fitted.weights),
        (CURVES_FILE, fitted.curves),
        (CURVES_PICTURE_FILE, fitted.curves_picture),
    ):
        keep_file(model / name, path.read_bytes())
    keep_file(model / FIT_FILE, fitted.fit.to_json_bytes())


def _run(places: Places) -> None:
    work = read_work(places)
    require_devices(work.recipe.device, places.gpus, _usable_gpus() if places.gpus else 0)
    data = write_dataset_folder(
        LocalStore(places.pictures), work.pictures, work.job.classes, places.work / "dataset"
    )
    fitted = fit_detector(
        data,
        work.base,
        work.recipe,
        places.work / "fit",
        inputs_sha256=work.inputs_sha256,
        # The trainings of one tuning job share the folder: each has its own part of it.
        checkpoints=places.checkpoints / work.inputs_sha256[:16],
    )
    log.info(_best_line(fitted))
    write_result(fitted, places.model)


def _best_line(fitted: Fitted) -> str:
    """Return what val said of the weights that are kept; a search compares trials by it, not by their last epochs."""
    number = fitted.fit.best_epoch
    curves = read_curves(fitted.curves.read_bytes())

    def then(metric: str) -> float | None:
        values = curves.get(metric, ())
        return values[number - 1] if number <= len(values) else None

    return best_line(number, then("map50"), then("map50_95"))


def _usable_gpus() -> int:
    prepare_framework()
    import torch

    return torch.cuda.device_count()


@contextmanager
def _log_to_stdout() -> Iterator[None]:
    handler = logging.StreamHandler(sys.stdout)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _failed(output: Path, problem: Exception) -> int:
    """Leave the reason, in one line."""
    line = f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:_REASON_CHARACTERS]
    print(line, file=sys.stderr, flush=True)
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / "failure").write_text(line, encoding="utf-8")
    except OSError:  # no room: the line is in the log
        pass
    return 1


def _leave(number: int, frame: FrameType | None) -> None:
    """End now: two minutes are left at most, and what the last epoch left is safe."""
    del number, frame
    os.write(1, b"told to stop: training goes on from the last whole epoch\n")
    os._exit(_TOLD_TO_STOP)


if __name__ == "__main__":
    raise SystemExit(main())
