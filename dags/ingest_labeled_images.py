"""### Ingest labelled pictures

1. **find_batches**: what lies complete and new under `incoming/`; the listing is the truth, an event only a hint.
2. **ingest**: one mapped task a batch, side by side: checked and stored, or quarantined with a reason.
3. **merge**: one new, immutable dataset version; near-copies join scenes, whole scenes get their split.
4. **validate**: a Great Expectations suite judges it; a failed expectation is red, with its worst rows.
5. **make_current**: the version becomes current, and the dataset asset starts `retrain_detector`.
6. **describe**: the dataset report, and labels worth a second look; a failure here stops nothing.

**report_refused** is red if a batch was refused (see `quarantine/`), **report_stuck** once for a batch never marked
`_READY`; **prune_quarantine** keeps the retention. Name a batch in the form to try a refused one again.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task

from safety_tasks.config import load_settings
from safety_tasks.orchestration.assets import CURRENT_DATASET, ingest_schedule
from safety_tasks.orchestration.forms import ingest_form
from safety_tasks.orchestration.links import link_to_dataset
from safety_tasks.orchestration.retries import task_defaults


@task
def find_batches() -> list[str]:
    """List what is to be taken in."""
    from safety_tasks.orchestration import ingesting

    return ingesting.find_batches(get_current_context())


@task(execution_timeout=timedelta(hours=6), map_index_template="{{ task.op_kwargs['batch'] }}")
def ingest(batch: str) -> dict[str, Any]:
    """Check and store one batch."""
    from safety_tasks.orchestration import ingesting

    return ingesting.take_in(get_current_context(), batch)


@task(execution_timeout=timedelta(hours=2))
def merge(taken: list[dict[str, Any]]) -> dict[str, Any]:
    """Make the next version."""
    from safety_tasks.orchestration import ingesting

    return ingesting.merge(get_current_context(), taken)


@task(execution_timeout=timedelta(hours=1))
def validate(outcome: dict[str, Any]) -> dict[str, Any]:
    """Judge the new version."""
    from safety_tasks.orchestration import ingesting

    return ingesting.validate(get_current_context(), outcome)


@task(outlets=[CURRENT_DATASET])
def make_current(taken: list[Any], outcome: dict[str, Any], report: dict[str, Any]) -> str:
    """Point at the valid version and tell the asset."""
    from safety_tasks.orchestration import ingesting

    version_id = ingesting.make_current(taken, outcome, report)
    get_current_context()["outlet_events"][CURRENT_DATASET].extra = {"dataset_version": version_id}
    return version_id


@task(retries=0, execution_timeout=timedelta(hours=1))
def describe(version_id: str) -> dict[str, str]:
    """Write the dataset report and the review queue."""
    from safety_tasks.orchestration import ingesting

    return ingesting.describe(get_current_context(), version_id)


@task(retries=0)
def report_refused(outcome: dict[str, Any]) -> None:
    """Go red for a batch that was refused."""
    from safety_tasks.orchestration import ingesting

    ingesting.report_refused(outcome)


@task(retries=0)
def report_stuck() -> None:
    """Go red once for a batch that was never marked ready."""
    from safety_tasks.orchestration import ingesting

    ingesting.report_stuck()


@task
def prune_quarantine() -> list[str]:
    """Delete what has been in quarantine for longer than the retention."""
    from safety_tasks.orchestration import ingesting

    return ingesting.prune()


@dag(
    schedule=ingest_schedule(load_settings().schedule),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(),
    params=ingest_form(),
    doc_md=__doc__,
    tags=["safety", "dataset"],
)
def ingest_labeled_images() -> None:
    """Wire the steps."""
    taken = ingest.expand(batch=find_batches())
    outcome = merge(taken)
    link_to_dataset(describe(make_current(taken, outcome, link_to_dataset(validate(outcome)))))
    report_refused(outcome)
    report_stuck()
    prune_quarantine()


ingest_labeled_images()
