"""SageMaker's hosting, as this system asks it: make once, find, list what is ours, delete what may be gone already.

Rules: what is there already is found, not made twice, also when a reply was lost; only what carries the endpoint's tag
and a name that this system gives is ours; what the service answers is told in the error tree's words.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from safety_tasks.cloud.problems import cloud_errors
from safety_tasks.errors import CloudError
from safety_tasks.serve.requests import ENDPOINT_TAG, base_name, is_named_for

IN_MOTION: Final = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_ABSENT: Final = re.compile(r"not found|could not find|does not exist", re.IGNORECASE)


class Hosting:
    """One account's hosting, for one endpoint.

    Args:
        client: boto3's ``sagemaker`` client.
        endpoint: the endpoint's name.
        poll_s: seconds between two looks while something is in motion.
        note: told of each change of the endpoint's status.
        sleep: how to wait.
    """

    def __init__(
        self,
        client: Any,
        endpoint: str,
        *,
        poll_s: float = 15.0,
        note: Callable[[str], None] = lambda line: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client, self.endpoint = client, endpoint
        self.region = str(client.meta.region_name)
        self._poll_s, self._note, self._sleep = poll_s, note, sleep

    def describe(self) -> dict[str, Any] | None:
        """Return the endpoint as the service describes it, or None where it is absent."""
        return self._found(
            f"endpoint {self.endpoint}",
            lambda: self.client.describe_endpoint(EndpointName=self.endpoint),
        )

    def is_ours(self, arn: str) -> bool:
        """Tell whether something carries this endpoint's tag."""
        with cloud_errors(f"read the tags of {arn}", self.region):
            return any(
                tag["Key"] == ENDPOINT_TAG and tag["Value"] == self.endpoint
                for page in self._pages("list_tags", ResourceArn=arn)
                for tag in page["Tags"]
            )

    def settled(self, wait_s: float) -> dict[str, Any] | None:
        """Return the endpoint once nothing is in motion, or None once it is absent.

        Raises:
            CloudError: it is in motion still after so long; nothing is undone, and asking again goes on.
        """
        until, last = time.monotonic() + wait_s, ""
        while True:
            found = self.describe()
            status = str(found["EndpointStatus"]) if found else "absent"
            if status != last:
                self._note(f"endpoint {self.endpoint}: {status}")
                last = status
            if status not in IN_MOTION:
                return found
            if time.monotonic() > until:
                raise CloudError(
                    f"endpoint {self.endpoint}: expected it to settle within {wait_s / 60:.0f} minutes, found {status}."
                    " It may be billed. Deploy again to go on waiting, or remove it: safety-tasks endpoint remove."
                )
            self._sleep(self._poll_s)

    def make_model(self, request: dict[str, Any]) -> None:
        """Make a model unless it is there."""
        self._make_once(
            f"model {request['ModelName']}",
            lambda: self.client.describe_model(ModelName=request["ModelName"]),
            lambda: self.client.create_model(**request),
        )

    def make_config(self, request: dict[str, Any]) -> None:
        """Make an endpoint config unless it is there."""
        name = request["EndpointConfigName"]
        self._make_once(
            f"endpoint config {name}",
            lambda: self.client.describe_endpoint_config(EndpointConfigName=name),
            lambda: self.client.create_endpoint_config(**request),
        )

    def make_endpoint(self, request: dict[str, Any]) -> None:
        """Make the endpoint unless it is there."""
        self._make_once(
            f"endpoint {self.endpoint}",
            lambda: self.client.describe_endpoint(EndpointName=self.endpoint),
            lambda: self.client.create_endpoint(**request),
        )

    def update(self, request: dict[str, Any]) -> None:
        """Begin to move the endpoint to another config."""
        with cloud_errors(f"update endpoint {self.endpoint}", self.region):
            self.client.update_endpoint(**request)

    def delete_endpoint(self) -> None:
        """Begin to delete the endpoint; one that is gone is left as it is."""
        self._found(
            f"endpoint {self.endpoint}",
            lambda: self.client.delete_endpoint(EndpointName=self.endpoint),
        )

    def has_config(self, name: str) -> bool:
        """Tell whether an endpoint config is there."""
        return self._config(name) is not None

    def models_of(self, config: str) -> set[str]:
        """Return the names of the models that a config runs; none for an absent one."""
        found = self._config(config)
        return {variant["ModelName"] for variant in found["ProductionVariants"]} if found else set()

    def prune(self, keep: set[str]) -> tuple[str, ...]:
        """Delete the configs and models that were made for this endpoint, but some configs and what they run.

        Args:
            keep: names of configs; one that an endpoint runs must be among them.

        Returns:
            the names of what was deleted.
        """
        kept_models = {model for config in keep for model in self.models_of(config)}
        gone = []
        for name, arn in self._ours("list_endpoint_configs", "EndpointConfigs", "EndpointConfig"):
            if name not in keep and self.is_ours(arn):
                self._delete(f"endpoint config {name}", "endpoint_config", EndpointConfigName=name)
                gone.append(name)
        for name, arn in self._ours("list_models", "Models", "Model"):
            if name not in kept_models and self.is_ours(arn):
                self._delete(f"model {name}", "model", ModelName=name)
                gone.append(name)
        return tuple(gone)

    def _config(self, name: str) -> dict[str, Any] | None:
        return self._found(
            f"endpoint config {name}",
            lambda: self.client.describe_endpoint_config(EndpointConfigName=name),
        )

    def _ours(self, operation: str, field: str, kind: str) -> list[tuple[str, str]]:
        """Return name and ARN of what has a name of ours."""
        with cloud_errors(f"list what was made for endpoint {self.endpoint}", self.region):
            return [
                (str(each[f"{kind}Name"]), str(each[f"{kind}Arn"]))
                for page in self._pages(operation, NameContains=base_name(self.endpoint))
                for each in page[field]
                if is_named_for(str(each[f"{kind}Name"]), self.endpoint)
            ]

    def _pages(self, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        token: str | None = None
        while True:
            more = {"NextToken": token} if token else {}
            page: dict[str, Any] = getattr(self.client, operation)(**arguments, **more)
            yield page
            token = page.get("NextToken")
            if not token:
                return

    def _delete(self, what: str, kind: str, **arguments: str) -> None:
        self._found(what, lambda: getattr(self.client, f"delete_{kind}")(**arguments))

    def _found(self, what: str, call: Callable[[], Any]) -> dict[str, Any] | None:
        """Return what a call answers, or None where the thing is absent."""
        with cloud_errors(what, self.region):
            try:
                return call() or {}
            except ClientError as problem:
                if _is_absent(problem):
                    return None
                raise

    def _make_once(self, what: str, describe: Callable[[], Any], create: Callable[[], Any]) -> None:
        if self._found(what, describe) is not None:
            return
        with cloud_errors(f"make {what}", self.region):
            try:
                create()
            except (BotoCoreError, ClientError):
                # Raced by another process, or the reply was lost after it had been made: then it is there.
                if self._found(what, describe) is None:
                    raise


def _is_absent(problem: ClientError) -> bool:
    error = problem.response.get("Error", {})
    kinds = ("ValidationException", "ValidationError", "ResourceNotFound")
    return error.get("Code") in kinds and bool(_ABSENT.search(error.get("Message", "")))
