"""The SageMaker of these tests behaves as the service does: it runs what a request says, and nothing else."""

import io
import tarfile
import time
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from support.job_service import job_request
from support.processes import processes_of, wait_for
from support.sagemaker_fixtures import sagemaker_server
from support.sagemaker_server import GROUP, SageMakerServer

from safety_tasks.store.s3 import S3Store
from safety_tasks.train.sagemaker.job import tail_log

__all__ = ["sagemaker_server"]
pytestmark = pytest.mark.slow

# Counts on from its checkpoint, one "epoch" a fifth of a second.
COUNTING = """
import os, pathlib, sys, time
kept = pathlib.Path(os.environ["SM_CHECKPOINT_DIR"], "count")
count = int(kept.read_text()) if kept.exists() else 0
print(f"begins after {count} with {sorted(os.listdir(os.environ['SM_CHANNEL_DATA']))}", flush=True)
while count < 6:
    time.sleep(0.2)
    count += 1
    kept.write_text(str(count))
    print(f"epoch {count} of 6: loss={1 / count:.3f}", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(str(count))
"""
FAILING = """
import os, pathlib
pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("the reason")
raise SystemExit(3)
"""
ENDLESS = "import time\nprint('epoch 1 of 2', flush=True)\ntime.sleep(600)\n"


class Job:
    """A request whose program is a text, and its client."""

    def __init__(
        self, server: SageMakerServer, store: S3Store, program: str, **changes: Any
    ) -> None:
        self.server, self.client = server, server.client("sagemaker")
        self.name = f"job-{uuid4().hex[:12]}"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            member = tarfile.TarInfo("program.py")
            member.size = len(program.encode())
            archive.addfile(member, io.BytesIO(program.encode()))
        store.put(f"{self.name}/source.tar.gz", packed.getvalue())
        store.put(f"{self.name}/in/deep/a.txt", b"a")
        store.put(f"{self.name}/in/b.txt", b"b")
        root = f"{store.uri}/{self.name}"
        source = {"S3DataType": "S3Prefix", "S3Uri": f"{root}/in/"}
        self.request = job_request(
            self.name,
            HyperParameters={
                "sagemaker_program": '"program.py"',
                "sagemaker_submit_directory": f'"{root}/source.tar.gz"',
                "sagemaker_region": '"us-east-1"',
                "lr0": "0.001",
            },
            InputDataConfig=[{"ChannelName": "data", "DataSource": {"S3DataSource": source}}],
            CheckpointConfig={"S3Uri": f"{root}/checkpoints/", "LocalPath": "/opt/ml/checkpoints"},
            OutputDataConfig={"S3OutputPath": f"{root}/output"},
            AlgorithmSpecification={
                "TrainingImage": "image",
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
            },
            **changes,
        )

    def start(self) -> None:
        """Ask for it."""
        self.client.create_training_job(**self.request)

    def describe(self) -> dict[str, Any]:
        """Ask how it is."""
        found: dict[str, Any] = self.client.describe_training_job(TrainingJobName=self.name)
        return found


