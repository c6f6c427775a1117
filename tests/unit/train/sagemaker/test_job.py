"""A job is started once, found again however its start was cut, and only a result is success."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws
from support.job_service import JobService, job_request, service_error

from safety_tasks.errors import (
    CloudError,
    JobFailed,
    QuotaExceeded,
    SafetyTasksError,
    TrainingError,
)
from safety_tasks.train.sagemaker.job import (
    describe,
    find,
    job_name,
    start_or_attach,
    stop,
)
from safety_tasks.train.sagemaker.job_state import require_no_failure

NETWORK_GONE = EndpointConnectionError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com")


@pytest.fixture
def service() -> JobService:
    """Give a service without jobs."""
    return JobService()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answer boto3 from moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.mark.parametrize(
    "run_id", ["", "1234abcd-sagemaker-0123456789ab", "r" * 200, "a.b_c+d:e", "-"]
)
def test_names_are_what_the_service_takes(run_id: str) -> None:
    """Whatever the run is called, its job's name is stable, short enough and of the letters allowed."""
    name = job_name(run_id, "a" * 64)
    assert name == job_name(run_id, "a" * 64)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)


def test_different_runs_never_share_a_name() -> None:
    """Ids that look alike, long ones with one beginning, and other inputs all have names of their own."""
    runs = ["a.b", "a-b", "a_b", "a--b", "r" * 90, "r" * 91, "ab"]
    names = {job_name(run, inputs * 64) for run in runs for inputs in "ab"}
    assert len(names) == 2 * len(runs)
    assert job_name("a\nb", "c") != job_name("a", "b\nc")


@pytest.mark.usefixtures("aws")
def test_a_job_is_started_and_described_over_the_wire() -> None:
    """Over boto3's real serialisation a started job is found with its place, its limits and its result."""
    client = boto3.client("sagemaker", region_name="us-east-1")
    assert find(client, "run-1") is None
    started = start_or_attach(client, job_request())
    assert started == describe(client, "run-1")
    assert (started.status, started.ended, started.spot) == ("Completed", True, True)
    assert started.model_uri == "s3://bucket/runs/run-1/job_output/run-1/output/model.tar.gz"
    assert (started.allowed_s, started.instance_type) == (7200, "ml.g4dn.xlarge")
    assert datetime.fromisoformat(started.training_start).tzinfo is not None


def test_asking_again_takes_up_the_same_job(service: JobService) -> None:
    """A second start finds the running job, a third the finished one: one is ever made."""
    assert start_or_attach(service, job_request()).status == "InProgress"
    assert start_or_attach(service, job_request()).status == "InProgress"
    service.end("run-1")
    found = start_or_attach(service, job_request())
    assert (found.status, found.billable_s) == ("Completed", 90)
    assert service.created == ["run-1"]


def test_a_lost_reply_is_found(service: JobService) -> None:
    """A start that landed without an answer is taken up, not tried again."""
    service.lost_replies = 1
    assert start_or_attach(service, job_request()).status == "InProgress"
    assert service.calls == ["describe", "create", "describe"]


def test_a_start_that_did_not_land_is_said(service: JobService) -> None:
    """Without a network nothing is started, and the error asks to try again, which works."""
    service.faults["create"] = [NETWORK_GONE]
    with pytest.raises(CloudError, match="network is gone") as caught:
        start_or_attach(service, job_request())
    assert type(caught.value) is CloudError
    assert service.created == []
    assert start_or_attach(service, job_request()).status == "InProgress"


