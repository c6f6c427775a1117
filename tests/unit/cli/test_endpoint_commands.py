"""The endpoint's commands: deploy and prove, status, predict, remove after asking."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from support.hosting_aws import Life, live
from support.toy_runs import publish_toy, toy_dataset
from toy_models import png, strong_model, toy_picture
from typer.testing import CliRunner

from safety_tasks.cli import endpoint
from safety_tasks.errors import ArtifactError, CloudError
from safety_tasks.inference.detector import Detector
from safety_tasks.serve.handler import LoadedRelease, input_fn, output_fn, predict_fn
from safety_tasks.serve.model_archive import served_by
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore


class BucketLike(LocalStore):
    """A local store that calls itself a bucket, so that requests can be made from it."""

    @property
    def uri(self) -> str:
        """Return an address that an endpoint could read."""
        return "s3://models"


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> Iterator[Life]:
    """Give a published release, settings that can serve it, and moto's hosting."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    store = BucketLike(tmp_path / "store")
    publish_toy(store, toy_dataset(store), "run-1")
    role = {"role_arn": "arn:aws:iam::123456789012:role/serving"}
    ready = settings.model_copy(
        update={
            "sagemaker": settings.sagemaker.model_copy(update=role),
            "serve": settings.serve.model_copy(update={"image_uri": "own/image:1"}),
        }
    )
    monkeypatch.setattr(endpoint, "opened", lambda: (ready, store))
    loaded = LoadedRelease(
        Detector(strong_model(), what="container"), served_by(store, "stable").document
    )

    def answer(body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        found = predict_fn(input_fn(body, headers["Content-Type"]), loaded)
        return 200, "application/json", output_fn(found, "application/json")[0].encode()

    with mock_aws():
        alive = live(monkeypatch)
        alive.answer = answer
        yield alive


def _run(*arguments: str, typed: str = "") -> Any:
    return CliRunner().invoke(endpoint.APP, list(arguments), input=typed)


def test_from_deploy_to_remove(life: Life, tmp_path: Path) -> None:
    """Each command's result is JSON on stdout; removing asks, and a no removes nothing."""
    done = _run("deploy", "--poll-s", "0")
    assert done.exit_code == 0, done.output
    state = json.loads(done.stdout)
    assert (state["status"], state["action"], state["proved"]) == ("InService", "created", True)
    assert "2.76 USD" in done.stderr
    assert json.loads(_run("status").stdout)["release_seq"] == 1

    picture = tmp_path / "p.png"
    picture.write_bytes(png(toy_picture([(2, 9)])))
    answer = json.loads(_run("predict", str(picture)).stdout)
    assert [each["class"] for each in answer["detections"]] == ["person_down"]

    assert _run("remove", typed="n\n").exit_code == 1
    assert "delete_endpoint" not in life.calls
    assert json.loads(_run("remove", "--yes", "--poll-s", "0").stdout)["action"] == "removed"
    assert json.loads(_run("status").stdout)["status"] == "absent"


def test_mistakes_are_named(life: Life, tmp_path: Path) -> None:
    """A missing picture, and an endpoint that is not there, are errors of the tree."""
    assert isinstance(_run("predict", str(tmp_path / "none.jpg")).exception, ArtifactError)
    picture = tmp_path / "p.png"
    picture.write_bytes(png(toy_picture([])))
    life.refusals["invoke_endpoint"] = [("ValidationError", "Endpoint not found.")]
    assert isinstance(_run("predict", str(picture)).exception, CloudError)
