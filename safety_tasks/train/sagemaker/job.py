"""A training job as AWS knows it: start it once, find it again, stop it, read its last lines.

Rules: a job's name is decided by the run alone, and a name is used once, so a task that was cut, retried or raced finds
the job that is there instead of paying for a second one; a job that ended without a result is never started again by
itself; what the service answers is told in the error tree's words.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from safety_tasks.cloud.links import LOG_GROUPS
from safety_tasks.cloud.problems import cloud_errors
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import TrainingError
from safety_tasks.train.sagemaker.job_state import (
    CONTROL,
    JobState,
    require_no_failure,
    state_of,
)
from safety_tasks.train.sagemaker.named_jobs import NamedJobs

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
    found = _JOBS.start_once(client, str(request["TrainingJobName"]), request)
    _require_same(found, request)
    return require_no_failure(state_of(found))


def tail_log(logs_client: Any, name: str, lines: int = 50) -> tuple[str, ...]:
    """Return the newest lines that a job wrote, oldest first; none if it has written nothing yet.

    Args:
        logs_client: boto3's ``logs`` client.
        name: the job.
        lines: how many at most; each is cut at 500 characters and holds no control characters.

    Raises:
        CloudError: the service refused, or did not answer.
    """
    with cloud_errors(f"read the log of training job {name}", str(logs_client.meta.region_name)):
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
        logGroupName=LOG_GROUPS["training"], logStreamNamePrefix=f"{name}/", limit=_MAX_STREAMS
    )["logStreams"]
    return [
        event
        for stream in streams
        for event in logs_client.get_log_events(
            logGroupName=LOG_GROUPS["training"],
            logStreamName=stream["logStreamName"],
            limit=lines,
            startFromHead=False,
        )["events"]
    ]


def _is_absent(error: Mapping[str, Any]) -> bool:
    absent = error["Code"] in ("ValidationException", "ValidationError", "ResourceNotFound")
    return absent and bool(_ABSENT.search(error.get("Message", "")))


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


_JOBS: Final = NamedJobs(
    kind="training job",
    starting="start training job",
    stopping="stop training job",
    looking="look up training job",
    ask=lambda client, name: client.describe_training_job(TrainingJobName=name),
    create=lambda client, request: client.create_training_job(**request),
    end=lambda client, name: client.stop_training_job(TrainingJobName=name),
    is_absent=_is_absent,
    state_of=state_of,
)
find, describe, stop = _JOBS.find, _JOBS.describe, _JOBS.stop
