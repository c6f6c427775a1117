"""Records of serving: what an endpoint is to run, what it runs, what was last proved on it.

Rules: a deployment is named by the digest of what is asked for, so the same asked again changes nothing; only an
endpoint that gave a release's published detections counts as proved, and only a proved one is rolled back to.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Record, Sha256
from safety_tasks.records.release import Channel

EndpointName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$")]
AwsName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$")]


class ModelArchive(Record):
    """A release, packed as SageMaker takes it, in the store."""

    release_seq: Annotated[int, Field(ge=1)]
    model_sha256: Sha256
    document_sha256: Sha256
    channel: Channel
    archive: Artifact


class Deployment(Record):
    """All that an endpoint is to be: names, and the arguments of the calls that make it so."""

    endpoint: EndpointName
    model: AwsName
    config: AwsName
    release_seq: Annotated[int, Field(ge=1)]
    model_sha256: Sha256
    create_model: dict[str, Any]
    create_config: dict[str, Any]
    create_endpoint: dict[str, Any]


class ProvedDeployment(Record):
    """What an endpoint ran when it last gave the published detections; it is what a failure goes back to."""

    endpoint: EndpointName
    config: AwsName
    model: AwsName
    release_seq: Annotated[int, Field(ge=1)]


class EndpointState(Record):
    """An endpoint as it is now.

    ``config`` and ``release_seq`` are None where it is absent, or was not made by this system.
    """

    endpoint: EndpointName
    status: str
    config: str | None
    release_seq: int | None
    failure_reason: str = ""
    action: Literal["none", "created", "updated", "removed", "rolled_back"] = "none"
    proved: bool = False
