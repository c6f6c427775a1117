"""The store that a task sees: by Airflow's connection where there is one, else as the settings say."""

import json

import pytest

from safety_tasks.orchestration.runtime import runtime
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.s3 import S3Store


@pytest.fixture
def bucket(
    s3_store: S3Store, ministack: str, monkeypatch: pytest.MonkeyPatch, airflow_db: None
) -> ObjectStore:
    """Point the settings at a bucket that holds one object."""
    s3_store.put("proof", b"here")
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", s3_store.uri)
    monkeypatch.setenv("SAFETY_TASKS_STORE_ENDPOINT_URL", ministack)
    monkeypatch.delenv("AIRFLOW_CONN_AWS_DEFAULT", raising=False)
    return s3_store


@pytest.mark.usefixtures("bucket")
def test_without_a_connection_the_settings_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Airflow has no such connection, the configured endpoint is used, not AWS."""
    monkeypatch.setenv("SAFETY_TASKS_AWS_CONN_ID", "there_is_none")
    _, store = runtime()
    assert store.get("proof").payload == b"here"


@pytest.mark.usefixtures("bucket")
def test_a_connection_wins(monkeypatch: pytest.MonkeyPatch, ministack: str) -> None:
    """Where there is a connection, its endpoint and keys are used."""
    extra = {"region_name": "us-east-1", "endpoint_url": ministack}
    connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_PLANT", json.dumps(connection))
    monkeypatch.setenv("SAFETY_TASKS_AWS_CONN_ID", "plant")
    monkeypatch.setenv("SAFETY_TASKS_STORE_ENDPOINT_URL", "http://127.0.0.1:9")
    _, store = runtime()
    assert store.get("proof").payload == b"here"
