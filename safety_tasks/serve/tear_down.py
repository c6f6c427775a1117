"""The verbs ``roll_back`` and ``remove_endpoint``.

Rules: only what was proved is gone back to; tear-down deletes the endpoint first, since it is what costs, then every
config and model that was made for it; an endpoint that others made is never touched; run twice, nothing happens.
"""

import logging

from safety_tasks.errors import CloudError, JobFailed
from safety_tasks.records.serving import EndpointState
from safety_tasks.serve.proved import forget_proved
from safety_tasks.serve.requests import update_request
from safety_tasks.serve.service import Hosting
from safety_tasks.serve.state import describe_endpoint, proved_config, require_ours, state_of, why
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore

log = logging.getLogger("safety_tasks")


def roll_back(
    store: ObjectStore, settings: Settings, hosting: Hosting, reason: str
) -> EndpointState:
    """Bring an endpoint back to what was last proved on it; remove it if nothing ever was.

    Raises:
        JobFailed: it did not come back into service; the message holds both reasons.
        CloudError: the service refused or did not answer.
    """
    wait_s = settings.serve.wait_minutes * 60
    proved = proved_config(store, hosting.endpoint)
    now = hosting.settled(wait_s)
    if now is None:
        return describe_endpoint(store, hosting)
    if proved is None or not hosting.has_config(proved):
        log.warning("endpoint %s: nothing to go back to; it is removed", hosting.endpoint)
        return remove_endpoint(store, settings, hosting)
    if (now["EndpointConfigName"], now["EndpointStatus"]) != (proved, "InService"):
        hosting.update(update_request(hosting.endpoint, proved))
        now = hosting.settled(wait_s)
    back = now is not None and now["EndpointStatus"] == "InService"
    if now is None or not back or now["EndpointConfigName"] != proved:
        raise JobFailed(
            f"endpoint {hosting.endpoint}: {reason}; and going back to {proved} failed: {why(now)}. Remove it and "
            "deploy again: safety-tasks endpoint remove."
        )
    hosting.prune({proved})
    return state_of(store, hosting, now, "rolled_back")


def remove_endpoint(store: ObjectStore, settings: Settings, hosting: Hosting) -> EndpointState:
    """Delete an endpoint with every config and model that was made for it; an absent one is no error.

    Raises:
        CloudError: it was made by others, the service refused, or it does not go in time.
    """
    wait_s = settings.serve.wait_minutes * 60
    now = hosting.describe()
    if now is not None:
        require_ours(hosting, now)
        now = hosting.settled(wait_s)  # one in motion cannot be deleted
    if now is not None:
        hosting.delete_endpoint()
        if hosting.settled(wait_s) is not None:
            raise CloudError(
                f"endpoint {hosting.endpoint}: expected it to be gone, found it still there. It is billed: try again."
            )
    hosting.prune(set())
    forget_proved(store, hosting.endpoint)
    return EndpointState(
        endpoint=hosting.endpoint,
        status="absent",
        config=None,
        release_seq=None,
        action="removed" if now is not None else "none",
    )
