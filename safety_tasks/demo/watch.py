"""Follow a DAG run through Airflow's API, task by task.

Rules: a dead service ends the watch at once; a run that does not end in time is an error; of a failed run the
first failed task is named with the last words of its log.
"""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from safety_tasks.demo.airflow_api import RunState, TaskState
from safety_tasks.demo.stack import Stack
from safety_tasks.demo.view import View
from safety_tasks.errors import AirflowError
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.stage_notes import read_progress

_EVERY_S: Final = 0.5
_STATES: Final = {
    "running": "running",
    "success": "done",
    "failed": "failed",
    "upstream_failed": "skipped",
    "skipped": "skipped",
    "up_for_retry": "running",
}


def await_run(stack: Stack, dag_id: str, known: set[str], timeout_s: float = 60.0) -> str:
    """Wait until a DAG has a run that was not known before, and return its id.

    Raises:
        AirflowError: none came in time.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        stack.require_alive()
        fresh = [run.run_id for run in stack.api.runs(dag_id) if run.run_id not in known]
        if fresh:
            return fresh[-1]
        time.sleep(_EVERY_S)
    raise AirflowError(
        f"{dag_id}: expected the dataset event to start a run within {timeout_s:.0f} s, found none. "
        f"See {stack.airflow.log}."
    )


def follow(
    stack: Stack,
    store: ObjectStore,
    dag_id: str,
    run_id: str,
    tasks: tuple[str, ...],
    view: View,
    timeout_s: float = 3600.0,
) -> RunState:
    """Show a run's tasks until it ends, and return how it ended.

    Args:
        stack: where it runs.
        store: where stages say how far they are.
        dag_id: the DAG.
        run_id: its run.
        tasks: the tasks to show, in order.
        view: where they are shown.
        timeout_s: after which the run counts as stuck.

    Raises:
        StackError: a service ended, or the run is stuck.
    """
    started: dict[str, float] = {}
    deadline = time.monotonic() + timeout_s
    while True:
        stack.require_alive()
        run = stack.api.run(dag_id, run_id)
        found = {task.task_id: task for task in stack.api.tasks(dag_id, run_id)}
        for name in tasks:
            _show(store, run_id, found.get(name), name, started, view)
        if run.state in ("success", "failed"):
            return run
        if time.monotonic() > deadline:
            raise AirflowError(
                f"{dag_id} {run_id}: expected an end in {timeout_s:.0f} s, found {run.state}. See {stack.airflow.log}."
            )
        time.sleep(_EVERY_S)


def moment(text: str) -> datetime:
    """Return the time that Airflow's ISO 8601 text names."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def why_failed(stack: Stack, dag_id: str, run_id: str) -> str:
    """Return which task of a run failed and what it said last."""
    failed = [t.task_id for t in stack.api.tasks(dag_id, run_id) if t.state == "failed"]
    if not failed:
        return f"{dag_id} {run_id} failed without a failed task: see {stack.airflow.log}"
    logs = stack.folder / "logs" / "tasks" / f"dag_id={dag_id}" / f"run_id={run_id}"
    files = sorted((logs / f"task_id={failed[0]}").glob("*.log"))
    return f"{dag_id}.{failed[0]} failed: {_last_error(files[-1]) if files else 'no log'}"


def _show(
    store: ObjectStore,
    run_id: str,
    task: TaskState | None,
    name: str,
    started: dict[str, float],
    view: View,
) -> None:
    state = _STATES.get(task.state or "", "waiting") if task else "waiting"
    if state != "running":
        view.update(name, state, task.seconds if task else None)
        return
    begun = started.setdefault(name, time.monotonic())
    view.update(name, state, time.monotonic() - begun, read_progress(store, run_id, name))


def _last_error(log: Path) -> str:
    """Return the last error of a task's log (one JSON object a line), or the log's place."""
    message = ""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        for detail in entry.get("error_detail") or ():
            message = f"{detail.get('exc_type')}: {detail.get('exc_value')}"
        if entry.get("level") == "error" and not message:
            message = str(entry.get("event", ""))
    return f"{message or 'no message'} (log: {log})"
