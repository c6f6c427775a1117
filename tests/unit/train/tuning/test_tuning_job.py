"""A tuning job is started once, found again, stopped; "Stopped" is a result only by the time's end."""

from collections.abc import Callable
from itertools import product
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws
from support.job_service import service_error
from support.made_searches import TINY, made_plan
from support.tuning_service import BEGUN, TuningService

from safety_tasks.errors import (
    CloudError,
    CredentialsMissing,
    JobFailed,
    QuotaExceeded,
    TrainingError,
)
from safety_tasks.settings import SageMakerSettings
from safety_tasks.train.sagemaker.channels import Channels
from safety_tasks.train.sagemaker.request import training_request
from safety_tasks.train.tuning.job import (
    children,
    describe,
    find,
    require_no_failure,
    start_or_attach,
    stop,
)
from safety_tasks.train.tuning.request import search_request
from safety_tasks.train.tuning.space import Range, SearchSpace

NAME = "tune-0a1b"


def request(store: str = "s3://b", **plan: Any) -> dict[str, Any]:
    """Return the request of a search."""
    training = training_request(
        "single",
        "tune-t1",
        TINY,
        Channels(f"{store}/runs/tune-t1/job_manifest.json", f"{store}/runs/tune-t1/job/"),
        f"{store}/sagemaker/source/0.tar.gz",
        store,
        "us-east-1",
        SageMakerSettings(role_arn="arn:aws:iam::123456789012:role/training"),
    )
    return search_request(NAME, made_plan(**plan), training)


@pytest.fixture
def service() -> TuningService:
    """Give a service without jobs."""
    return TuningService()


def test_asking_twice_starts_one_job(service: TuningService) -> None:
    """Whoever asks again, while it runs or after its end, gets the job that is there."""
    assert find(service, NAME) is None
    first = start_or_attach(service, request())
    assert (first.status, first.ended, first.limit_s) == ("InProgress", False, 600)
    assert start_or_attach(service, request()) == first
    service.end(NAME, "Completed", 90, Completed=3)
    assert start_or_attach(service, request()).completed == 3
    assert service.created == [NAME]


def test_moto_knows_the_request() -> None:
    """Through boto3 to moto's API: started once, described, taken up by the next who asks."""
    with mock_aws():
        client = boto3.client("sagemaker", region_name="us-east-1")
        first = start_or_attach(client, request())
        assert first.arn.endswith(f":hyper-parameter-tuning-job/{NAME}")
        assert start_or_attach(client, request()) == first
        assert describe(client, NAME) == first
        assert find(client, "tune-absent") is None
        assert (
            len(client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]) == 1
        )


@pytest.mark.parametrize("lost", ["reply", "race"])
def test_a_start_whose_answer_is_lost_is_taken_up(service: TuningService, lost: str) -> None:
    """A reply that never came, or another who was faster, ends with one job."""
    if lost == "reply":
        service.lost_replies = 1
    else:
        # Absent at the first look, there at the start: another process made it in between.
        start_or_attach(service, request())
        service.faults["describe"] = [service_error("ResourceNotFound", "Unable to find it.")]
    assert start_or_attach(service, request()).status == "InProgress"
    assert service.created == [NAME]


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (service_error("ResourceLimitExceeded", "limit 'x' is 0"), QuotaExceeded),
        (service_error("AccessDeniedException", "not allowed"), CredentialsMissing),
        (EndpointConnectionError(endpoint_url="https://api.sagemaker"), CloudError),
    ],
)
def test_a_refused_start_is_named_and_starts_nothing(
    service: TuningService, raised: Exception, error: type[CloudError]
) -> None:
    """What AWS refuses is an error of the tree, and there is no job."""
    service.faults["create"] = [raised]
    with pytest.raises(error, match=f"starting tuning job {NAME}"):
        start_or_attach(service, request())
    assert service.jobs == {}


@pytest.mark.parametrize(
    "other",
    [
        lambda: request("s3://other"),
        lambda: request(space=SearchSpace(fields={"lr0": Range(low=0.1, high=0.2)})),
        lambda: request(
            space=SearchSpace(objective="validation:mAP50-95", fields=made_plan().space.fields)
        ),
    ],
)
def test_a_name_alone_is_not_enough(
    service: TuningService, other: Callable[[], dict[str, Any]]
) -> None:
    """A job of another store, space or objective is never taken for this one."""
    start_or_attach(service, other())
    with pytest.raises(TrainingError, match="Choose another name"):
        start_or_attach(service, request())


