"""SageMaker's training jobs in this process, behind boto3's own interface, with faults that can be asked for.

It answers as the service does: a name is used once, an absent job is a ValidationException, stopping an ended job too.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


def service_error(code: str, message: str, operation: str = "DescribeTrainingJob") -> ClientError:
    """Make an error as boto3 raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class JobService:
    """A client of ``sagemaker``, and the jobs behind it.

    ``faults`` maps an operation to errors that its next calls raise, one each, before anything is done;
    ``lost_replies`` counts how many starts land without an answer.
    """

    def __init__(self, region: str = "us-east-1") -> None:
        self.meta = SimpleNamespace(region_name=region)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.created: list[str] = []
        self.stopped: list[str] = []
        self.calls: list[str] = []
        self.faults: dict[str, list[Exception]] = {}
        self.lost_replies = 0

    def create_training_job(self, **request: Any) -> dict[str, str]:
        """Start a job."""
        self._call("create")
        name = request["TrainingJobName"]
        if name in self.jobs:
            raise service_error(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region",
            )
        arn = f"arn:aws:sagemaker:{self.meta.region_name}:123456789012:training-job/{name}"
        status = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}
        self.jobs[name] = {**request, "TrainingJobArn": arn, **status}
        self.created.append(name)
        if self.lost_replies:
            self.lost_replies -= 1
            raise ReadTimeoutError(endpoint_url="https://api.sagemaker")
        return {"TrainingJobArn": arn}

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        """Return a job."""
        self._call("describe")
        if TrainingJobName not in self.jobs:
            raise service_error("ValidationException", "Requested resource not found.")
        return dict(self.jobs[TrainingJobName])

    def stop_training_job(self, TrainingJobName: str) -> None:  # noqa: N803
        """Begin to stop a job."""
        self._call("stop")
        job = self.jobs[TrainingJobName]
        if job["TrainingJobStatus"] != "InProgress":
            raise service_error("ValidationException", "The request was rejected: job has ended.")
        job["TrainingJobStatus"] = "Stopping"
        self.stopped.append(TrainingJobName)

    def end(self, name: str, status: str = "Completed", **more: Any) -> None:
        """End a job as the service would."""
        output = self.jobs[name]["OutputDataConfig"]["S3OutputPath"]
        artifacts = {"S3ModelArtifacts": f"{output}/{name}/output/model.tar.gz"}
        begun = datetime(2026, 3, 1, 12, tzinfo=UTC)
        ended: Mapping[str, Any] = {
            "TrainingJobStatus": status,
            "SecondaryStatus": status,
            "BillableTimeInSeconds": 90,
            "TrainingStartTime": begun,
            "TrainingEndTime": begun.replace(minute=2),
        }
        found = {"ModelArtifacts": artifacts} if status == "Completed" else {}
        self.jobs[name] |= {**ended, **found, **more}

    def _call(self, operation: str) -> None:
        self.calls.append(operation)
        if waiting := self.faults.get(operation):
            raise waiting.pop(0)


def job_request(name: str = "run-1", **changes: Any) -> dict[str, Any]:
    """Make the arguments of ``create_training_job``: as few as the service takes."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::123456789012:role/training-jobs",
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/runs/run-1/job_output"},
        "ResourceConfig": {
            "InstanceType": "ml.g4dn.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 50,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        "EnableManagedSpotTraining": True,
        "HyperParameters": {"epochs": "1", "sagemaker_program": '"run_job.py"'},
        **changes,
    }
