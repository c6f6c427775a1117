"""A tuning job as AWS knows it: start it once, find it again, stop it, read its trials.

Rules: a name is used once, so who asks again finds the job that is there; "Stopped" is a result only where the time
that the search was given stopped it; what the service answers is told in the error tree's words.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from botocore.exceptions import ClientError
from pydantic import Field

from safety_tasks.cloud.problems import cloud_errors
from safety_tasks.errors import CloudError, JobFailed, TrainingError
from safety_tasks.records.base import Record

_ABSENT: Final = re.compile(
    r"not found|could not find|does not exist|unable to find", re.IGNORECASE
)
_ENDED: Final = ("Completed", "Failed", "Stopped")
_SLACK_S: Final = 60.0  # the service's clock and ours, and its next look at the limit


class SearchState(Record):
    """What a tuning job is doing, or how it ended. ``ran_s``: seconds from its start to its end, 0 until it ends."""

    name: str
    arn: str
    status: str
    failure_reason: str = ""
    limit_s: Annotated[int, Field(ge=1)]
    ran_s: Annotated[float, Field(ge=0)] = 0.0
    completed: Annotated[int, Field(ge=0)] = 0
    running: Annotated[int, Field(ge=0)] = 0
    failed: Annotated[int, Field(ge=0)] = 0
    stopped: Annotated[int, Field(ge=0)] = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen, and nothing more is paid."""
        return self.status in _ENDED

    @property
    def was_out_of_time(self) -> bool:
        """Whether it ran for as long as it was given."""
        return self.ran_s >= self.limit_s - _SLACK_S

    def line(self) -> str:
        """Return the state as one plain line."""
        counts = f"{self.completed} completed, {self.running} running, {self.stopped} stopped, {self.failed} failed"
        return f"tuning job {self.name}: {self.status}, {counts}"


def start_or_attach(client: Any, request: Mapping[str, Any]) -> SearchState:
    """Start a tuning job, or take up the one that has its name; a finished one is returned as it is.

    Args:
        client: boto3's ``sagemaker`` client.
        request: the arguments of ``create_hyper_parameter_tuning_job``.

    Raises:
        TrainingError: the name belongs to a job with another output or space.
        JobFailed: the job failed, or was stopped by hand.
        CloudError: the service refused, or did not answer.
    """
    name = str(request["HyperParameterTuningJobName"])
    found = _describe(client, name)
    if found is None:
        try:
            with cloud_errors(f"starting tuning job {name}"):
                client.create_hyper_parameter_tuning_job(**request)
        except CloudError:
            # Raced by another process, or the reply was lost after the job had been made: then it is there.
            found = _describe(client, name)
            if found is None:
                raise
        found = found or _describe(client, name)
        if found is None:
            raise CloudError(
                f"tuning job {name}: expected to find it after its start, found none. "
                "Try again: it is taken up, not started twice."
            )
    _require_same(found, request)
    return require_no_failure(_state_of(found))


def find(client: Any, name: str) -> SearchState | None:
    """Return a job's state, or None if there never was one of that name.

    Raises:
        CloudError: the service refused, or did not answer.
    """
    found = _describe(client, name)
    return None if found is None else _state_of(found)


def describe(client: Any, name: str) -> SearchState:
    """Return a job's state.

    Raises:
        JobFailed: there is no such job.
        CloudError: the service refused, or did not answer.
    """
    found = find(client, name)
    if found is None:
        raise JobFailed(
            f"tuning job {name}: expected a job, found none in this account and region. "
            "Check the connection's account and region."
        )
    return found


def stop(client: Any, name: str) -> None:
    """Stop a job and its trials; one that has ended, is stopping or never was is left as it is.

    Raises:
        CloudError: the service refused, or did not answer: the trials may go on and be billed.
    """
    found = find(client, name)
    if found is None or found.ended or found.status == "Stopping":
        return
    try:
        with cloud_errors(f"stopping tuning job {name}"):
            client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except CloudError:
        now = find(client, name)  # it may have ended in this moment
        if now is None or now.status == "InProgress":
            raise


