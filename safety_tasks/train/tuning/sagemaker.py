"""Search on SageMaker: ask for one tuning job, and make a result of what it left.

Rules: nothing is uploaded or started above the search's budget, or without a preflight of its metrics; a search asks
for one tuning job, and asking again takes it up, whatever was cut in between; the trials' values are read as strictly
as a container reads them.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safety_tasks.cloud.prices import estimate_usd, require_budget
from safety_tasks.config import code_digest
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.preparing import prepare
from safety_tasks.train.sagemaker.asking import job_request, private_folder, require_runnable
from safety_tasks.train.sagemaker.channels import require_s3
from safety_tasks.train.sagemaker.claims import JobClaim, claim_job, read_claim, require_claim
from safety_tasks.train.starts import require_start
from safety_tasks.train.tuning.job import (
    SearchState,
    find,
    require_no_failure,
    start_or_attach,
    stop,
)
from safety_tasks.train.tuning.paid_trials import trials_of
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.request import search_name, search_request
from safety_tasks.train.tuning.results import TuningResult

if TYPE_CHECKING:
    from safety_tasks.train.tuning.preflight import Preflight

log = logging.getLogger("safety_tasks")


def submit_search(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    plan: TunePlan,
    tried: "Preflight",
    settings: Settings,
    client: Any,
    folder: Path,
) -> SearchState:
    """Ask for a search's tuning job, or take up the one it has.

    Args:
        store: an S3 store, where the dataset is and the trials write.
        version: the dataset version.
        validation: its successful validation.
        plan: what to search.
        tried: the preflight of the metrics, without which nothing is paid for.
        settings: instance, role, network.
        client: boto3's ``sagemaker`` client, of the region to train in.
        folder: where a private folder may be made.

    Raises:
        BudgetExceeded: the estimate is above the plan's; nothing was uploaded.
        ConfigError: the store is a folder, or the job's image would lack this package's needs.
        RoleMissing: there is no role for the job.
        JobFailed: the search's job failed, or was stopped by hand; it is not started again.
        CloudError: AWS refused, or did not answer.
    """
    claim = read_claim(store, plan.tune_id)
    found = find(client, claim.name) if claim else None
    if found is not None:
        log.info("search %s has its job: %s", plan.tune_id, found.name)
        return require_no_failure(found)
    region = str(client.meta.region_name)
    cost = require_affordable(plan, region, settings)
    log.info(
        "search %s: %.2f USD at most; metrics read from %d lines",
        plan.tune_id,
        cost,
        len(tried.lines),
    )
    require_s3(store)
    require_runnable(settings.sagemaker)
    with private_folder(folder) as private:
        prepared = prepare(
            store, version, validation, plan.recipe, plan.tune_id, settings.train, private
        )
        name = search_name(plan.tune_id, store.uri, prepared.inputs_sha256)
        claim = claim_job(store, plan.tune_id, claim or JobClaim(name=name))
        training = job_request(
            store, version, prepared, plan.tune_id, claim.name, region, settings.sagemaker
        )
    return start_or_attach(client, search_request(claim.name, plan, training))


def require_affordable(plan: TunePlan, region: str, settings: Settings) -> float:
    """Return the most that a search can cost, in USD: every trial at the on-demand price for as long as it may run.

    Raises:
        BudgetExceeded: there is no price, or it is above the plan's.
    """
    chosen = settings.sagemaker
    what = f"search {plan.tune_id} of {plan.jobs} jobs on {chosen.instance_count} x {chosen.instance_type} in {region}"
    estimate = estimate_usd(
        chosen.instance_type,
        "training",
        region,
        max_run_s=chosen.max_run_s,
        count=chosen.instance_count,
        jobs=plan.jobs,
    )
    return require_budget(what, estimate, plan.max_cost_usd, setting="tune.max_cost_usd")


def collect_search(
    store: ObjectStore, plan: TunePlan, state: SearchState, client: Any
) -> TuningResult:
    """Make a result of what a tuning job left.

    Args:
        store: where the search was prepared.
        plan: the search.
        state: its tuning job, ended.
        client: boto3's ``sagemaker`` client.

    Raises:
        JobFailed: the job failed, or was stopped by something else than its time.
        ConfigError: a trial's value is none of its field.
        CloudError: AWS refused, or did not answer.
    """
    require_no_failure(state)
    start = require_start(store, plan.tune_id)
    trials = trials_of(client, state.name)
    costs = [trial.cost_usd for trial in trials]
    return TuningResult(
        plan=plan,
        trials=trials,
        started_at=start.started_at,
        seconds=state.ran_s,
        cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
        stopped_by_time=state.was_out_of_time and len(trials) < plan.jobs,
        job=state.arn,
        notes=start.notes,
        code_sha256=code_digest(),
    )


def job_of_search(store: ObjectStore, tune_id: str) -> str:
    """Return the name of the tuning job that a search asked for.

    Raises:
        JobFailed: it asked for none.
    """
    return require_claim(store, tune_id).name


def stop_search(store: ObjectStore, tune_id: str, client: Any) -> None:
    """Stop a search's tuning job; one that was never asked for or has ended is left as it is.

    Raises:
        CloudError: AWS refused, or did not answer: the trials may go on and be billed.
    """
    claim = read_claim(store, tune_id)
    if claim is not None:
        stop(client, claim.name)
