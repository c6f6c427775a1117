"""The REST client says what was asked and what was answered when they do not fit."""

from collections.abc import Callable

import httpx
import pytest

from safety_tasks.demo.airflow_api import AirflowApi
from safety_tasks.errors import AirflowError


def _api(answer: Callable[[httpx.Request], httpx.Response]) -> AirflowApi:
    api = AirflowApi("http://127.0.0.1:1", "admin", "secret")
    api._client = httpx.Client(base_url=api.url, transport=httpx.MockTransport(answer))
    return api


def _health(**parts: str) -> dict[str, dict[str, str]]:
    return {name: {"status": status} for name, status in parts.items()}


@pytest.mark.parametrize(
    ("parts", "healthy"),
    [
        ({}, False),
        (_health(metadatabase="healthy"), False),
        (_health(metadatabase="healthy", scheduler="unhealthy", dag_processor="healthy"), False),
        (_health(metadatabase="healthy", scheduler="healthy", dag_processor="healthy"), True),
    ],
)
def test_health_needs_every_part(parts: dict[str, object], healthy: bool) -> None:
    """Only a database, scheduler and DAG processor that all say healthy count."""
    assert _api(lambda request: httpx.Response(200, json=parts)).healthy() is healthy


def test_no_answer_is_not_healthy_and_an_error_elsewhere() -> None:
    """A refused connection means not healthy yet, but is an error for a request."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert not _api(refuse).healthy()
    with pytest.raises(AirflowError, match="no answer"):
        _api(refuse).trigger("any")


def test_a_refusal_holds_the_servers_words_and_no_password() -> None:
    """An unexpected status is an error with the request, the status and the answer; the password is not in it."""
    api = _api(lambda request: httpx.Response(401, text="Invalid credentials"))
    with pytest.raises(AirflowError, match="401: Invalid credentials") as caught:
        api.log_in()
    assert "secret" not in str(caught.value)


def test_a_dag_that_does_not_import_is_an_error() -> None:
    """An import error ends the wait for a DAG with the file and the end of its trace."""
    broken = {"import_errors": [{"filename": "retrain_detector.py", "stack_trace": "NameError: x"}]}
    with pytest.raises(AirflowError, match=r"retrain_detector\.py: NameError: x"):
        _api(lambda request: httpx.Response(200, json=broken)).has_dag("retrain_detector")
