"""A toy release in a local store, and moto's hosting with a life."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from support.hosting_aws import Life, live
from support.toy_runs import publish_toy, toy_dataset

from safety_tasks.bundle.reading import Served
from safety_tasks.records.serving import Deployment
from safety_tasks.serve.endpoint import deploy_endpoint
from safety_tasks.serve.model_archive import archive_release, served_by
from safety_tasks.serve.requests import deployment
from safety_tasks.serve.service import Hosting
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore

ROLE = "arn:aws:iam::123456789012:role/serving"


@pytest.fixture
def serving_settings(settings: Settings) -> Settings:
    """Give settings with a role, an own image, and little patience."""
    return settings.model_copy(
        update={
            "sagemaker": settings.sagemaker.model_copy(update={"role_arn": ROLE}),
            "serve": settings.serve.model_copy(
                update={"image_uri": "own/image:1", "wait_minutes": 0.05}
            ),
        }
    )


@pytest.fixture
def released(tmp_path: Path) -> tuple[LocalStore, Served]:
    """Give a store with a published toy release."""
    store = LocalStore(tmp_path / "store")
    publish_toy(store, toy_dataset(store), "run-1")
    return store, served_by(store, "stable")


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """Answer boto3 from moto, with endpoints that take time."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield live(monkeypatch)


@pytest.fixture
def client(life: Life) -> Any:
    """Give boto3's client."""
    return boto3.client("sagemaker", region_name="us-east-1")


@pytest.fixture
def hosting(client: Any) -> Hosting:
    """Give the hosting of one endpoint, without waits."""
    return Hosting(client, "plant", poll_s=0.0)


@pytest.fixture
def wanted(
    released: tuple[LocalStore, Served], serving_settings: Settings
) -> Callable[..., Deployment]:
    """Give a maker of deployments of releases 1, 2, … (made up from the first) to the endpoint ``plant``."""
    store, served = released
    first = archive_release(store, served, serving_settings)

    def make(release_seq: int = 1, **changes: Any) -> Deployment:
        archive = first.model_copy(update={"release_seq": release_seq})
        return deployment(
            archive, "own/image:1", "s3://models", serving_settings, endpoint="plant", **changes
        )

    return make


@pytest.fixture
def deploy(
    released: tuple[LocalStore, Served], serving_settings: Settings, hosting: Hosting
) -> Callable[[Deployment], Any]:
    """Give a deployer."""
    return lambda wanted: deploy_endpoint(released[0], serving_settings, hosting, wanted)