def test_a_race_for_the_name_is_joined() -> None:
    """When another process made the job between look and start, that one is taken up."""
    client = boto3.client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    request = job_request()
    described = {key: request[key] for key in request if key != "ResourceConfig"} | {
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/run-1",
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "ModelArtifacts": {"S3ModelArtifacts": ""},
        "CreationTime": datetime(2026, 3, 1, tzinfo=UTC),
        "ResourceConfig": request["ResourceConfig"],
    }
    with Stubber(client) as stub:
        stub.add_client_error(
            "describe_training_job", "ValidationException", "Requested resource not found."
        )
        stub.add_client_error("create_training_job", "ResourceInUse", "names must be unique")
        stub.add_response("describe_training_job", described, {"TrainingJobName": "run-1"})
        assert start_or_attach(client, request).status == "InProgress"
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ({"status": "Failed", "FailureReason": "AlgorithmError: CUDA is\x1b[31m gone"}, "CUDA is"),
        ({"status": "Failed"}, "Failed"),
        ({"status": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}, "MaxRuntimeExceeded"),
    ],
)
def test_a_job_without_a_result_is_not_paid_again(
    service: JobService, ended: dict[str, str], reason: str
) -> None:
    """Failed and Stopped are no success and are never started again: the error has the reason and what to do."""
    start_or_attach(service, job_request())
    service.end("run-1", **ended)
    with pytest.raises(JobFailed, match=f"{reason}.*trigger a new run") as caught:
        start_or_attach(service, job_request())
    assert "\x1b" not in str(caught.value)
    assert service.created == ["run-1"]


def test_a_stopping_job_is_no_success(service: JobService) -> None:
    """A job that is being stopped will have no result."""
    state = start_or_attach(service, job_request())
    stop(service, "run-1")
    with pytest.raises(JobFailed, match="Stopping"):
        require_no_failure(describe(service, "run-1"))
    assert state.status == "InProgress"


@pytest.mark.parametrize(
    "changes",
    [
        {"OutputDataConfig": {"S3OutputPath": "s3://other/runs/run-1/job_output"}},
        {"HyperParameters": {"epochs": "2"}},
    ],
)
def test_a_stranger_of_that_name_is_refused(service: JobService, changes: dict[str, Any]) -> None:
    """A job of the same name with another place or recipe is never taken for ours."""
    start_or_attach(service, job_request())
    with pytest.raises(TrainingError, match="another run id"):
        start_or_attach(service, job_request(**changes))


def test_other_code_is_the_same_job(service: JobService) -> None:
    """What only the container's toolkit reads, such as where the code lies, may differ between two tries."""
    start_or_attach(service, job_request())
    values = {"epochs": "1", "sagemaker_program": '"other.py"'}
    assert start_or_attach(service, job_request(HyperParameters=values)).status == "InProgress"


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (service_error("ThrottlingException", "Rate exceeded"), CloudError),
        (service_error("ResourceLimitExceeded", "limit 'ml.g4dn.xlarge' is 0"), QuotaExceeded),
        (service_error("ValidationException", "1 validation error: name"), CloudError),
    ],
)
def test_refusals_are_named(
    service: JobService, problem: Exception, error: type[SafetyTasksError]
) -> None:
    """What the service refuses is an error of the tree, in the start and in the look before it."""
    for operation in ("describe", "create"):
        service.faults = {operation: [problem]}
        with pytest.raises(error):
            start_or_attach(service, job_request())
    assert service.created == []


def test_an_absent_job_is_said(service: JobService) -> None:
    """Describing a job that never was is an error, finding it is not."""
    assert find(service, "none") is None
    with pytest.raises(JobFailed, match="account and region"):
        describe(service, "none")


def test_stopping_is_safe_to_repeat(service: JobService) -> None:
    """A running job is stopped once; an ended, a stopping and an absent one are left alone."""
    start_or_attach(service, job_request())
    stop(service, "run-1")
    stop(service, "run-1")
    service.end("run-1", "Stopped")
    stop(service, "run-1")
    stop(service, "none")
    assert service.stopped == ["run-1"]
    assert service.calls.count("stop") == 1


def test_a_job_that_ends_while_it_is_stopped_is_fine(service: JobService) -> None:
    """The service's refusal to stop an ended job is no error; any other refusal is."""
    start_or_attach(service, job_request())
    late = service_error("ValidationException", "The request was rejected.", "StopTrainingJob")
    service.faults["stop"] = [late]
    with pytest.raises(CloudError, match="stop training job run-1"):
        stop(service, "run-1")
    service.faults["stop"] = [late]
    running = service.describe_training_job(TrainingJobName="run-1")

    def describe_then_end(TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        found, service.jobs["run-1"] = running, running | {"TrainingJobStatus": "Completed"}
        service.describe_training_job = original  # type: ignore[method-assign]
        return found

    original = service.describe_training_job
    service.describe_training_job = describe_then_end  # type: ignore[method-assign]
    stop(service, "run-1")
    assert service.faults["stop"] == []
