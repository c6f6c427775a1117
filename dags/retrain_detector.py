"""### Retrain the detector

1. **plan**: dataset version, recipe, gate profile and channel are resolved; a weekly run without news is skipped.
2. **check_dataset**: the version's validation result, proved by digest; validated now only if there is none.
3. **train**: in the worker, or as a paid SageMaker job that is waited for without one; ending the task stops the job.
   **export** → **benchmark**: candidate and champion are measured on the same holdout.
4. **judge**: the gate tests itself, then judges. Report and card are kept, and the card logged, whatever the verdict.
5. **enforce_gate**: red unless the report lets the model go on to the channel, with every reason and the card.
6. **approve**: where profile or form want it before `stable`: shows the card and waits in *Required Actions*. Who said
   what goes into the report. No, and no answer in time, are red: a no stands; after a timeout, clear it to ask again.
7. **publish**: the release, to the channel.

Starts on a new dataset version, weekly, or by hand with the form.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import chain, dag, get_current_context, task

from safety_tasks.config import load_settings
from safety_tasks.orchestration.approving import ApproveOperator
from safety_tasks.orchestration.assets import CHANNEL, GATE_REPORT, retrain_schedule
from safety_tasks.orchestration.forms import retrain_form
from safety_tasks.orchestration.retries import task_defaults
from safety_tasks.orchestration.training import TrainOperator

HEAVY = {"queue": "training", "pool": "training"}


@task
def plan() -> dict[str, Any]:
    """Resolve the form."""
    from safety_tasks.orchestration import stages

    return stages.plan(get_current_context())


@task
def check_dataset(plan: dict[str, Any]) -> dict[str, Any]:
    """Find the validation result, or validate."""
    from safety_tasks.orchestration import stages

    return stages.check_dataset(get_current_context(), plan)


@task(**HEAVY, execution_timeout=timedelta(hours=1))
def export(plan: dict[str, Any], training: dict[str, Any]) -> dict[str, Any]:
    """Export the reference model and its edge variants, and prove parity of each."""
    from safety_tasks.orchestration import stages

    return stages.export(get_current_context(), plan, training)


@task(**HEAVY, execution_timeout=timedelta(hours=2))
def benchmark(exported: dict[str, Any]) -> dict[str, Any]:
    """Measure candidate and champion on the same holdout."""
    from safety_tasks.orchestration import stages

    return stages.benchmark(get_current_context(), exported)


@task(outlets=[GATE_REPORT])
def judge(plan: dict[str, Any], exported: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Evaluate the gate; the report is kept whatever the verdict."""
    from safety_tasks.orchestration import stages

    context = get_current_context()
    ref = stages.judge(context, plan, exported, found)
    context["outlet_events"][GATE_REPORT].extra = stages.tell_verdict(ref)
    return ref


@task(retries=0)
def enforce_gate(plan: dict[str, Any], ref: dict[str, Any]) -> None:
    """Go red unless the report lets the model go on."""
    from safety_tasks.orchestration import stages

    stages.enforce_gate(plan, ref)


@task(outlets=[CHANNEL])
def publish(plan: dict[str, Any], ref: dict[str, Any], exported: dict[str, Any]) -> dict[str, Any]:
    """Publish the release."""
    from safety_tasks.orchestration import stages

    context = get_current_context()
    release = stages.publish(context, plan, ref, exported)
    context["outlet_events"][CHANNEL].extra = release
    return release


@dag(
    schedule=retrain_schedule(load_settings().schedule.retrain),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(),
    params=retrain_form(),
    doc_md=__doc__,
    tags=["safety", "model"],
)
def retrain_detector() -> None:
    """Wire the steps."""
    planned = plan()
    train = TrainOperator(
        task_id="train",
        plan=planned,
        validation=check_dataset(planned),
        execution_timeout=timedelta(hours=24),
        **HEAVY,
    )
    exported = export(planned, train.output)
    ref = judge(planned, exported, benchmark(exported))
    approved = ApproveOperator(task_id="approve", plan=planned, ref=ref)
    chain(enforce_gate(planned, ref), approved, publish(planned, approved.output, exported))


retrain_detector()
