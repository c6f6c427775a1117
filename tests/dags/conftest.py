"""Airflow's own database, DAGs from this checkout, and a gate that is easy, asks a person, or lets nobody through."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from support.easy_gate import easy_profile

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", autouse=True)
def one_alarm(airflow_db: None) -> Iterator[None]:
    """Leave the process's alarm to the test: a task's time limit, in hours, would turn the test's off when it ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("airflow.sdk.execution_time.timeout.timeout", nullcontext)
        yield


@pytest.fixture(scope="session")
def dag_bag(airflow_db: None, config_folder: Path) -> Any:
    """Give the DAGs of this checkout; their forms offer what the test configuration holds."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFETY_TASKS_CONFIG_DIR", str(config_folder))
        return DagBag(dag_folder=str(CHECKOUT / "dags"))


@pytest.fixture(scope="session")
def config_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the shipped configuration and a gate that nearly all pass, one that asks a person, and one that none can."""
    folder = tmp_path_factory.mktemp("config") / "config"
    shutil.copytree(CHECKOUT / "config", folder)
    with (folder / "gate.toml").open("a", encoding="utf-8") as stream:
        stream.write(easy_profile("easy"))
        stream.write(easy_profile("asking", approval_before_stable=True))
        stream.write(easy_profile("impossible", possible=False))
    return folder


@pytest.fixture
def plant(
    monkeypatch: pytest.MonkeyPatch, config_folder: Path, ministack: str, tmp_path: Path
) -> pytest.MonkeyPatch:
    """Point tasks at a fresh bucket, a private work folder and the easy configuration."""
    import json
    from uuid import uuid4

    from safety_tasks.settings import StoreSettings
    from safety_tasks.store.opening import s3_client

    bucket = f"dags-{uuid4().hex[:16]}"
    s3_client(StoreSettings(endpoint_url=ministack)).create_bucket(Bucket=bucket)
    connection = {
        "conn_type": "aws",
        "login": "test",
        "password": "test",
        "extra": {"region_name": "us-east-1", "endpoint_url": ministack},
    }
    settings = {
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection),
        "SAFETY_TASKS_CONFIG_DIR": str(config_folder),
        "SAFETY_TASKS_STORE_URI": f"s3://{bucket}",
        "SAFETY_TASKS_STORE_ENDPOINT_URL": ministack,
        "SAFETY_TASKS_WORK_DIR": str(tmp_path / "work"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
