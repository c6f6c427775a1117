"""``deploy_endpoint`` against moto's SageMaker and a real S3 server; the container is the toolkit over the archive."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sagemaker.models import sagemaker_backends
from moto.server import ThreadedMotoServer
from support.hosting_aws import Fate, Life, live
from support.local_endpoint import ask, running, unpack
from support.toy_runs import publish_toy, toy_dataset
from toy_models import toy_model

from safety_tasks.config import load_settings
from safety_tasks.orchestration import serving
from safety_tasks.records.serving import ProvedDeployment
from safety_tasks.serve.proved import read_proved
from safety_tasks.serve.service import Hosting
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store

NAME = "safety-detector"


@pytest.fixture
def service(plant: pytest.MonkeyPatch) -> Iterator[tuple[Life, Any]]:
    """Point the connection's SageMaker at moto's server; give the life of its endpoints, and a client."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    connection = json.loads(os.environ["AIRFLOW_CONN_AWS_DEFAULT"])
    connection["extra"]["service_config"] = {
        "sagemaker": {"endpoint_url": url},
        "sagemaker-runtime": {"endpoint_url": url},
    }
    plant.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    plant.setenv("SAFETY_TASKS_SAGEMAKER_ROLE_ARN", "arn:aws:iam::123456789012:role/serving")
    plant.setenv("SAFETY_TASKS_SERVE_IMAGE_URI", "own/image:1")
    plant.setenv("SAFETY_TASKS_SERVE_WAIT_MINUTES", "0.5")
    plant.setattr(serving, "POLL_S", 0.01)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("sagemaker", region_name="us-east-1", endpoint_url=url, **keys)
    try:
        yield live(plant), client
    finally:
        server.stop()
        sagemaker_backends.reset()


def _run(dag: Any, **form: Any) -> dict[str, str]:
    # A test run's form stays in the DAG, so each names what it means.
    run = dag.test(run_conf={"action": "deploy", "instance_type": None} | form)
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def _proved(store: ObjectStore) -> ProvedDeployment | None:
    return read_proved(store, NAME)


def _container(life: Life, store: ObjectStore, folder: Path, stack: ExitStack) -> None:
    """Let invocations reach the toolkit over the archive that the endpoint's config names."""
    urls: dict[str, str] = {}
    backend = sagemaker_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]

    def answer(body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        config = backend.endpoint_configs[backend.endpoints[NAME].endpoint_config_name]
        model = backend._models[config.production_variants[0]["ModelName"]]
        where = model.primary_container["ModelDataUrl"]
        if where not in urls:
            key = urlsplit(where).path.lstrip("/")
            target = unpack(store.get(key).payload, folder / str(len(urls)))
            urls[where] = stack.enter_context(running(target))
        passed = {name: headers[name] for name in ("Content-Type", "Accept")}
        return ask(urls[where], "POST", "/invocations", body, passed)

    life.answer = answer


@pytest.mark.slow
def test_deploy_update_fail_go_back_and_remove(
    dag_bag: Any, service: tuple[Life, Any], tmp_path: Path
) -> None:
    """A release is served and proved; a second replaces it; bad ones leave it serving; removal leaves nothing."""
    life, client = service
    dag = dag_bag.dags["deploy_endpoint"]
    store = open_store(load_settings().store)
    version = toy_dataset(store)
    publish_toy(store, version, "run-1")

    with ExitStack() as stack:
        _container(life, store, tmp_path, stack)
        states = _run(dag)
        assert states.pop("remove") == "skipped"
        assert set(states.values()) == {"success"}, states
        first = _proved(store)
        assert first is not None
        assert first.release_seq == 1
        assert client.describe_endpoint(EndpointName=NAME)["EndpointConfigName"] == first.config

        life.calls.clear()
        assert _run(dag)["smoke_test"] == "success"
        assert set(life.calls) == {"invoke_endpoint"}

        publish_toy(store, version, "run-2", toy_model(gains=(0.9, 0.9, 0.9)))
        assert _run(dag)["smoke_test"] == "success"
        second = _proved(store)
        assert second is not None
        assert second.release_seq == 2
        assert len(client.list_endpoint_configs()["EndpointConfigs"]) == 1

        publish_toy(store, version, "run-3", toy_model(gains=(0.8, 0.8, 0.8)))
        life.fates.append(Fate("rolls_back", "no capacity"))
        states = _run(dag)
        assert (states["deploy"], states["smoke_test"]) == ("failed", "upstream_failed")
        assert client.describe_endpoint(EndpointName=NAME)["EndpointConfigName"] == second.config

        life.answer = lambda body, headers: (500, "text/plain", b"broken")
        states = _run(dag)
        assert (states["deploy"], states["smoke_test"]) == ("success", "failed")
        found = client.describe_endpoint(EndpointName=NAME)
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == (
            "InService",
            second.config,
        )
        assert len(client.list_models()["Models"]) == 1

    states = _run(dag, action="remove")
    assert (states["remove"], states["deploy"]) == ("success", "skipped")
    assert client.list_endpoints()["Endpoints"] == []
    assert client.list_endpoint_configs()["EndpointConfigs"] == []
    assert client.list_models()["Models"] == []
    assert _proved(store) is None


@pytest.mark.slow
def test_what_costs_too_much_is_refused_first(
    dag_bag: Any, service: tuple[Life, Any], plant: pytest.MonkeyPatch
) -> None:
    """Above the cap, check_cost is red and nothing was asked of AWS."""
    life, _ = service
    states = _run(dag_bag.dags["deploy_endpoint"], instance_type="ml.p3.8xlarge")
    assert (states["check_cost"], states["archive"]) == ("failed", "upstream_failed")
    assert life.calls == []


@pytest.mark.slow
def test_a_run_that_was_cut_while_waiting_is_taken_up(
    dag_bag: Any, service: tuple[Life, Any], tmp_path: Path, plant: pytest.MonkeyPatch
) -> None:
    """The worker dies while the endpoint comes up: the next run waits for it, and makes nothing twice."""
    life, client = service
    dag = dag_bag.dags["deploy_endpoint"]
    store = open_store(load_settings().store)
    publish_toy(store, toy_dataset(store), "run-1")

    context = {"params": {"channel": "stable"}, "run_id": "cut"}
    packed = serving.archive(context)
    looks = Hosting.settled

    def cut(hosting: Hosting, wait_s: float) -> Any:
        if "create_endpoint" in life.calls:
            raise KeyboardInterrupt
        return looks(hosting, wait_s)

    with plant.context() as patch:
        patch.setattr(Hosting, "settled", cut)
        with pytest.raises(KeyboardInterrupt):
            serving.deploy(context, packed)
    assert client.describe_endpoint(EndpointName=NAME)["EndpointStatus"] == "Creating"
    assert life.calls.count("create_endpoint") == 1
    with ExitStack() as stack:
        _container(life, store, tmp_path, stack)
        states = _run(dag)
    assert states["smoke_test"] == "success", states
    assert life.calls.count("create_endpoint") == 1
    assert life.calls.count("create_model") == 1
