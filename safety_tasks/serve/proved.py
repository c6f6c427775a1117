"""What an endpoint ran when it was last proved, kept in the store: the one thing that a failure goes back to."""

from typing import Final

from safety_tasks.errors import ReleaseError
from safety_tasks.records.serving import Deployment, ProvedDeployment
from safety_tasks.store.base import ObjectStore, read_if_there

_FOLDER: Final = "serve/endpoints"


def read_proved(store: ObjectStore, endpoint: str) -> ProvedDeployment | None:
    """Return what was last proved on an endpoint, or None.

    Raises:
        ReleaseError: the note is not one of ours.
    """
    found = read_if_there(store, _key(endpoint))
    if found is None:
        return None
    return ProvedDeployment.from_json_bytes(found.payload, what=_key(endpoint), error=ReleaseError)


def keep_proved(store: ObjectStore, deployed: Deployment) -> None:
    """Remember that an endpoint gave the published detections with this deployment."""
    note = ProvedDeployment(
        endpoint=deployed.endpoint,
        config=deployed.config,
        model=deployed.model,
        release_seq=deployed.release_seq,
    )
    store.put(_key(deployed.endpoint), note.to_json_bytes())


def forget_proved(store: ObjectStore, endpoint: str) -> None:
    """Forget an endpoint that was removed."""
    store.delete(_key(endpoint))


def _key(endpoint: str) -> str:
    return f"{_FOLDER}/{endpoint}.json"
