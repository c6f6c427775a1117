"""The life of one training job behind the test server: its states, its log, its starts on this machine."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.sagemaker_toolkit import CHECKOUT

ENDED = ("Completed", "Failed", "Stopped")
MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Interrupted": "Training job was interrupted: spot capacity was taken back",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
_EPOCH = re.compile(r"epoch (\d+) of \d+")
Lines = Callable[[str, list[str]], None]


class TrainingJob(threading.Thread):
    """One job; the thread is its life. ``put_lines(stream, lines)`` takes what it writes."""

    def __init__(
        self, request: dict[str, Any], folder: Path, env: dict[str, str], put_lines: Lines
    ) -> None:
        super().__init__(name=request["TrainingJobName"], daemon=True)
        self.request, self.folder, self._env, self._put_lines = request, folder, env, put_lines
        self.status = "InProgress"
        self.transitions: list[dict[str, Any]] = []
        self.starts = 0
        self.lines: list[str] = []
        self.result: dict[str, str] = {}
        self.interrupt_after: list[int] = []
        self.billable_s = 0.0
        self.created_at = time.time()
        self._process: subprocess.Popen[bytes] | None = None
        self._told_to_stop = threading.Event()
        self._lock = threading.RLock()
        self._enter("Starting")

    def run(self) -> None:
        """Start the job, again after each interruption, until it ends."""
        while True:
            self.result = self._start_once()
            if self.result["status"] != "Interrupted" or self._told_to_stop.is_set():
                break
            self._enter("Interrupted")
            self._enter("Starting")
        status = self.result["status"]
        status = "Stopped" if status == "Interrupted" else status
        over = status == "Stopped" and not self._told_to_stop.is_set()
        self._enter("MaxRuntimeExceeded" if over else status)
        with self._lock:
            self.status = status

    def stop(self) -> None:
        """Stop it as StopTrainingJob does."""
        with self._lock:
            if self.status != "InProgress":
                return
            self.status = "Stopping"
            self._enter("Stopping")
            self._told_to_stop.set()
            self._signal(signal.SIGTERM)

    def interrupt(self) -> None:
        """Take its machine away now."""
        self._signal(signal.SIGUSR1)

    def kill(self) -> None:
        """End it with the server: it ends as its pipe closes."""
        self._told_to_stop.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait(timeout=30)
        self.join(timeout=30)

    def description(self) -> dict[str, Any]:
        """Return what DescribeTrainingJob tells besides the request."""
        with self._lock:
            ended = self.status in ENDED
            told: dict[str, Any] = {
                "TrainingJobStatus": self.status,
                "SecondaryStatus": self.transitions[-1]["Status"],
                "SecondaryStatusTransitions": [dict(each) for each in self.transitions],
                "CreationTime": self.created_at,
                "LastModifiedTime": self.transitions[-1]["StartTime"],
                "FinalMetricDataList": self.metrics(),
            }
            began = [each for each in self.transitions if each["Status"] == "Downloading"]
            if began:
                told["TrainingStartTime"] = began[0]["StartTime"]
            if "model" in self.result:
                told["ModelArtifacts"] = {"S3ModelArtifacts": self.result["model"]}
            if ended:
                told["TrainingEndTime"] = self.transitions[-1]["StartTime"]
                told["BillableTimeInSeconds"] = told["TrainingTimeInSeconds"] = max(
                    1, round(self.billable_s)
                )
                if "reason" in self.result:
                    told["FailureReason"] = self.result["reason"]
            return told

    def metrics(self) -> list[dict[str, Any]]:
        """Return the last value of each metric that the request defines, read from the log by its expression."""
        found: list[dict[str, Any]] = []
        for metric in self.request["AlgorithmSpecification"].get("MetricDefinitions", ()):
            values = [
                match[1] for line in self.lines for match in re.finditer(metric["Regex"], line)
            ]
            if values:
                found.append(
                    {
                        "MetricName": metric["Name"],
                        "Value": float(values[-1]),
                        "Timestamp": time.time(),
                    }
                )
        return found

    def _start_once(self) -> dict[str, str]:
        self.starts += 1
        folder = self.folder / f"start-{self.starts}"
        folder.mkdir(parents=True)
        (folder / "request.json").write_text(json.dumps(self.request))
        began = time.monotonic()
        with (folder / "harness.log").open("ab") as log, self._lock:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "support.sagemaker_harness", str(folder)],
                env=self._env | {"PYTHONPATH": f"{CHECKOUT / 'tests'}{os.pathsep}{CHECKOUT}"},
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stream = f"{self.name}/algo-1-{int(time.time() * 1000)}"
        log_at = events_at = 0
        asked = False
        while True:
            running = process.poll() is None
            events_at = self._take_events(folder / "events.jsonl", events_at)
            log_at = self._take_lines(folder / "train.log", log_at, stream, last=not running)
            if not running:
                break
            limit_s = self.request["StoppingCondition"]["MaxRuntimeInSeconds"]
            over = self.billable_s + time.monotonic() - began > limit_s
            if (self._told_to_stop.is_set() or over) and not asked and (folder / "ready").exists():
                process.send_signal(signal.SIGTERM)
                asked = True
            time.sleep(0.1)
        if process.stdin is not None:
            process.stdin.close()
        self.billable_s += time.monotonic() - began
        path = folder / "result.json"
        if path.exists():
            found: dict[str, str] = json.loads(path.read_text())
            return found
        words = (folder / "harness.log").read_text(errors="replace")[-800:]
        return {"status": "Failed", "reason": f"InternalServerError: harness ended: {words}"}

    def _take_events(self, path: Path, position: int) -> int:
        lines = path.read_text().splitlines() if path.exists() else []
        for line in lines[position:]:
            if not self._told_to_stop.is_set():
                self._enter(json.loads(line)["status"])
        return len(lines)

    def _take_lines(self, path: Path, position: int, stream: str, *, last: bool) -> int:
        """Take whole lines that are new; at the end also one that was cut."""
        if not path.exists():
            return position
        with path.open("rb") as log:
            log.seek(position)
            piece = log.read()
        if not last:
            piece = piece[: piece.rfind(b"\n") + 1]
        lines = [line for line in piece.decode(errors="replace").splitlines() if line.strip()]
        if lines:
            self.lines += lines
            self._put_lines(stream, lines)
        for line in lines:
            match = _EPOCH.search(line)
            if match and self.interrupt_after and int(match[1]) == self.interrupt_after[0]:
                self.interrupt_after.pop(0)
                self.interrupt()
        return position + len(piece)

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            folder = self.folder / f"start-{self.starts}"
            ready = (folder / "ready").exists()
            if ready and self._process is not None and self._process.poll() is None:
                self._process.send_signal(number)

    def _enter(self, status: str) -> None:
        with self._lock:
            now = time.time()
            if self.transitions:
                self.transitions[-1].setdefault("EndTime", now)
            message = MESSAGES[status]
            self.transitions.append({"Status": status, "StartTime": now, "StatusMessage": message})
