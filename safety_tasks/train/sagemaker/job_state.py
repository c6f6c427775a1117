"""The state of a training job, as AWS describes it.

Rule: only ``Completed`` is success; a job that is being stopped has no result any more.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from safety_tasks.errors import JobFailed
from safety_tasks.records.base import Record

ENDED: Final = ("Completed", "Failed", "Stopped")
CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]+")
_A_DAY_S: Final = 86400  # what the service allows where a request says nothing
_NEW_RUN: Final = "Nothing is paid for again by itself: correct the cause and trigger a new run of retrain_detector."


class JobState(Record):
    """What a job is doing, or how it ended; times are UTC, ISO 8601, empty while there is none.

    ``status``: InProgress, Stopping, Completed, Failed or Stopped; ``billable_s`` is 0 until it ends; ``allowed_s`` is
    how long it may take in all, with the wait for spot capacity.
    """

    name: str
    arn: str
    status: str
    secondary: str = ""
    failure_reason: str = ""
    billable_s: Annotated[int, Field(ge=0)] = 0
    allowed_s: Annotated[int, Field(ge=1)] = _A_DAY_S
    model_uri: str = ""
    output_uri: str = ""
    training_start: str = ""
    training_end: str = ""
    instance_type: str
    instance_count: Annotated[int, Field(ge=1)]
    spot: bool

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen, and nothing more is paid."""
        return self.status in ENDED

    def line(self) -> str:
        """Return the state as one plain line."""
        return f"job {self.name}: {self.status}" + (f", {self.secondary}" if self.secondary else "")


def state_of(found: Mapping[str, Any]) -> JobState:
    """Return the state that a reply of ``describe_training_job`` tells."""
    resources, limits = found.get("ResourceConfig", {}), found.get("StoppingCondition", {})
    return JobState(
        name=found["TrainingJobName"],
        arn=found["TrainingJobArn"],
        status=found["TrainingJobStatus"],
        secondary=found.get("SecondaryStatus", ""),
        failure_reason=found.get("FailureReason", ""),
        billable_s=found.get("BillableTimeInSeconds", found.get("TrainingTimeInSeconds", 0)),
        allowed_s=limits.get("MaxWaitTimeInSeconds", limits.get("MaxRuntimeInSeconds", _A_DAY_S)),
        model_uri=found.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
        output_uri=found.get("OutputDataConfig", {}).get("S3OutputPath", ""),
        training_start=_time(found.get("TrainingStartTime")),
        training_end=_time(found.get("TrainingEndTime")),
        instance_type=resources.get("InstanceType", ""),
        instance_count=resources.get("InstanceCount", 1),
        spot=found.get("EnableManagedSpotTraining", False),
    )


def require_no_failure(state: JobState) -> JobState:
    """Return a job that goes on or has a result.

    Raises:
        JobFailed: it failed, or it was or is being stopped; the message has the service's reason.
    """
    if state.status in ("InProgress", "Completed"):
        return state
    reason = CONTROL.sub(" ", state.failure_reason)[:2000] or state.secondary or "no reason given"
    raise JobFailed(
        f"training job {state.name}: expected Completed, found {state.status}: {reason}. {_NEW_RUN}"
    )


def _time(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") if isinstance(moment, datetime) else ""
