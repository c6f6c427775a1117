"""A training job from its request to its archive, through SageMaker's own toolkit, whatever happens to it."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from support.processes import processes_of, wait_for
from support.sagemaker_fixtures import sagemaker_server
from support.sagemaker_runs import CONTAINER, ON_DEMAND, TINY, toy_job
from support.sagemaker_server import SageMakerServer
from support.source_bundles import wheel_of, with_other_digest

from safety_tasks.cloud.sources import write_source_bundle
from safety_tasks.digests import sha256_file
from safety_tasks.records.training import METRICS
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.sagemaker.layout import RESULT_BYTES

__all__ = ["sagemaker_server"]
pytestmark = pytest.mark.slow


def test_a_job_trains_and_its_archive_is_a_result(
    sagemaker_server: SageMakerServer, s3_store: S3Store, tmp_path: Path
) -> None:
    """The request that we send makes the toolkit train on the store's own pictures, and the result is read back."""
    job = toy_job(sagemaker_server, s3_store)
    found = job.finish()
    assert found["TrainingJobStatus"] == "Completed", sagemaker_server.tail(job.name)
    fitted = job.result(tmp_path / "result")
    assert fitted.fit.epochs_done == 2
    assert fitted.fit.resumed_after == ()
    assert fitted.fit.device == "cpu"
    assert {path.name for path in (tmp_path / "result").iterdir()} == set(RESULT_BYTES)
    assert {each["MetricName"] for each in found["FinalMetricDataList"]} == set(METRICS)
    assert sum(" of 2: " in line for line in sagemaker_server.job(job.name).lines) == 2
    assert job.checkpoints()


@pytest.mark.parametrize("altered", [False, True])
def test_a_job_installs_the_wheels_of_its_bundle(
    altered: bool, sagemaker_server: SageMakerServer, s3_store: S3Store, tmp_path: Path
) -> None:
    """The toolkit installs them, asking no index; a wheel with other bytes than the pinned ones ends the job."""
    wheel = wheel_of(tmp_path / "wheels", "toy_plugin")
    digest = sha256_file(wheel)
    pins = tmp_path / "constraints.txt"
    pins.write_text(f"toy-plugin==1.0 \\\n    --hash=sha256:{digest}\n")
    bundle = write_source_bundle(CONTAINER, wheels=wheel.parent, constraints=pins)
    if altered:
        bundle = with_other_digest(bundle, digest)
    job = toy_job(sagemaker_server, s3_store, bundle=bundle)
    found = job.finish()
    installed = sagemaker_server.folder / job.name / "start-1" / "installed" / "toy_plugin.py"
    if altered:
        assert found["TrainingJobStatus"] == "Failed"
        assert "THESE PACKAGES DO NOT MATCH THE HASHES" in sagemaker_server.tail(job.name)
        assert not installed.exists()
    else:
        assert found["TrainingJobStatus"] == "Completed", sagemaker_server.tail(job.name)
        assert installed.read_text() == "NAME = 'toy_plugin'\n"


def test_a_job_whose_machine_is_taken_goes_on_after_its_last_epoch(
    sagemaker_server: SageMakerServer, s3_store: S3Store, tmp_path: Path
) -> None:
    """Killed once epoch 2 is seen, the spot job goes on elsewhere, does no epoch twice, and its record says so."""
    # Many short epochs: the kill comes a moment after the line, and must not find the training at its end.
    job = toy_job(sagemaker_server, s3_store, TINY.model_copy(update={"epochs": 16}), ON_DEMAND)
    assert job.request["EnableManagedSpotTraining"]
    sagemaker_server.interrupt(job.name, after_epoch=2)
    found = job.finish()
    assert found["TrainingJobStatus"] == "Completed", sagemaker_server.tail(job.name)
    assert sagemaker_server.job(job.name).starts == 2
    assert "Interrupted" in [each["Status"] for each in found["SecondaryStatusTransitions"]]
    fit = job.result(tmp_path / "result").fit
    assert fit.epochs_done == 16
    (resumed,) = fit.resumed_after
    assert 2 <= resumed < 16
    told = [
        line.split(":")[0] for line in sagemaker_server.job(job.name).lines if " of 16: " in line
    ]
    assert told == [f"epoch {number} of 16" for number in range(1, 17)]
    assert sagemaker_server.created[job.name] == 1


def test_the_reason_of_a_failed_job_is_described(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """A device that is not there fails the job, and DescribeTrainingJob says so in the tree's own words."""
    job = toy_job(sagemaker_server, s3_store, TINY.model_copy(update={"device": "cuda:3"}))
    found = job.finish()
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith(
        "AlgorithmError: DeviceMissing: device: expected cuda:3"
    )
    assert found["FailureReason"].endswith("exit code: 1")


def test_a_picture_that_was_altered_in_the_store_fails_the_job(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """What the channel brings is proved: other bytes under a picture's key end the job."""
    job = toy_job(sagemaker_server, s3_store)
    victim = next(key for key in s3_store.keys("dataset/objects/") if key.endswith(".png"))
    for key in list(s3_store.keys("dataset/objects/")):
        if key.endswith(".png"):
            s3_store.put(key, s3_store.get(victim).payload + b"\0")
    found = job.finish()
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("AlgorithmError: ArtifactError: ")


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("form", ["archive", "pickle"])
def test_base_weights_that_run_code_are_refused_unrun(
    form: str, sagemaker_server: SageMakerServer, s3_store: S3Store, tmp_path: Path
) -> None:
    """An evil base.pt in the channel fails the job, and what it would have done was not done."""
    marker, weights = tmp_path / "code-ran", tmp_path / "evil.pt"
    bomb = {"model": Bomb(marker)}
    if form == "pickle":
        weights.write_bytes(pickle.dumps(bomb))
    else:
        import torch

        torch.save(bomb, weights)
    recipe = TINY.model_copy(update={"start_from_scratch": False})
    found = toy_job(sagemaker_server, s3_store, recipe, base=weights).finish()
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("AlgorithmError: BaseWeightsMissing: ")
    assert not marker.exists()


def test_a_stopped_training_ends_and_has_no_result(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """StopTrainingJob ends the training within seconds: stopped, without an archive, checkpoints kept."""
    job = toy_job(
        sagemaker_server, s3_store, TINY.model_copy(update={"epochs": 200, "patience_epochs": 200})
    )
    job.start()
    wait_for(lambda: "epoch 2 of 200" in sagemaker_server.tail(job.name), 200, "epoch 2")
    sagemaker_server.client("sagemaker").stop_training_job(TrainingJobName=job.name)
    found = sagemaker_server.wait(job.name, 60)
    assert found["TrainingJobStatus"] == "Stopped"
    assert "S3ModelArtifacts" not in found.get("ModelArtifacts", {})
    # What the training says of it (its own test reads that) is lost where the toolkit that passes lines on ends first.
    assert job.checkpoints()
    assert not processes_of(sagemaker_server.folder / job.name)
