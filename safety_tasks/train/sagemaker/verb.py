"""The verbs ``submit_training`` and ``collect_training``: train as a paid job, without waiting for it here.

Rules: nothing is uploaded or started above the budget, and nothing that is known to fail; a run asks for one job, and
asking again takes it up, whatever was cut or changed in between; a finished run is returned and nothing is paid; the
result becomes a candidate like any other.
"""

import logging
from pathlib import Path
from typing import Any

from safety_tasks.cloud.prices import estimate_usd, require_budget
from safety_tasks.digests import digest_of
from safety_tasks.errors import JobFailed
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import TrainingRun
from safety_tasks.settings import SageMakerSettings, Settings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.preparing import finished_run, prepare
from safety_tasks.train.recording import record_run
from safety_tasks.train.sagemaker.asking import job_request, private_folder, require_runnable
from safety_tasks.train.sagemaker.channels import require_s3
from safety_tasks.train.sagemaker.claims import JobClaim, claim_job, read_claim, require_claim
from safety_tasks.train.sagemaker.job import find, job_name, start_or_attach, stop
from safety_tasks.train.sagemaker.job_state import JobState, require_no_failure
from safety_tasks.train.sagemaker.layout import result_key
from safety_tasks.train.sagemaker.paid import paid_job, seconds_of
from safety_tasks.train.sagemaker.result import fetch_result

log = logging.getLogger("safety_tasks")


def submit_training(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    recipe: Recipe,
    run_id: str,
    settings: Settings,
    sagemaker_client: Any,
    folder: Path,
) -> TrainingRun | JobState:
    """Ask for a run's job, or take up the one it has; return its state, or the run if that is finished.

    Args:
        store: an S3 store, where the dataset is and the job writes.
        version: the dataset version.
        validation: its successful validation.
        recipe: hyperparameters and seed.
        run_id: the run.
        settings: instance, role, budget.
        sagemaker_client: boto3's, of the region to train in.
        folder: where a private folder may be made.

    Raises:
        BudgetExceeded: the estimate is above ``sagemaker.max_cost_usd``; nothing was uploaded.
        ConfigError: the store is a folder, or the job's image would lack this package's needs.
        RoleMissing: there is no role for the job.
        JobFailed: the run's job failed or was stopped; it is not started again.
        TrainingError: not validated, or the run was begun with other inputs.
        CloudError: AWS refused, or did not answer.
    """
    done = finished_run(store, version, recipe, run_id)
    if done is not None:
        return done
    claim = read_claim(store, run_id)
    found = find(sagemaker_client, claim.name) if claim else None
    if found is not None:
        log.info("run %s has its job: %s", run_id, found.name)
        return require_no_failure(found)
    region = str(sagemaker_client.meta.region_name)
    _require_affordable(run_id, region, settings.sagemaker)
    require_s3(store)
    require_runnable(settings.sagemaker)
    with private_folder(folder) as private:
        prepared = prepare(store, version, validation, recipe, run_id, settings.train, private)
        # Two stores may hold the same run: each has a job of its own.
        inputs = digest_of({"store": store.uri, "inputs": prepared.inputs_sha256})
        claim = claim_job(store, run_id, JobClaim(name=job_name(run_id, inputs)))
        request = job_request(
            store, version, prepared, run_id, claim.name, region, settings.sagemaker
        )
    return start_or_attach(sagemaker_client, request)


def collect_training(
    store: ObjectStore,
    state: JobState,
    version: DatasetVersion,
    validation: ValidationReport,
    recipe: Recipe,
    run_id: str,
    settings: Settings,
    folder: Path,
) -> TrainingRun:
    """Make a run of what a completed job left; return it.

    Args:
        store: where the job wrote.
        state: the job, completed.
        version: the dataset version.
        validation: its successful validation.
        recipe: hyperparameters and seed.
        run_id: the run.
        settings: where base weights come from.
        folder: where a private folder may be made.

    Raises:
        JobFailed: it is not completed, is not this run's, or left nothing.
        ArtifactError: what it left is no result of ours.
        StoreError: the store failed; asking again is free.
    """
    done = finished_run(store, version, recipe, run_id)
    if done is not None:
        return done
    claim = require_claim(store, run_id)
    key = result_key(run_id, claim.name)
    if state.name != claim.name or state.model_uri != f"{store.uri}/{key}":
        raise JobFailed(
            f"run {run_id}: expected job {claim.name} with its result at {store.uri}/{key}, found job {state.name} "
            f"with {state.model_uri or 'no result'}. Trigger a new run."
        )
    if state.status != "Completed":
        require_no_failure(state)
        raise JobFailed(f"training job {state.name}: expected Completed, found {state.status}.")
    with private_folder(folder) as private:
        prepared = prepare(store, version, validation, recipe, run_id, settings.train, private)
        fitted = fetch_result(store, key, private)
        return record_run(
            store,
            run_id,
            version,
            prepared,
            fitted,
            backend="sagemaker",
            job=paid_job(state),
            seconds=seconds_of(state) or fitted.fit.seconds,
        )


def job_of_run(store: ObjectStore, run_id: str) -> str:
    """Return the name of the job that a run asked for.

    Raises:
        JobFailed: it asked for none.
    """
    return require_claim(store, run_id).name


def stop_training(store: ObjectStore, run_id: str, sagemaker_client: Any) -> None:
    """Stop a run's job; one that was never asked for or has ended is left as it is.

    Raises:
        CloudError: AWS refused, or did not answer: the job may go on and be billed.
    """
    claim = read_claim(store, run_id)
    if claim is not None:
        stop(sagemaker_client, claim.name)


def _require_affordable(run_id: str, region: str, chosen: SageMakerSettings) -> None:
    what = f"run {run_id} on {chosen.instance_count} x {chosen.instance_type} in {region}"
    estimate = estimate_usd(
        chosen.instance_type,
        "training",
        region,
        max_run_s=chosen.max_run_s,
        count=chosen.instance_count,
    )
    log.info("%s: %.2f USD at most", what, require_budget(what, estimate, chosen.max_cost_usd))
