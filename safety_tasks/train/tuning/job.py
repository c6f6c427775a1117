"""A tuning job as AWS knows it: start it once, find it again, stop it, read its trials.

Rules: a name is used once, so who asks again finds the job that is there; "Stopped" is a result only where the time
that the search was given stopped it; what the service answers is told in the error tree's words.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from safety_tasks.cloud.problems import cloud_errors
from safety_tasks.errors import JobFailed, TrainingError
from safety_tasks.records.base import Record
from safety_tasks.train.sagemaker.job_state import ENDED
from safety_tasks.train.sagemaker.named_jobs import NamedJobs

_ABSENT: Final = re.compile(
    r"not found|could not find|does not exist|unable to find", re.IGNORECASE
)
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
        return self.status in ENDED

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
    found = _JOBS.start_once(client, str(request["HyperParameterTuningJobName"]), request)
    _require_same(found, request)
    return require_no_failure(_state_of(found))


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


def _is_absent(error: Mapping[str, Any]) -> bool:
    if error["Code"] == "ResourceNotFound":
        return True
    return error["Code"] == "ValidationException" and bool(_ABSENT.search(error["Message"]))


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


_JOBS: Final = NamedJobs(
    kind="tuning job",
    starting="starting tuning job",
    stopping="stopping tuning job",
    looking="tuning job",
    ask=lambda client, name: client.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    ),
    create=lambda client, request: client.create_hyper_parameter_tuning_job(**request),
    end=lambda client, name: client.stop_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    ),
    is_absent=_is_absent,
    state_of=_state_of,
)
find, describe, stop = _JOBS.find, _JOBS.describe, _JOBS.stop
