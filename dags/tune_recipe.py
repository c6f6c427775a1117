"""### Search for a better recipe

1. **plan**: dataset version, recipe, search space (`config/search.toml`) and budget are resolved.
2. **check_dataset**: the version's validation result, proved by digest; validated now only if there is none.
3. **preflight**: a real epoch on a few pictures; each metric's expression must find its number in the real line, before
   anything is paid for. On SageMaker the estimate must be within the budget.
4. **search**: here one training after another, and those without hope are given up early; or a SageMaker tuning job,
   waited for without a worker. Killed, it goes on or takes its job up again; ended by hand, the job is stopped.
5. **report**: table, picture and best recipe, under `runs/tune-…/`.

Starts by hand with the form. The best recipe is a file: copy `best.toml` into `config/recipes/` under a name of its
own, and train with it; the gate decides as ever.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task

from safety_tasks.orchestration.retries import task_defaults
from safety_tasks.orchestration.tuning_form import tune_form
from safety_tasks.orchestration.tuning_search import SearchOperator

HEAVY = {"queue": "training", "pool": "training"}


@task
def plan() -> dict[str, Any]:
    """Resolve the form."""
    from safety_tasks.orchestration import tuning

    return tuning.plan(get_current_context())


@task
def check_dataset(plan: dict[str, Any]) -> dict[str, Any]:
    """Find the validation result, or validate."""
    from safety_tasks.orchestration import stages

    return stages.check_dataset(get_current_context(), plan)


@task(**HEAVY, execution_timeout=timedelta(hours=1))
def preflight(plan: dict[str, Any], validation: dict[str, Any]) -> dict[str, Any]:
    """Read the metrics from a real line."""
    from safety_tasks.orchestration import tuning

    return tuning.preflight(get_current_context(), plan, validation)


@task
def report(record: dict[str, Any]) -> dict[str, Any]:
    """Write what was found."""
    from safety_tasks.orchestration import tuning

    return tuning.report(get_current_context(), record)


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(),
    params=tune_form(),
    doc_md=__doc__,
    tags=["safety", "model"],
)
def tune_recipe() -> None:
    """Wire the steps."""
    planned = plan()
    validation = check_dataset(planned)
    search = SearchOperator(
        task_id="search",
        plan=planned,
        validation=validation,
        preflight=preflight(planned, validation),
        execution_timeout=timedelta(days=8),
        **HEAVY,
    )
    report(search.output)


tune_recipe()
