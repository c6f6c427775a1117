"""Airflow's own database, DAGs from this checkout, and a configuration whose gate is easy or impossible."""

import shutil
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
_FLOORS = "{{ smoke = {0}, fire = {0}, person_down = {0} }}"
_PROFILE = """
[{name}]
ap50_floors = {floors}
recall_floors = {floors}
max_ap50_drop = 1.0
latency_p95_budget_ms = 5000.0
min_support_pictures = 1
min_support_boxes = 1
min_support_scenes = 1
"""


@pytest.fixture(scope="session")
def dag_bag(airflow_db: None, config_folder: Path) -> Any:
    """Give the DAGs of this checkout; their forms offer what the test configuration holds."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFETY_TASKS_CONFIG_DIR", str(config_folder))
        return DagBag(dag_folder=str(CHECKOUT / "dags"))


@pytest.fixture(scope="session")
def config_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the shipped configuration with a gate that all pass and one that none can."""
    folder = tmp_path_factory.mktemp("config") / "config"
    shutil.copytree(CHECKOUT / "config", folder)
    with (folder / "gate.toml").open("a", encoding="utf-8") as stream:
        stream.write(_PROFILE.format(name="easy", floors=_FLOORS.format(0.0)))
        stream.write(_PROFILE.format(name="impossible", floors=_FLOORS.format(1.0)))
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