def children(client: Any, name: str) -> tuple[Mapping[str, Any], ...]:
    """Return the service's summaries of a job's trials, oldest first.

    Raises:
        CloudError: the service refused, or did not answer.
    """
    found: list[Mapping[str, Any]] = []
    ask: dict[str, Any] = {"HyperParameterTuningJobName": name, "MaxResults": 100}
    with cloud_errors(f"the trials of tuning job {name}"):
        while True:
            reply = client.list_training_jobs_for_hyper_parameter_tuning_job(**ask)
            found += reply["TrainingJobSummaries"]
            if not reply.get("NextToken"):
                break
            ask["NextToken"] = reply["NextToken"]
    return tuple(sorted(found, key=lambda each: (each["CreationTime"], each["TrainingJobName"])))


def require_no_failure(state: SearchState) -> SearchState:
    """Return a job that goes on or has a result.

    Raises:
        JobFailed: it failed, or was stopped by something else than its time, or before a trial was completed.
    """
    if state.status in ("InProgress", "Completed"):
        return state
    if state.status in ("Stopped", "Stopping") and state.was_out_of_time and state.completed:
        return state
    reason = state.failure_reason[:2000] or (
        f"{state.completed} trials were completed in {state.ran_s:.0f} of {state.limit_s} s"
    )
    raise JobFailed(
        f"tuning job {state.name}: expected it to use its trials or its time up, found {state.status}: {reason}. "
        "Nothing is paid for again by itself: correct the cause and trigger a new search."
    )


def _describe(client: Any, name: str) -> dict[str, Any] | None:
    with cloud_errors(f"tuning job {name}"):
        try:
            found: dict[str, Any] = client.describe_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=name
            )
        except ClientError as problem:
            error = problem.response["Error"]
            absent = error["Code"] in ("ResourceNotFound", "ValidationException")
            if absent and (error["Code"] == "ResourceNotFound" or _ABSENT.search(error["Message"])):
                return None
            raise
    return found


def _state_of(found: Mapping[str, Any]) -> SearchState:
    counts = found["TrainingJobStatusCounters"]
    limits = found["HyperParameterTuningJobConfig"]["ResourceLimits"]
    begun, ended = found["CreationTime"], found.get("HyperParameterTuningEndTime")
    ran_s = (ended - begun).total_seconds() if isinstance(ended, datetime) else 0.0
    return SearchState(
        name=found["HyperParameterTuningJobName"],
        arn=found["HyperParameterTuningJobArn"],
        status=found["HyperParameterTuningJobStatus"],
        failure_reason=found.get("FailureReason", ""),
        limit_s=limits.get("MaxRuntimeInSeconds", 30 * 86400),
        ran_s=max(0.0, ran_s),
        completed=counts.get("Completed", 0),
        running=counts.get("InProgress", 0) + counts.get("RetryableError", 0),
        failed=counts.get("NonRetryableError", 0),
        stopped=counts.get("Stopped", 0),
    )


def _require_same(found: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """Refuse a job that only has the name: of another store, or over another space."""

    def identity(job: Mapping[str, Any]) -> tuple[str, Any, Any]:
        config, trial = job["HyperParameterTuningJobConfig"], job["TrainingJobDefinition"]
        output = str(trial["OutputDataConfig"]["S3OutputPath"]).rstrip("/")
        ranges = {key: value for key, value in config["ParameterRanges"].items() if value}
        return output, ranges, config["HyperParameterTuningJobObjective"]["MetricName"]

    if identity(found) != identity(request):
        raise TrainingError(
            f"tuning job {request['HyperParameterTuningJobName']}: expected one with output, space and objective "
            f"{identity(request)}, found one with {identity(found)}. Choose another name for the search."
        )
