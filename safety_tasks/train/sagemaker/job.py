"""A training job as AWS knows it: start it once, find it again, stop it, read its last lines.

Rules: a job's name is decided by the run alone, and a name is used once, so a task that was cut, retried or raced finds
the job that is there instead of paying for a second one; a job that ended without a result is never started again by
itself; what the service answers is told in the error tree's words.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from safety_tasks.cloud.problems import cloud_errors
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import CloudError, JobFailed, TrainingError
from safety_tasks.train.sagemaker.job_state import (
    CONTROL,
    JobState,
    require_no_failure,
    state_of,
)

_LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
_MAX_STREAMS: Final = 8
_MAX_LINE: Final = 500
_NOT_ALLOWED: Final = re.compile(r"[^a-zA-Z0-9]+")
_ABSENT: Final = re.compile(r"not found|could not find|does not exist", re.IGNORECASE)


def job_name(run_id: str, inputs_sha256: str) -> str:
    """Return the name of a run's job: the same for the same run and inputs, another for every other.

    At most 63 characters of a-z, A-Z, 0-9 and ``-``: what can be read of the run's id, then a digest of both.
    """
    readable = _NOT_ALLOWED.sub("-", run_id).strip("-")[:42].strip("-")
    digest = sha256_bytes(f"{run_id}\n{inputs_sha256}".encode())[:20]
    return f"{readable}-{digest}" if readable else digest


def start_or_attach(client: Any, request: Mapping[str, Any]) -> JobState:
    """Start a job, or take up the one that has its name; a finished one is returned as it is.

    Args:
        client: boto3's ``sagemaker`` client.
        request: the arguments of ``create_training_job``.

    Raises:
        TrainingError: the name belongs to a job with another recipe, or another place for its result.
        JobFailed: the job failed or was stopped.
        CloudError: the service refused, or did not answer.
    """
    name = str(request["TrainingJobName"])
    found = _describe(client, name)
    if found is None:
        with cloud_errors(f"start training job {name}", _region(client)):
            try:
                client.create_training_job(**request)
            except (BotoCoreError, ClientError):
                # Raced by another process, or the reply was lost after the job had been made: then it is there.
                found = _describe(client, name)
                if found is None:
                    raise
        found = found or _describe(client, name)
    if found is None:
        raise CloudError(
            f"training job {name}: expected to find it after its start, found none. "
            "Try again: it is taken up, not started twice."
        )
    _require_same(found, request)
    return require_no_failure(state_of(found))


def find(client: Any, name: str) -> JobState | None:
    """Return a job's state, or None if there never was one of that name.

    Raises:
        CloudError: the service refused, or did not answer.
    """
    found = _describe(client, name)
    return None if found is None else state_of(found)


def describe(client: Any, name: str) -> JobState:
    """Return a job's state.

    Raises:
        JobFailed: there is no such job.
        CloudError: the service refused, or did not answer.
    """
    found = find(client, name)
    if found is None:
        raise JobFailed(
            f"training job {name}: expected a job, found none in this account and region. "
            "Check the connection's account and region."
        )
    return found


def stop(client: Any, name: str) -> None:
    """Stop a job; one that has ended, is stopping or never was is left as it is.

    Raises:
        CloudError: the service refused, or did not answer: the job may go on and be billed.
    """
    found = find(client, name)
    if found is None or found.ended or found.status == "Stopping":
        return
    with cloud_errors(f"stop training job {name}", _region(client)):
        try:
            client.stop_training_job(TrainingJobName=name)
        except (BotoCoreError, ClientError):
            now = find(client, name)  # it may have ended in this moment
            if now is None or now.status == "InProgress":
                raise


def tail_log(logs_client: Any, name: str, lines: int = 50) -> tuple[str, ...]:
    """Return the newest lines that a job wrote, oldest first; none if it has written nothing yet.

    Args:
        logs_client: boto3's ``logs`` client.
        name: the job.
        lines: how many at most; each is cut at 500 characters and holds no control characters.

    Raises:
        CloudError: the service refused, or did not answer.
    """
    with cloud_errors(f"read the log of training job {name}", _region(logs_client)):
        try:
            events = _log_events(logs_client, name, lines)
        except ClientError as problem:
            if problem.response["Error"]["Code"] == "ResourceNotFoundException":
                return ()
            raise
    newest = sorted(events, key=lambda event: int(event["timestamp"]))[-lines:]
    return tuple(CONTROL.sub(" ", str(event["message"])).rstrip()[:_MAX_LINE] for event in newest)


def _log_events(logs_client: Any, name: str, lines: int) -> list[dict[str, Any]]:
    streams = logs_client.describe_log_streams(
        logGroupName=_LOG_GROUP, logStreamNamePrefix=f"{name}/", limit=_MAX_STREAMS
    )["logStreams"]
    return [
        event
        for stream in streams
        for event in logs_client.get_log_events(
            logGroupName=_LOG_GROUP,
            logStreamName=stream["logStreamName"],
            limit=lines,
            startFromHead=False,
        )["events"]
    ]


def _describe(client: Any, name: str) -> dict[str, Any] | None:
    with cloud_errors(f"look up training job {name}", _region(client)):
        try:
            found: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
        except ClientError as problem:
            error = problem.response["Error"]
            absent = error["Code"] in ("ValidationException", "ValidationError", "ResourceNotFound")
            if absent and _ABSENT.search(error.get("Message", "")):
                return None
            raise
    return found


def _region(client: Any) -> str:
    return str(client.meta.region_name)


def _require_same(found: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """Refuse a job that only has the name: of another store, or with another recipe."""

    def identity(job: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        values = job.get("HyperParameters", {})
        recipe = {name: values[name] for name in values if not name.startswith("sagemaker_")}
        return job.get("OutputDataConfig", {}).get("S3OutputPath", "").rstrip("/"), recipe

    if identity(found) != identity(request):
        raise TrainingError(
            f"training job {request['TrainingJobName']}: expected one with output and recipe {identity(request)}, "
            f"found one with {identity(found)}. Choose another run id, or another AWS account for this store."
        )
