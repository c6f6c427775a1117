"""The whole CreateTrainingJob request, from the recipe and the settings.

Rules: pure and deterministic: the same run gives the same request, so that asking again finds the same job; what the
job computes with comes by channel, the recipe's values among the hyperparameters are for the console; spot always with
a checkpoint; several GPUs on an instance by torchrun.
Source: Amazon SageMaker API reference, CreateTrainingJob; aws/sagemaker-training-toolkit 5.1.4 (``params.py``,
``torch_distributed.py``); aws/sagemaker-pytorch-training-toolkit (``training.py``).
"""

import json
import re
from typing import Any, Final

from safety_tasks.cloud.images import gpu_count, image_uri
from safety_tasks.cloud.sources import ENTRY
from safety_tasks.errors import RoleMissing
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import METRICS
from safety_tasks.settings import SageMakerSettings
from safety_tasks.train.sagemaker.channels import Channels
from safety_tasks.train.sagemaker.layout import (
    CHECKPOINT_FOLDER,
    PICTURES_CHANNEL,
    RUN_CHANNEL,
    WORK_FOLDER,
    checkpoint_prefix,
    output_prefix,
)

RUN_TAG: Final = "safety-tasks:run"
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
# These carry a disk of their own, encrypted by their hardware: SageMaker refuses a key for it.
_OWN_DISK: Final = re.compile(
    r"^ml\.(g4dn|g5|g6e?|gr6|p3dn|p4de?|p5e?n?|p6.*|trn\d+n?|[cmr]\d+i?a?d|i\d+[a-z]*)\."
)
_ENVIRONMENT: Final[dict[str, str]] = {
    "MPLBACKEND": "Agg",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONUNBUFFERED": "1",
    "SAFETY_TASKS_WORK_DIR": WORK_FOLDER,
    "ULTRALYTICS_SAFE_LOAD": "1",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
}


def training_request(
    job_name: str,
    run_id: str,
    recipe: Recipe,
    channels: Channels,
    source_uri: str,
    store_uri: str,
    region: str,
    settings: SageMakerSettings,
) -> dict[str, Any]:
    """Return the arguments of ``create_training_job``.

    Args:
        job_name: a name that the run's inputs decide.
        run_id: the run.
        recipe: hyperparameters and seed.
        channels: where the job's input lies.
        source_uri: the ``s3://`` address of the source bundle.
        store_uri: the store's ``s3://`` address.
        region: where the job runs.
        settings: instance, role, network, limits.

    Raises:
        RoleMissing: the settings name no role, or something else.
        WrongRegion: AWS keeps no image there, and the settings name none.
    """
    request: dict[str, Any] = {
        "TrainingJobName": job_name,
        "AlgorithmSpecification": {
            "TrainingImage": image_uri(
                "training", region, settings.instance_type, settings.image_uri
            ),
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": name, "Regex": regex} for name, regex in METRICS.items()
            ],
        },
        "RoleArn": require_role(settings),
        "InputDataConfig": [
            _channel(PICTURES_CHANNEL, "ManifestFile", channels.pictures_uri),
            _channel(RUN_CHANNEL, "S3Prefix", channels.run_uri),
        ],
        "OutputDataConfig": {"S3OutputPath": f"{store_uri}/{output_prefix(run_id)}"},
        "ResourceConfig": {
            "InstanceType": settings.instance_type,
            "InstanceCount": settings.instance_count,
            "VolumeSizeInGB": settings.volume_gb,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": settings.max_run_s},
        "EnableManagedSpotTraining": settings.spot,
        "CheckpointConfig": {
            "S3Uri": f"{store_uri}/{checkpoint_prefix(run_id)}",
            "LocalPath": CHECKPOINT_FOLDER,
        },
        # Isolated, the container could not fetch its source bundle; a VPC without a way out isolates as well.
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": settings.instance_count > 1,
        "HyperParameters": hyperparameters(job_name, recipe, source_uri, region, settings),
        "Environment": dict(_ENVIRONMENT),
        "Tags": tags(run_id, settings),
    }
    if settings.spot:
        request["StoppingCondition"]["MaxWaitTimeInSeconds"] = settings.max_wait_s
    if settings.kms_key_id:
        request["OutputDataConfig"]["KmsKeyId"] = settings.kms_key_id
        if _OWN_DISK.match(settings.instance_type) is None:
            request["ResourceConfig"]["VolumeKmsKeyId"] = settings.kms_key_id
    if settings.subnets:
        request["VpcConfig"] = {
            "Subnets": list(settings.subnets),
            "SecurityGroupIds": list(settings.security_groups),
        }
    return request


def hyperparameters(
    job_name: str, recipe: Recipe, source_uri: str, region: str, settings: SageMakerSettings
) -> dict[str, str]:
    """Return the hyperparameters, each as JSON, as the container's toolkit reads them."""
    values: dict[str, Any] = {
        name: value for name, value in recipe.to_dict().items() if value is not None
    }
    values |= {
        "sagemaker_program": ENTRY,
        "sagemaker_submit_directory": source_uri,
        "sagemaker_container_log_level": 20,
        "sagemaker_job_name": job_name,
        "sagemaker_region": region,
    }
    if needs_torchrun(settings):
        values["sagemaker_torch_distributed_enabled"] = True
        values["sagemaker_instance_type"] = settings.instance_type
    return {name: json.dumps(value) for name, value in sorted(values.items())}


def needs_torchrun(settings: SageMakerSettings) -> bool:
    """Tell whether a job has several processes: several GPUs, or several instances."""
    return gpu_count(settings.instance_type) > 1 or settings.instance_count > 1


def require_role(settings: SageMakerSettings) -> str:
    """Return the role's ARN.

    Raises:
        RoleMissing: the settings name none, or something else.
    """
    if _ROLE.fullmatch(settings.role_arn) is None:
        found = repr(settings.role_arn) if settings.role_arn else "none"
        raise RoleMissing(
            f"sagemaker.role_arn: expected arn:aws:iam::<account>:role/<name>, the role of the jobs, found {found}. "
            "Make a role that sagemaker.amazonaws.com may assume and that may read and write the bucket, and set it."
        )
    return settings.role_arn


def tags(run_id: str, settings: SageMakerSettings) -> list[dict[str, str]]:
    """Return the operator's tags, and the run's."""
    named = {**settings.tags, RUN_TAG: run_id}
    return [{"Key": key, "Value": value} for key, value in sorted(named.items())]


def _channel(name: str, data_type: str, uri: str) -> dict[str, Any]:
    source = {
        "S3DataType": data_type,
        "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "ChannelName": name,
        "DataSource": {"S3DataSource": source},
        "CompressionType": "None",
        "RecordWrapperType": "None",
        "InputMode": "File",
    }