def test_a_job_runs_to_its_archive_and_is_described_with_its_request(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """What was asked for runs by the toolkit, and archive, metrics, states and log are of that run."""
    job = Job(sagemaker_server, s3_store, COUNTING)
    job.start()
    assert job.describe()["TrainingJobStatus"] == "InProgress"
    found = sagemaker_server.wait(job.name, 120)
    assert found["TrainingJobStatus"] == "Completed", sagemaker_server.tail(job.name)
    assert found["HyperParameters"] == job.request["HyperParameters"]
    assert found["AlgorithmSpecification"] == job.request["AlgorithmSpecification"]
    assert [each["Status"] for each in found["SecondaryStatusTransitions"]] == [
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert [
        (each["MetricName"], round(each["Value"], 3)) for each in found["FinalMetricDataList"]
    ] == [("loss", 0.167)]
    assert found["BillableTimeInSeconds"] >= 1
    uri = found["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"{s3_store.uri}/{job.name}/output/{job.name}/output/model.tar.gz"
    archive = s3_store.get(uri.removeprefix(f"{s3_store.uri}/")).payload
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        assert members.getnames() == ["model.txt"]
    lines = tail_log(sagemaker_server.client("logs"), job.name, 400)
    assert any("begins after 0 with ['b.txt', 'deep']" in line for line in lines)
    assert sagemaker_server.created[job.name] == 1


def test_a_name_is_used_once(sagemaker_server: SageMakerServer, s3_store: S3Store) -> None:
    """A second request under a name is refused as AWS refuses it, and runs nothing."""
    job = Job(sagemaker_server, s3_store, COUNTING)
    job.start()
    with pytest.raises(ClientError, match="already exists") as refusal:
        job.start()
    assert refusal.value.response["Error"]["Code"] == "ResourceInUse"
    sagemaker_server.wait(job.name, 120)
    assert sagemaker_server.created[job.name] == 1
    assert sagemaker_server.refused[job.name] == 1
    assert sagemaker_server.job(job.name).starts == 1


def test_an_interrupted_job_goes_on_from_its_checkpoints(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """A machine that is taken away is replaced by one that has the checkpoints, in a stream of its own."""
    job = Job(sagemaker_server, s3_store, COUNTING)
    sagemaker_server.interrupt(job.name, after_epoch=2)
    job.start()
    found = sagemaker_server.wait(job.name, 180)
    assert found["TrainingJobStatus"] == "Completed", sagemaker_server.tail(job.name)
    assert sagemaker_server.job(job.name).starts == 2
    assert "Interrupted" in [each["Status"] for each in found["SecondaryStatusTransitions"]]
    begun = [line for line in sagemaker_server.job(job.name).lines if "begins after" in line]
    assert len(begun) == 2
    assert int(begun[1].split()[2]) >= 2
    streams = sagemaker_server.client("logs").describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix=f"{job.name}/algo-1-"
    )
    assert len(streams["logStreams"]) == 2


def test_a_failure_is_described_with_its_reason(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """What the job wrote as its failure is the reason, and there is no result."""
    job = Job(sagemaker_server, s3_store, FAILING)
    job.start()
    found = sagemaker_server.wait(job.name, 120)
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("AlgorithmError: the reason, exit code: ")
    assert "S3ModelArtifacts" not in found.get("ModelArtifacts", {})


def test_missing_input_fails_the_job(sagemaker_server: SageMakerServer, s3_store: S3Store) -> None:
    """A channel without objects is the job's failure before anything runs."""
    job = Job(sagemaker_server, s3_store, COUNTING)
    for key in ("in/deep/a.txt", "in/b.txt"):
        s3_store.delete(f"{job.name}/{key}")
    job.start()
    found = sagemaker_server.wait(job.name, 60)
    assert found["TrainingJobStatus"] == "Failed"
    assert "No S3 objects found" in found["FailureReason"]


@pytest.mark.parametrize("how", ["asked", "too long"])
def test_a_stopped_job_really_ends(
    how: str, sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """Stopping, or running longer than allowed, ends the processes; a job that has ended cannot be stopped."""
    limits = {"MaxRuntimeInSeconds": 3600 if how == "asked" else 6, "MaxWaitTimeInSeconds": 7200}
    job = Job(sagemaker_server, s3_store, ENDLESS, StoppingCondition=limits)
    job.start()
    if how == "asked":
        wait_for(lambda: "epoch 1" in sagemaker_server.tail(job.name), 60, "its first line")
        job.client.stop_training_job(TrainingJobName=job.name)
        assert job.describe()["TrainingJobStatus"] in ("Stopping", "Stopped")
    began = time.monotonic()
    found = sagemaker_server.wait(job.name, 60)
    assert time.monotonic() - began < 40
    assert found["TrainingJobStatus"] == "Stopped"
    assert found["SecondaryStatus"] == ("Stopped" if how == "asked" else "MaxRuntimeExceeded")
    assert not processes_of(sagemaker_server.folder / job.name)
    with pytest.raises(ClientError, match="in status Stopped"):
        job.client.stop_training_job(TrainingJobName=job.name)


def test_refusals_are_the_services_own(
    sagemaker_server: SageMakerServer, s3_store: S3Store
) -> None:
    """An unknown job is not found, and a refusal that a test asks for makes no job."""
    job = Job(sagemaker_server, s3_store, COUNTING)
    with pytest.raises(ClientError, match="not found"):
        job.describe()
    sagemaker_server.fail_next("CreateTrainingJob", "ResourceLimitExceeded", "the quota is 0")
    with pytest.raises(ClientError, match="quota") as refusal:
        job.start()
    assert refusal.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    assert sagemaker_server.created[job.name] == 0
