"""AWS is reached as Airflow's connection says, else as the environment does."""

import json
from collections.abc import Callable

import pytest

from safety_tasks.orchestration import clients


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give a setter of Airflow's connection; the environment alone names the rest."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SAGEMAKER", "SAFETY_TASKS_AWS_CONN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AIRFLOW_CONN_AWS_DEFAULT", raising=False)
    return lambda value: monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", value)


@pytest.mark.usefixtures("airflow_db")
def test_the_service_is_reached_by_airflow_s_connection(
    connection: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection names region, keys and the service's endpoint; without one the settings' region counts."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_REGION", "eu-north-1")
    assert clients.aws_client("sagemaker").meta.region_name == "eu-north-1"
    extra = {
        "endpoint_url": "http://127.0.0.1:1",
        "service_config": {"sagemaker": {"endpoint_url": "http://127.0.0.1:2"}},
    }
    kind = {"conn_type": "aws", "login": "a", "password": "b"}
    connection(json.dumps({**kind, "extra": extra}))
    found = clients.aws_client("sagemaker").meta
    assert (found.endpoint_url, found.region_name) == ("http://127.0.0.1:2", "eu-north-1")
    assert clients.aws_client("logs").meta.endpoint_url == "http://127.0.0.1:1"
    connection(json.dumps({**kind, "extra": {**extra, "region_name": "us-west-2"}}))
    assert clients.aws_client("sagemaker").meta.region_name == "us-west-2"
