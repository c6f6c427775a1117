"""### Ingest labelled pictures

1. **ingest**: every complete batch under `incoming/` becomes part of a new, immutable dataset version.
2. **validate**: a Great Expectations suite judges the version; a failed expectation stops here, red, with its reason.
3. **make_current**: the version becomes current, and the dataset asset starts `retrain_detector`.
4. **report_refused**: red if a batch was refused; the reason is also in `quarantine/<batch>/reason.json`.

Nothing new to ingest: the run is skipped. Name a batch in the form to try a refused one again.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task

from safety_tasks.config import load_settings
from safety_tasks.orchestration.assets import CURRENT_DATASET
from safety_tasks.orchestration.forms import ingest_form
from safety_tasks.orchestration.retries import task_defaults


@task(execution_timeout=timedelta(hours=6))
def ingest() -> dict[str, Any]:
    """Take in every pending batch."""
    from airflow.sdk.exceptions import AirflowSkipException

    from safety_tasks.ingest import ingest_pending
    from safety_tasks.orchestration.runtime import runtime
    from safety_tasks.store.stage_notes import note_progress, timed

    context = get_current_context()
    settings, store = runtime()
    named = context["params"]["batch"]
    note = note_progress(store, context["run_id"], "ingest", "pictures")
    with timed(store, context["run_id"], "ingest"):
        outcome = ingest_pending(
            store,
            settings.ingest,
            settings.classes,
            only=[named] if named else (),
            progress=lambda batch, done, total: note(done, total),
        )
    if outcome.version is None:
        raise AirflowSkipException("nothing new under incoming/: no batch is complete and new")
    return outcome.to_dict()


@task(execution_timeout=timedelta(hours=1))
def validate(outcome: dict[str, Any]) -> dict[str, Any]:
    """Judge the new version."""
    from safety_tasks.errors import ValidationFailed
    from safety_tasks.ingest import quarantine_batch
    from safety_tasks.orchestration.runtime import runtime
    from safety_tasks.records.dataset import IngestOutcome
    from safety_tasks.store.stage_notes import timed
    from safety_tasks.validate import validate_dataset

    settings, store = runtime()
    taken = IngestOutcome.model_validate(outcome)
    with timed(store, get_current_context()["run_id"], "validate"):
        try:
            return validate_dataset(store, taken.version, settings.ingest).to_dict()
        except ValidationFailed as problem:  # else every tick would try, and fail, again
            for batch in taken.ingested:
                quarantine_batch(store, batch, str(problem))
            raise


@task(outlets=[CURRENT_DATASET])
def make_current(outcome: dict[str, Any], report: dict[str, Any]) -> None:
    """Point at the valid version and tell the asset."""
    from safety_tasks import validate as stage
    from safety_tasks.orchestration.runtime import runtime
    from safety_tasks.records.dataset import IngestOutcome, ValidationReport

    _, store = runtime()
    version = IngestOutcome.model_validate(outcome).version
    stage.make_current(store, version, ValidationReport.model_validate(report))
    context = get_current_context()
    context["outlet_events"][CURRENT_DATASET].extra = {"dataset_version": version.version_id}


@task(retries=0)
def report_refused(outcome: dict[str, Any]) -> None:
    """Go red for every batch that was refused beside good ones."""
    from safety_tasks.errors import BatchError

    if outcome["refused"]:
        raise BatchError(" | ".join(outcome["refused"].values()))


@dag(
    schedule=load_settings().schedule.ingest or None,
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
    outcome = ingest()
    make_current(outcome, validate(outcome))
    report_refused(outcome)


ingest_labeled_images()
