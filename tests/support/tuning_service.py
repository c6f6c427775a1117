"""SageMaker's tuning jobs in this process, behind boto3's own interface, with faults that can be asked for.

It answers as the service does: a name is used once, an absent job is told as such, a job's trials come in pages, newest
first. What is asked is checked by botocore against the API's own model, and so is what is answered.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.validate import ParamValidator
from support.job_service import service_error

_MODEL = botocore.session.get_session().get_service_model("sagemaker")
BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def problems_of(operation: str, request: dict[str, Any]) -> str:
    """Return what the API's own model finds wrong with a request; nothing if it is sound."""
    shape = _MODEL.operation_model(operation).input_shape
    return ParamValidator().validate(request, shape).generate_report()


class TuningService:
    """A client of ``sagemaker``, and the tuning jobs and trials behind it.

    ``faults`` maps an operation to errors that its next calls raise, one each, before anything is done;
    ``lost_replies`` counts how many starts land without an answer.
    """

    def __init__(self, region: str = "us-east-1") -> None:
        self.meta = SimpleNamespace(region_name=region)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.trials: dict[str, list[dict[str, Any]]] = {}
        self.billable_s: dict[str, int] = {}
        self.created: list[str] = []
        self.stopped: list[str] = []
        self.faults: dict[str, list[Exception]] = {}
        self.lost_replies = 0

    def create_hyper_parameter_tuning_job(self, **request: Any) -> dict[str, str]:
        """Start a job."""
        self._call("create")
        assert problems_of("CreateHyperParameterTuningJob", request) == ""
        name = request["HyperParameterTuningJobName"]
        if name in self.jobs:
            raise service_error("ResourceInUse", "Hyper parameter tuning job names must be unique")
        given = {key: value for key, value in request.items() if key != "Tags"}
        self.jobs[name] = given | {
            "HyperParameterTuningJobArn": self._arn("hyper-parameter-tuning-job", name),
            "HyperParameterTuningJobStatus": "InProgress",
            "CreationTime": BEGUN,
            "TrainingJobStatusCounters": {},
            "ObjectiveStatusCounters": {},
        }
        self.trials[name] = []
        self.created.append(name)
        if self.lost_replies:
            self.lost_replies -= 1
            raise ReadTimeoutError(endpoint_url="https://api.sagemaker")
        return {"HyperParameterTuningJobArn": self.jobs[name]["HyperParameterTuningJobArn"]}

    def describe_hyper_parameter_tuning_job(
        self,
        HyperParameterTuningJobName: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Return a job."""
        self._call("describe")
        if HyperParameterTuningJobName not in self.jobs:
            raise service_error("ResourceNotFound", "Unable to find it.")
        return dict(self.jobs[HyperParameterTuningJobName])

    def stop_hyper_parameter_tuning_job(self, HyperParameterTuningJobName: str) -> None:  # noqa: N803
        """Begin to stop a job."""
        self._call("stop")
        job = self.jobs[HyperParameterTuningJobName]
        if job["HyperParameterTuningJobStatus"] != "InProgress":
            raise service_error("ValidationException", "The job has ended.")
        job["HyperParameterTuningJobStatus"] = "Stopping"
        self.stopped.append(HyperParameterTuningJobName)

    def list_training_jobs_for_hyper_parameter_tuning_job(
        self,
        HyperParameterTuningJobName: str,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        """Return a page of at most two trials."""
        self._call("list")
        newest_first = self.trials[HyperParameterTuningJobName][::-1]
        begin = int(NextToken)
        end = begin + min(2, MaxResults)
        page: dict[str, Any] = {"TrainingJobSummaries": newest_first[begin:end]}
        return page | ({"NextToken": str(end)} if end < len(newest_first) else {})

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        """Return a trial as the job that it was."""
        self._call("describe_trial")
        if TrainingJobName not in self.billable_s:
            raise service_error("ValidationException", "Requested resource not found.")
        return {
            "TrainingJobName": TrainingJobName,
            "TrainingJobArn": self._arn("training-job", TrainingJobName),
            "TrainingJobStatus": "Completed",
            "BillableTimeInSeconds": self.billable_s[TrainingJobName],
            "ResourceConfig": {"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        }

    def add_trial(
        self,
        job: str,
        values: dict[str, str],
        status: str,
        objective: float | None = None,
        **more: Any,
    ) -> str:
        """Let a job have one more trial."""
        number = len(self.trials[job]) + 1
        name = f"{job}-{number:03d}-0a1b2c3d"
        summary: dict[str, Any] = {
            "TrainingJobName": name,
            "TrainingJobArn": self._arn("training-job", name),
            "CreationTime": BEGUN + timedelta(minutes=number),
            "TrainingStartTime": BEGUN + timedelta(minutes=number),
            "TrainingEndTime": BEGUN + timedelta(minutes=number, seconds=90),
            "TrainingJobStatus": status,
            "TunedHyperParameters": values,
        }
        if objective is not None:
            summary["FinalHyperParameterTuningJobObjectiveMetric"] = {
                "MetricName": "validation:mAP",
                "Value": objective,
            }
        self.trials[job].append(summary | more)
        self.billable_s[name] = 3600
        return name

    def end(self, name: str, status: str, after_s: float, **counts: int) -> None:
        """End a job as the service would."""
        self.jobs[name] |= {
            "HyperParameterTuningJobStatus": status,
            "HyperParameterTuningEndTime": BEGUN + timedelta(seconds=after_s),
            "TrainingJobStatusCounters": counts,
        }

    def _call(self, operation: str) -> None:
        waiting = self.faults.get(operation, [])
        if waiting:
            raise waiting.pop(0)

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.meta.region_name}:123456789012:{kind}/{name}"


__all__ = ["BEGUN", "ClientError", "TuningService", "problems_of"]
