"""Moto's SageMaker hosting with the life that it lacks: endpoints that take time, fail, roll back, and are used.

Moto makes an endpoint InService at once, has no UpdateEndpoint, and answers an invocation with a fixed text. Here the
next fate decides how a creation or an update ends, names are unique, what is in motion cannot be changed, and a config
in use cannot be deleted. It all goes through boto3's real serialisation.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

Answer = Callable[[bytes, dict[str, str]], tuple[int, str, bytes]]
IN_MOTION = ("Creating", "Updating", "Deleting")


@dataclass(frozen=True)
class Fate:
    """How a creation or an update ends, after so many looks."""

    end: Literal["serves", "fails", "rolls_back", "never"] = "serves"
    reason: str = ""
    looks: int = 2


@dataclass
class Life:
    """What is to come, and what was called; ``answer`` is the container."""

    fates: list[Fate] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refusals: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    answer: Answer | None = None
    pending: dict[str, tuple[Fate, int, str]] = field(default_factory=dict)

    def begin(self, name: str, former: str) -> None:
        """Let the next fate take its course."""
        fate = self.fates.pop(0) if self.fates else Fate()
        self.pending[name] = (fate, fate.looks, former)

    def called(self, operation: str) -> None:
        """Note a call, and refuse it if that was asked for."""
        self.calls.append(operation)
        if waiting := self.refusals.get(operation):
            code, message = waiting.pop(0)
            refusal = ValidationError(message=message)
            refusal.code = code
            raise refusal

    def look(self, backend: Any, name: str) -> None:
        """Let time pass by one look at an endpoint."""
        if name not in self.pending:
            return
        fate, left, former = self.pending[name]
        if fate.end == "never" or left > 0:
            self.pending[name] = (fate, left - 1, former)
            return
        del self.pending[name]
        endpoint = backend.endpoints[name]
        if endpoint.endpoint_status == "Deleting":
            del backend.endpoints[name]
            return
        endpoint.endpoint_status = "Failed" if fate.end == "fails" else "InService"
        endpoint.failure_reason = fate.reason or None
        if fate.end == "rolls_back":
            endpoint.endpoint_config_name = former


def live(patch: pytest.MonkeyPatch) -> Life:
    """Give moto's hosting a life; the patch ends it."""
    life, kind = Life(), SageMakerModelBackend
    originals = {name: getattr(kind, name) for name in _PATCHED}

    def create(self: Any, endpoint_name: str, endpoint_config_name: str, tags: Any) -> Any:
        life.called("create_endpoint")
        if endpoint_name in self.endpoints:
            raise ValidationError(
                message=f"Cannot create already existing endpoint {endpoint_name!r}"
            )
        made = originals["create_endpoint"](self, endpoint_name, endpoint_config_name, tags)
        made.endpoint_status = "Creating"
        life.begin(endpoint_name, "")
        return made

    def update(self: Any, name: str, config: str) -> Any:
        life.called("update_endpoint")
        endpoint = _endpoint(self, name)
        if endpoint.endpoint_status in IN_MOTION:
            raise ValidationError(message=f"Cannot update in-progress endpoint {name!r}.")
        self.describe_endpoint_config(config)
        former, endpoint.endpoint_config_name = endpoint.endpoint_config_name, config
        endpoint.endpoint_status, endpoint.failure_reason = "Updating", None
        life.begin(name, former)
        return endpoint

    def delete(self: Any, endpoint_name: str) -> None:
        life.called("delete_endpoint")
        endpoint = _endpoint(self, endpoint_name)
        if endpoint.endpoint_status in IN_MOTION:
            raise ValidationError(message=f"Cannot update in-progress endpoint {endpoint_name!r}.")
        endpoint.endpoint_status = "Deleting"
        life.pending[endpoint_name] = (Fate(), 1, "")

    def describe(self: Any, endpoint_name: str) -> Any:
        life.look(self, endpoint_name)
        return originals["describe_endpoint"](self, endpoint_name)

    def create_config(self: Any, **request: Any) -> Any:
        life.called("create_endpoint_config")
        if request["endpoint_config_name"] in self.endpoint_configs:
            raise ValidationError(message="Cannot create already existing endpoint configuration")
        return originals["create_endpoint_config"](self, **request)

    def delete_config(self: Any, endpoint_config_name: str) -> None:
        life.called("delete_endpoint_config")
        used = {each.endpoint_config_name for each in self.endpoints.values()}
        assert endpoint_config_name not in used, "a config in use was deleted"
        originals["delete_endpoint_config"](self, endpoint_config_name)

    def create_model(self: Any, **request: Any) -> Any:
        life.called("create_model")
        if request["model_name"] in self._models:
            raise ValidationError(message="Cannot create already existing model")
        return originals["create_model"](self, **request)

    def update_response(self: Any) -> Any:
        name, config = self._get_param("EndpointName"), self._get_param("EndpointConfigName")
        return ActionResult({"EndpointArn": update(self.sagemaker_backend, name, config).arn})

    def invoke(self: Any) -> Any:
        life.called("invoke_endpoint")
        assert life.answer is not None
        status, content_type, body = life.answer(bytes(self.body), dict(self.headers.items()))
        if status == 200:
            return 200, {"Content-Type": content_type}, body
        told = {"Message": "model failed", "OriginalStatusCode": status}
        told["OriginalMessage"] = body.decode()
        headers = {"x-amzn-errortype": "ModelError", "Content-Type": "application/json"}
        headers["status"] = "424"  # where moto looks for it
        return 424, headers, json.dumps(told)

    set_up = SageMakerRuntimeResponse.setup_class

    def set_up_raw(self: Any, *given: Any, **named: Any) -> None:
        set_up(self, *given, **named | {"use_raw_body": True})  # a picture is no UTF-8

    patch.setattr(SageMakerRuntimeResponse, "setup_class", set_up_raw)
    for name, instead in zip(
        _PATCHED,
        (create, delete, describe, create_config, delete_config, create_model),
        strict=True,
    ):
        patch.setattr(kind, name, instead)
    patch.setattr(SageMakerResponse, "update_endpoint", update_response, raising=False)
    patch.setattr(SageMakerRuntimeResponse, "invoke_endpoint", invoke)
    return life


_PATCHED = (
    "create_endpoint",
    "delete_endpoint",
    "describe_endpoint",
    "create_endpoint_config",
    "delete_endpoint_config",
    "create_model",
)


def _endpoint(backend: Any, name: str) -> Any:
    if name not in backend.endpoints:
        raise ValidationError(message=f"Could not find endpoint {name!r}.")
    return backend.endpoints[name]


def names_of(client: Any) -> tuple[set[str], set[str], set[str]]:
    """Return the names of all endpoints, configs and models of the account."""
    return (
        {each["EndpointName"] for each in client.list_endpoints()["Endpoints"]},
        {each["EndpointConfigName"] for each in client.list_endpoint_configs()["EndpointConfigs"]},
        {each["ModelName"] for each in client.list_models()["Models"]},
    )
