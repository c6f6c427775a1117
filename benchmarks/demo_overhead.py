"""What orchestration costs: (DAG wall − work inside the stages) ÷ work, over the whole main job.

Rules: real Airflow, real deliveries, the demo's own recipe; each run is a new delivery that is ingested, validated,
trained on, judged beside the champion and published; the reference is the work of that same run.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

from benchmarks.result import LEAST_RUNS, Pair, Result, judge
from safety_tasks.demo.scenes import write_batch
from safety_tasks.demo.stack import DAGS, Stack, embedded_env
from safety_tasks.demo.view import View
from safety_tasks.demo.watch import await_run, follow, moment, why_failed
from safety_tasks.errors import StackError
from safety_tasks.ingest import deliver_folder
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.stage_notes import read_timings

NAME: Final = "demo_overhead"
BAR: Final = 0.35
_WHAT: Final = "(DAG wall - work inside the stages) / work"


def run(folder: Path) -> Result:
    """Measure.

    Args:
        folder: scratch space, emptied first.

    Raises:
        StackError: a run did not end well.
    """
    shutil.rmtree(folder, ignore_errors=True)
    stack = Stack(folder, embedded_env("demo", "rehearsal"))
    stack.start()
    view = View()
    try:
        store = stack.wait(lambda seconds: None)
        pairs = []
        for number in range(1, LEAST_RUNS + 1):
            pairs.append(_one(stack, store, folder, number, view))
            view.say(
                f"run {number}: overhead {pairs[-1].ours_s:.1f} s, work {pairs[-1].reference_s:.1f} s"
            )
    finally:
        stack.stop()
    return judge(NAME, _WHAT, pairs, BAR)


def _one(stack: Stack, store: ObjectStore, folder: Path, number: int, view: View) -> Pair:
    first = number == 1
    batch = write_batch(
        folder / f"delivery-{number}",
        pictures=320 if first else 32,
        scenes=14 if first else 2,
        seed=number,
        scene_prefix=f"d{number}-",
    )
    deliver_folder(store, batch.folder, batch.folder.name)
    ingest, retrain = DAGS
    known = {run.run_id for run in stack.api.runs(retrain)}
    wall, work = _measured(stack, store, ingest, stack.api.trigger(ingest), view)
    more_wall, more_work = _measured(stack, store, retrain, await_run(stack, retrain, known), view)
    wall, work = wall + more_wall, work + more_work
    return Pair(ours_s=wall - work, reference_s=work)


def _measured(
    stack: Stack, store: ObjectStore, dag_id: str, run_id: str, view: View
) -> tuple[float, float]:
    ended = follow(stack, store, dag_id, run_id, (), view)
    if ended.state != "success" or not ended.start or not ended.end:
        raise StackError(why_failed(stack, dag_id, run_id))
    wall = (moment(ended.end) - moment(ended.start)).total_seconds()
    work = sum(read_timings(store, run_id).values())
    print(f"  {dag_id}: wall {wall:.1f} s, work {work:.1f} s", file=sys.stderr, flush=True)
    return wall, work
