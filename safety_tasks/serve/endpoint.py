"""The verb ``deploy_endpoint``.

Rules: the price of a day is within the cap before anything is made; an endpoint that others made is never touched; a
deployment that failed leaves the endpoint at what it ran before, or gone if it ran nothing, and no model or config of
its own; what is in motion is waited for, so a run that was cut is taken up by the next; the same asked again changes
nothing.
"""

import logging
from contextlib import suppress
from typing import Any, Final, NoReturn

from safety_tasks.cloud.prices import estimate_usd, require_budget
from safety_tasks.errors import CloudError, JobFailed, SafetyTasksError
from safety_tasks.records.serving import Deployment, EndpointState
from safety_tasks.serve.requests import update_request
from safety_tasks.serve.service import IN_MOTION, Hosting
from safety_tasks.serve.state import proved_config, require_ours, state_of, why
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore

log = logging.getLogger("safety_tasks")
_DAY_S: Final = 86_400.0


def check_cost(settings: Settings, instance_type: str | None = None) -> float:
    """Return what the endpoint costs a day, in USD.

    Raises:
        BudgetExceeded: there is no price, or it is above ``serve.max_usd_per_day``.
    """
    kind, count = instance_type or settings.serve.instance_type, settings.serve.instance_count
    region = settings.store.region
    estimate = estimate_usd(kind, "hosting", region, max_run_s=_DAY_S, count=count)
    return require_budget(
        f"a day of an endpoint on {count} x {kind} in {region}",
        estimate,
        settings.serve.max_usd_per_day,
        setting="serve.max_usd_per_day",
    )


def deploy_endpoint(
    store: ObjectStore, settings: Settings, hosting: Hosting, wanted: Deployment
) -> EndpointState:
    """Bring an endpoint to a deployment and wait until it serves.

    Args:
        store: keeps what was last proved.
        settings: cap on the cost, bound on the wait.
        hosting: the account's hosting, for this endpoint.
        wanted: what it is to be.

    Raises:
        BudgetExceeded: a day would cost too much; nothing was made.
        JobFailed: the service could not start it; the endpoint is as it was before.
        CloudError: the service refused, did not answer, or is not ready in time.
    """
    variant = wanted.create_config["ProductionVariants"][0]
    check_cost(settings, variant["InstanceType"])
    wait_s = settings.serve.wait_minutes * 60
    now = _ready_to_change(hosting, hosting.settled(wait_s), wait_s)
    if now is not None and _serves(now, wanted.config):
        return state_of(store, hosting, now, "none")
    former = str(now["EndpointConfigName"]) if now else None
    keep = {former, proved_config(store, hosting.endpoint)} - {None}
    try:
        # What a cut run left behind goes first: it would be an orphan for ever.
        hosting.prune({str(name) for name in keep} | {wanted.config})
        hosting.make_model(wanted.create_model)
        hosting.make_config(wanted.create_config)
        if former is None:
            hosting.make_endpoint(wanted.create_endpoint)
        else:
            hosting.update(update_request(wanted.endpoint, wanted.config))
    except SafetyTasksError:
        _clean_up(hosting, {str(name) for name in keep}, wanted.config)
        raise
    found = hosting.settled(wait_s)
    if found is not None and _serves(found, wanted.config):
        return state_of(store, hosting, found, "created" if former is None else "updated")
    _undo(store, hosting, wanted, former, found, wait_s)


def _serves(found: dict[str, Any], config: str | None) -> bool:
    return bool(found["EndpointStatus"] == "InService" and found["EndpointConfigName"] == config)


def _ready_to_change(
    hosting: Hosting, now: dict[str, Any] | None, wait_s: float
) -> dict[str, Any] | None:
    """Return an endpoint that can be changed; one that failed and serves nobody is deleted first."""
    if now is None:
        return None
    require_ours(hosting, now)
    if now["EndpointStatus"] != "Failed":
        return now
    log.warning("endpoint %s: %s; it is made anew", hosting.endpoint, why(now))
    hosting.delete_endpoint()
    return hosting.settled(wait_s)


def _undo(
    store: ObjectStore,
    hosting: Hosting,
    wanted: Deployment,
    former: str | None,
    found: dict[str, Any] | None,
    wait_s: float,
) -> NoReturn:
    """Bring the endpoint back to what it was before a deployment that failed, and say so by JobFailed."""
    reason, outcome = why(found), f"it serves {former} as before"
    if found is not None and found["EndpointStatus"] == "InService" and not _serves(found, former):
        raise CloudError(  # not ours to undo
            f"endpoint {hosting.endpoint}: expected {wanted.config}, found {reason}: somebody else deployed in the "
            "same moment. Deploy again."
        )
    if former is None:
        hosting.delete_endpoint()
        hosting.settled(wait_s)
        outcome = "it was removed, since it ran nothing before"
    elif found is None or found["EndpointStatus"] != "InService":
        try:
            hosting.update(update_request(hosting.endpoint, former))
            found = hosting.settled(wait_s)
        except CloudError as problem:
            outcome = f"going back to {former} was refused: {problem}"
        if found is None or found["EndpointStatus"] != "InService":
            raise JobFailed(
                f"endpoint {hosting.endpoint}: expected release {wanted.release_seq} in service, found: {reason}; and "
                f"it did not come back to {former}: {why(found)}. {outcome}. Remove it and deploy again."
            )
    keep = {name for name in (former, proved_config(store, hosting.endpoint)) if name}
    _clean_up(hosting, keep, wanted.config)
    raise JobFailed(
        f"endpoint {hosting.endpoint}: expected release {wanted.release_seq} in service, found: {reason}. Now "
        f"{outcome}. See its log group /aws/sagemaker/Endpoints/{hosting.endpoint}, correct the cause, deploy again."
    )


def _clean_up(hosting: Hosting, keep: set[str], failed: str) -> None:
    """Remove what a failed deployment made, unless it is served after all; the failure itself stays the error."""
    with suppress(CloudError):
        now = hosting.describe()
        if now and now["EndpointStatus"] in IN_MOTION:
            return  # it was begun after all, perhaps with what failed: the next run takes it up
        served = {str(now["EndpointConfigName"])} if now else set()
        for name in hosting.prune(keep | served):
            log.info("removed %s", name)
        if failed in served:
            log.warning("endpoint %s names %s: it is kept", hosting.endpoint, failed)
