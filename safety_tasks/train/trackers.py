"""Show a training in TensorBoard and MLflow, where their own environment variables are set.

Rules: a tracker works in a thread of its own, so that the slowest server costs training nothing; what fails is told in
one warning and then left alone; neither an address's user nor a key nor what a server answers gets into a log.
"""

import logging
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from safety_tasks.records.training import Epoch
from safety_tasks.train.mlflow_client import MlflowRun, TrackerProblem

log = logging.getLogger("safety_tasks")
# How long the end of a training waits for what a tracker still has to send.
_FINISH_S: Final = 15.0


class Sink(Protocol):
    """Where a tracker writes; each call may take long and may fail."""

    def open(self, run_name: str, at_ms: int, params: Mapping[str, object]) -> None:
        """Begin a run; ``at_ms`` is UTC since 1970."""

    def log(self, step: int, at_ms: int, numbers: Mapping[str, float]) -> None:
        """Write an epoch's numbers."""

    def close(self, ok: bool, at_ms: int) -> None:
        """End the run."""


class Tracker:
    """Tells every sink of a training; no method waits or raises."""

    def __init__(self, senders: tuple["_Sender", ...]) -> None:
        self._senders = senders

    def epoch(self, epoch: Epoch) -> None:
        """Tell of a finished epoch."""
        found = numbers_of(epoch)
        at_ms = _now_ms()
        for sender in self._senders:
            sender.ask(lambda sink: sink.log(epoch.number, at_ms, found))

    def finish(self, ok: bool) -> None:
        """Tell that training ended, and give the sinks a moment to write what is left; again: nothing."""
        at_ms = _now_ms()
        for sender in self._senders:
            sender.ask(lambda sink: sink.close(ok, at_ms), last=True)
        until = time.monotonic() + _FINISH_S
        for sender in self._senders:
            sender.wait(until)
        self._senders = ()

    def __enter__(self) -> "Tracker":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.finish(kind is None)


def open_tracker(run_name: str, params: Mapping[str, object]) -> Tracker:
    """Begin to track a training.

    ``TENSORBOARD_LOGDIR`` and ``MLFLOW_TRACKING_URI`` turn the two on; without them nothing is written.

    Args:
        run_name: how the run is called there.
        params: what it was started with.
    """
    sinks: list[tuple[str, Callable[[], Sink]]] = []
    if folder := os.environ.get("TENSORBOARD_LOGDIR"):
        sinks.append(("TensorBoard", lambda: _TensorBoard(folder)))
    if os.environ.get("MLFLOW_TRACKING_URI"):
        sinks.append(("MLflow", lambda: MlflowRun.from_environment(os.environ)))
    senders = []
    at_ms = _now_ms()
    for name, make in sinks:
        try:
            sink = make()
        except Exception as problem:  # a broken tracker never stops a training
            _warn(name, problem)
            continue
        sender = _Sender(name, sink)
        sender.ask(lambda sink: sink.open(run_name, at_ms, params))
        senders.append(sender)
    return Tracker(tuple(senders))


def numbers_of(epoch: Epoch) -> dict[str, float]:
    """Return an epoch's finite numbers, by the names that trackers show."""
    found = {
        "train/box_loss": epoch.box_loss,
        "train/cls_loss": epoch.cls_loss,
        "train/dfl_loss": epoch.dfl_loss,
        "val/mAP50": epoch.map50,
        "val/mAP50-95": epoch.map50_95,
        "seconds": epoch.seconds,
    }
    return {
        name: value for name, value in found.items() if value is not None and math.isfinite(value)
    }


class _Sender:
    """A thread that does what it is asked in order, until the first failure."""

    def __init__(self, name: str, sink: Sink) -> None:
        self._name, self._sink = name, sink
        self._asked: queue.SimpleQueue[Callable[[Sink], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"tracker-{name}", daemon=True)
        self._thread.start()

    def ask(self, what: Callable[[Sink], None], *, last: bool = False) -> None:
        self._asked.put(what)
        if last:
            self._asked.put(None)

    def wait(self, until: float) -> None:
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._thread.is_alive():
            log.warning(
                "%s: it did not take all numbers in time; training is not affected", self._name
            )

    def _run(self) -> None:
        try:
            while (what := self._asked.get()) is not None:
                what(self._sink)
        except Exception as problem:  # whatever a library or a server does
            _warn(self._name, problem)


class _TensorBoard:
    """Writes event files, one folder a run."""

    def __init__(self, folder: str) -> None:
        # Imported by the thread that trains, which is about to import the same framework.
        from torch.utils.tensorboard import SummaryWriter

        self._make, self._folder = SummaryWriter, folder

    def open(self, run_name: str, at_ms: int, params: Mapping[str, object]) -> None:
        self._writer = self._make(str(Path(self._folder) / run_name))
        rows = "".join(f"| {name} | {value} |\n" for name, value in params.items())
        self._writer.add_text("recipe", f"| field | value |\n| --- | --- |\n{rows}")

    def log(self, step: int, at_ms: int, numbers: Mapping[str, float]) -> None:
        for name, value in numbers.items():
            self._writer.add_scalar(name, value, step, walltime=at_ms / 1000)
        self._writer.flush()

    def close(self, ok: bool, at_ms: int) -> None:
        self._writer.add_text("outcome", "finished" if ok else "failed", walltime=at_ms / 1000)
        self._writer.close()


def _warn(name: str, problem: Exception) -> None:
    # Foreign messages hold addresses, and those may hold a password.
    said = str(problem) if isinstance(problem, TrackerProblem) else type(problem).__name__
    log.warning("%s: the training is not shown there: %s. Training goes on.", name, said)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
