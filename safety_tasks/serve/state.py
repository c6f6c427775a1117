"""What an endpoint is now, in this system's words, and whether it is this system's at all."""

from typing import Any, Literal

from safety_tasks.errors import CloudError
from safety_tasks.records.serving import EndpointState
from safety_tasks.serve.proved import read_proved
from safety_tasks.serve.requests import is_named_for, release_of
from safety_tasks.serve.service import Hosting
from safety_tasks.store.base import ObjectStore

Action = Literal["none", "created", "updated", "removed", "rolled_back"]


def describe_endpoint(store: ObjectStore, hosting: Hosting) -> EndpointState:
    """Return an endpoint as it is now.

    Raises:
        CloudError: the service refused, or did not answer.
    """
    return state_of(store, hosting, hosting.describe(), "none")


def state_of(
    store: ObjectStore, hosting: Hosting, found: dict[str, Any] | None, action: Action
) -> EndpointState:
    """Return an endpoint as the service described it, with what was done to it."""
    if found is None:
        return EndpointState(
            endpoint=hosting.endpoint, status="absent", config=None, release_seq=None, action=action
        )
    config = str(found["EndpointConfigName"])
    ours = is_named_for(config, hosting.endpoint)
    return EndpointState(
        endpoint=hosting.endpoint,
        status=str(found["EndpointStatus"]),
        config=config if ours else None,
        release_seq=release_of(config) if ours else None,
        failure_reason=str(found.get("FailureReason") or ""),
        action=action,
        proved=proved_config(store, hosting.endpoint) == config,
    )


def require_ours(hosting: Hosting, now: dict[str, Any]) -> None:
    """Raise CloudError unless an endpoint carries our tag."""
    if not hosting.is_ours(str(now["EndpointArn"])):
        raise CloudError(
            f"endpoint {hosting.endpoint}: expected one that this system made, found one without its tag. It is left "
            "alone: set another serve.endpoint_name."
        )


def proved_config(store: ObjectStore, endpoint: str) -> str | None:
    """Return the config that was last proved on an endpoint, or None."""
    found = read_proved(store, endpoint)
    return found.config if found else None


def why(found: dict[str, Any] | None) -> str:
    """Return in what state an endpoint is, and why, for a message."""
    if found is None:
        return "it is gone"
    reason = str(found.get("FailureReason") or "no reason given")
    return f"{found['EndpointStatus']} with {found['EndpointConfigName']} ({reason})"