def test_stopping(service: TuningService) -> None:
    """A running job is stopped once; one that never was, is stopping or has ended is left as it is."""
    stop(service, NAME)
    start_or_attach(service, request())
    stop(service, NAME)
    stop(service, NAME)
    service.end(NAME, "Stopped", 5)
    stop(service, NAME)
    assert service.stopped == [NAME]


def test_a_stop_that_does_not_reach_the_service_is_told(service: TuningService) -> None:
    """A job that goes on and is billed is an error; one that ended in the same moment is not."""
    start_or_attach(service, request())
    service.faults["stop"] = [EndpointConnectionError(endpoint_url="https://api.sagemaker")]
    with pytest.raises(CloudError, match="stopping tuning job"):
        stop(service, NAME)
    service.end(NAME, "Completed", 5)
    service.faults["describe"] = []
    service.faults["stop"] = [service_error("ValidationException", "The job has ended.")]
    stop(service, NAME)


def test_what_counts_as_a_result(service: TuningService) -> None:
    """Completed, or Stopped by the search's own time with a completed trial; in every other case there is none."""
    start_or_attach(service, request())
    accepted = set()
    for status, ran_s, completed in product(
        ("InProgress", "Completed", "Stopping", "Stopped", "Failed"), (5.0, 590.0), (0, 2)
    ):
        service.end(NAME, status, ran_s, Completed=completed)
        state = describe(service, NAME)
        try:
            require_no_failure(state)
        except JobFailed:
            continue
        accepted.add((status, ran_s, completed))
    always = {(s, r, c) for s in ("InProgress", "Completed") for r in (5.0, 590.0) for c in (0, 2)}
    assert accepted == always | {("Stopping", 590.0, 2), ("Stopped", 590.0, 2)}


def test_a_failed_job_is_not_started_again(service: TuningService) -> None:
    """Asking again after a failure tells its reason and pays for nothing."""
    start_or_attach(service, request())
    service.end(NAME, "Failed", 30)
    service.jobs[NAME]["FailureReason"] = "No objective metrics found."
    for _ in range(2):
        with pytest.raises(JobFailed, match="found Failed: No objective metrics found"):
            start_or_attach(service, request())
    assert service.created == [NAME]


def test_the_line_counts_every_trial_once(service: TuningService) -> None:
    """A trial that the service is about to try again still runs; each other state has its own number."""
    start_or_attach(service, request())
    counts = {
        "Completed": 4,
        "InProgress": 2,
        "RetryableError": 1,
        "NonRetryableError": 3,
        "Stopped": 5,
    }
    service.jobs[NAME]["TrainingJobStatusCounters"] = counts
    line = describe(service, NAME).line()
    assert line.endswith("InProgress, 4 completed, 3 running, 5 stopped, 3 failed")


def test_all_pages_of_trials_are_read_oldest_first(service: TuningService) -> None:
    """However many pages the service needs, each trial is there once, in the order in which it was begun."""
    start_or_attach(service, request())
    names = [service.add_trial(NAME, {"batch": "4"}, "Completed", 0.5) for _ in range(5)]
    assert [each["TrainingJobName"] for each in children(service, NAME)] == names


def test_the_calls_are_the_apis_own() -> None:
    """Against boto3's own client, with replies that botocore checks: the trials' pages and the stop."""
    client = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    page: dict[str, Any] = {
        "TrainingJobSummaries": [
            {
                "TrainingJobName": "t-1",
                "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/t-1",
                "CreationTime": BEGUN,
                "TrainingJobStatus": "Completed",
                "TunedHyperParameters": {"batch": "4"},
            }
        ]
    }
    asked = {"HyperParameterTuningJobName": NAME, "MaxResults": 100}
    with Stubber(client) as stub:
        operation = "list_training_jobs_for_hyper_parameter_tuning_job"
        stub.add_response(operation, page | {"NextToken": "n"}, asked)
        stub.add_response(operation, page, asked | {"NextToken": "n"})
        assert len(children(client, NAME)) == 2
        stub.add_client_error(
            "describe_hyper_parameter_tuning_job", "ResourceNotFound", "Unable to find it."
        )
        assert find(client, NAME) is None
        stub.assert_no_pending_responses()


def test_no_job_and_no_answer(service: TuningService) -> None:
    """An absent job is told as such where there must be one; a silent service is another thing."""
    with pytest.raises(JobFailed, match="expected a job, found none"):
        describe(service, NAME)
    service.faults["describe"] = [service_error("AccessDeniedException", "not allowed")]
    with pytest.raises(CredentialsMissing):
        find(service, NAME)
