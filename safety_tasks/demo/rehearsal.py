"""The main job, once, end to end, through real Airflow: from a delivery to a device that detects.

Rules: it does what people and devices do (REST calls, the ``safety-tasks`` command), nothing behind their back; what
is known so far is in ``self.summary`` at any moment, so that every ending can tell it.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from safety_tasks.bundle.reading import read_served
from safety_tasks.demo.airflow_api import RunState
from safety_tasks.demo.material import Options, deliver, write_unseen
from safety_tasks.demo.stack import DAGS, Stack, run_device
from safety_tasks.demo.summary import REFUSED, RELEASED, EdgeSummary, StageTime, Summary
from safety_tasks.demo.view import View
from safety_tasks.demo.watch import await_run, follow, moment, why_failed
from safety_tasks.errors import StackError
from safety_tasks.gate import list_gate_reports, read_gate_report
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.stage_notes import read_timings

INGEST, RETRAIN = DAGS
Note = Callable[[float | None, str], None]
_INGEST_TASKS: Final = ("ingest", "validate", "make_current")
_RETRAIN_TASKS: Final = (
    "plan",
    "check_dataset",
    "train",
    "export",
    "benchmark",
    "judge",
    "enforce_gate",
    "approve",
    "publish",
)


class Rehearsal:
    """One run of the main job on a stack that was started."""

    def __init__(self, stack: Stack, options: Options, view: View, checkout: Path) -> None:
        self.summary = Summary(
            synthetic=options.data is None, profile=options.gate_profile, recipe=options.recipe()
        )
        self.report: GateReport | None = None
        self._unsigned = False
        self._stack = stack
        self._options = options
        self._view = view
        self._checkout = checkout

    def run(self) -> None:
        """Go through the whole job; the summary's exit code says how it ended.

        Raises:
            SafetyTasksError: something broke on the way.
        """
        with self._stage("deliver") as note:  # while Airflow starts
            store = self._stack.s3.wait()
            batch = deliver(store, self._options, self._stack.folder / "delivery")
            note(None, f"incoming/{batch}")
        with self._stage("stack") as note:
            self._stack.wait(lambda seconds: note(seconds, "Airflow and S3 are starting"))
            note(None, self._stack.api.url)
        known = {run.run_id for run in self._stack.api.runs(RETRAIN)}
        ingest_run = self._stack.api.trigger(INGEST)
        self._require_success(store, INGEST, ingest_run, _INGEST_TASKS)
        retrain_run = await_run(self._stack, RETRAIN, known)
        ended = follow(self._stack, store, RETRAIN, retrain_run, _RETRAIN_TASKS, self._view)
        self._note_run(store, RETRAIN, ended)
        self._read_report(store)
        if self.report is not None and self.report.verdict is not Verdict.PASS:
            self._set(exit_code=REFUSED)
            return
        if ended.state != "success":
            raise StackError(why_failed(self._stack, RETRAIN, retrain_run))
        self._run_device(store)
        self._set(exit_code=RELEASED)

    def card_extra(self) -> Group:
        """Return the card's last lines: weights, release, device, times."""
        found = self.summary
        lines = [Text(f"base weights: {found.base_weights or 'not known'}")]
        if self._options.data is not None:
            lines.append(Text("empty label files were counted as pictures without hazard"))
        if found.edge is not None:
            lines.append(
                Text(
                    f"release {found.release_seq} published to stable; the device proved it, runs it and made "
                    f"{found.edge.detections} detections on {len(found.edge.pictures)} pictures it had never seen",
                    style="bold",
                )
            )
            lines.append(
                Text(f"annotated pictures: {Path(found.edge.pictures[0]).parent}", style="bold")
            )
            if self._unsigned:
                lines.append(
                    Text("! UNSIGNED releases may leave this machine", style="bold magenta")
                )
        else:
            lines.append(Text("nothing was published; no device changed", style="bold"))
        times = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in found.stages:
            times.add_column(name, justify="right")
        times.add_row(*(f"{stage.seconds:.1f} s" for stage in found.stages.values()))
        return Group(*lines, times)

    def _require_success(
        self, store: ObjectStore, dag_id: str, run_id: str, tasks: tuple[str, ...]
    ) -> None:
        ended = follow(self._stack, store, dag_id, run_id, tasks, self._view)
        self._note_run(store, dag_id, ended)
        if ended.state != "success":
            raise StackError(why_failed(self._stack, dag_id, run_id))

    def _note_run(self, store: ObjectStore, dag_id: str, ended: RunState) -> None:
        order = {"gate": "judge"}
        times = read_timings(store, ended.run_id)
        tasks = _INGEST_TASKS if dag_id == INGEST else _RETRAIN_TASKS
        ordered = sorted(
            times, key=lambda n: tasks.index(order.get(n, n)) if order.get(n, n) in tasks else 99
        )
        stages = {name: StageTime(seconds=round(times[name], 3)) for name in ordered}
        wall = dict(self.summary.dag_wall_s)
        if ended.start and ended.end:
            wall[dag_id] = (moment(ended.end) - moment(ended.start)).total_seconds()
        self._set(stages={**self.summary.stages, **stages}, dag_wall_s=wall)

    def _read_report(self, store: ObjectStore) -> None:
        newest = list_gate_reports(store, 1)
        if not newest:
            return
        self.report = read_gate_report(store, newest[0][1])
        self.summary = self.summary.with_report(self.report)
        key = f"runs/{self.report.run_id}/training.json"
        run = TrainingRun.from_json_bytes(store.get(key).payload, what=key)
        weights = run.base_weights
        told = (
            weights.kind if weights.kind == weights.source else f"{weights.kind}: {weights.source}"
        )
        self._set(base_weights=f"{told} ({weights.note})")

    def _run_device(self, store: ObjectStore) -> None:
        served = read_served(store, "stable")
        if served is None or self.report is None:
            raise StackError("stable: expected the new release, found nothing published.")
        self._set(release_seq=served.pointer.release_seq)
        self._unsigned = served.pointer.unsigned_dangerously
        folder = self._stack.folder
        unseen = write_unseen(store, self._options, folder / "unseen")
        device = ["--device-dir", str(folder / "device")]
        with self._stage("edge") as note:
            polled = run_device(
                self._stack,
                [
                    "agent",
                    "--device-id",
                    "demo-device",
                    *device,
                    "--polls",
                    "2",
                    "--interval-s",
                    "0.5",
                ],
            )
            status = json.loads(polled.splitlines()[-1])
            if status["active_release_seq"] != served.pointer.release_seq:
                raise StackError(
                    f"device: expected release {served.pointer.release_seq}, found: {status}"
                )
            out = folder / "detections"
            seen = json.loads(
                run_device(self._stack, ["predict", *map(str, unseen), *device, "--out", str(out)])
            )
            edge = EdgeSummary(
                active_release_seq=status["active_release_seq"],
                model_sha256=status["model_sha256"],
                pictures=tuple(self._relative(Path(p)) for p in seen["pictures"]),
                detections=seen["detections"],
            )
            self._set(edge=edge)
            note(None, f"release {edge.active_release_seq}, {edge.detections} detections")

    def _relative(self, path: Path) -> str:
        resolved = path.resolve()
        inside = resolved.is_relative_to(self._checkout)
        return (resolved.relative_to(self._checkout) if inside else resolved).as_posix()

    @contextmanager
    def _stage(self, name: str) -> Iterator[Note]:
        started = time.monotonic()
        self._view.update(name, "running", 0.0)

        def note(seconds: float | None, detail: str) -> None:
            self._view.update(name, "running", seconds or time.monotonic() - started, detail)

        try:
            yield note
        except BaseException:
            self._view.update(name, "failed", time.monotonic() - started)
            raise
        seconds = round(time.monotonic() - started, 3)
        self._view.update(name, "done", seconds)
        self._set(stages={**self.summary.stages, name: StageTime(seconds=seconds)})

    def _set(self, **changes: object) -> None:
        self.summary = self.summary.model_copy(update=changes)
