"""The request of a training job: what AWS's own description of the API takes, whole and the same each time."""

import json
import re
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from support.api_patterns import broken_patterns

from safety_tasks.errors import RoleMissing, WrongRegion
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import METRICS, Epoch
from safety_tasks.settings import SageMakerSettings
from safety_tasks.train.sagemaker.channels import Channels
from safety_tasks.train.sagemaker.request import training_request

ROLE = "arn:aws:iam::123456789012:role/service-role/trainer"
RECIPE = Recipe(name="sagemaker", epochs=100, batch=32, lr0=0.001, validate_each_epoch=True)
SHAPE = (
    botocore.session.get_session()
    .get_service_model("sagemaker")
    .operation_model("CreateTrainingJob")
    .input_shape
)


def request(region: str = "us-east-1", **settings: Any) -> dict[str, Any]:
    """Return a request with some settings."""
    return training_request(
        "r1-abc",
        "r1",
        RECIPE,
        Channels("s3://b/p/runs/r1/job_manifest.json", "s3://b/p/runs/r1/job/"),
        "s3://b/p/sagemaker/source/x.tar.gz",
        "s3://b/p",
        region,
        SageMakerSettings(**{"role_arn": ROLE} | settings),
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"spot": False},
        {"instance_type": "ml.p3.8xlarge", "kms_key_id": "alias/k"},
        {"instance_type": "ml.m5.2xlarge", "instance_count": 2, "kms_key_id": "alias/k"},
        {"subnets": ("subnet-1", "subnet-2"), "security_groups": ("sg-1",)},
        {"tags": {"cost-centre": "safety"}, "image_uri": "me/trainer:1"},
    ],
)
def test_the_service_takes_it(settings: dict[str, Any]) -> None:
    """By the API's own description: names, types, enumerations, patterns and lengths."""
    made = request(**settings)
    report = ParamValidator().validate(made, SHAPE)
    assert not report.has_errors(), report.generate_report()
    assert broken_patterns(made, SHAPE) == []


def test_the_check_of_patterns_finds_what_is_wrong() -> None:
    """A value that the service would refuse is found, so the test above means something."""
    made = request() | {"TrainingJobName": "under_score", "RoleArn": "role"}
    made["ResourceConfig"]["InstanceType"] = "ml.none"
    assert [each.partition(":")[0] for each in broken_patterns(made, SHAPE)] == [
        ".TrainingJobName",
        ".RoleArn",
        ".ResourceConfig.InstanceType",
    ]


def test_the_whole_request() -> None:
    """Input, output, limits and checkpoint are where the run's own prefixes are."""
    made = request()
    assert made["TrainingJobName"] == "r1-abc"
    assert made["RoleArn"] == ROLE
    assert [
        (each["ChannelName"], *each["DataSource"]["S3DataSource"].values())
        for each in made["InputDataConfig"]
    ] == [
        ("pictures", "ManifestFile", "s3://b/p/runs/r1/job_manifest.json", "FullyReplicated"),
        ("run", "S3Prefix", "s3://b/p/runs/r1/job/", "FullyReplicated"),
    ]
    assert made["OutputDataConfig"] == {"S3OutputPath": "s3://b/p/runs/r1/job_output"}
    assert made["CheckpointConfig"] == {
        "S3Uri": "s3://b/p/runs/r1/checkpoints/",
        "LocalPath": "/opt/ml/checkpoints",
    }
    assert made["ResourceConfig"] == {
        "InstanceType": "ml.g4dn.xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 50,
    }
    assert made["EnableNetworkIsolation"] is False
    assert made["EnableInterContainerTrafficEncryption"] is False
    assert made["Tags"] == [{"Key": "safety-tasks:run", "Value": "r1"}]
    assert "VpcConfig" not in made


def test_it_is_the_same_each_time() -> None:
    """Asked again, also for a retry, it is the same to the byte."""
    settings = {"tags": {"b": "1", "a": "2"}}
    assert json.dumps(request(**settings)) == json.dumps(request(**settings))
    turned = {"tags": {"a": "2", "b": "1"}}
    assert json.dumps(request(**settings)) == json.dumps(request(**turned))


def test_spot_waits_and_on_demand_does_not() -> None:
    """The service refuses a waiting time without spot; both limits are the settings'."""
    spot = request(max_run_s=600, max_wait_s=900)
    assert spot["EnableManagedSpotTraining"] is True
    assert spot["StoppingCondition"] == {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900}
    assert request(spot=False, max_run_s=600)["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}


def test_the_hyperparameters_are_what_the_toolkit_reads() -> None:
    """Each is JSON; the toolkit's own are set, and the recipe's are shown as they are."""
    found = {name: json.loads(text) for name, text in request()["HyperParameters"].items()}
    own = {name: value for name, value in found.items() if name.startswith("sagemaker_")}
    assert own == {
        "sagemaker_program": "run_job.py",
        "sagemaker_submit_directory": "s3://b/p/sagemaker/source/x.tar.gz",
        "sagemaker_container_log_level": 20,
        "sagemaker_job_name": "r1-abc",
        "sagemaker_region": "us-east-1",
    }
    recipe = {name: value for name, value in found.items() if name not in own}
    assert Recipe.model_validate(recipe) == RECIPE
    assert "classes_sha256" not in recipe


@pytest.mark.parametrize(
    ("settings", "torchrun"),
    [
        ({"instance_type": "ml.g4dn.xlarge"}, False),
        ({"instance_type": "ml.m5.2xlarge"}, False),
        ({"instance_type": "ml.p3.8xlarge"}, True),
        ({"instance_type": "ml.g5.12xlarge"}, True),
        ({"instance_type": "ml.g4dn.xlarge", "instance_count": 2}, True),
    ],
)
def test_several_gpus_are_started_by_torchrun(settings: dict[str, Any], torchrun: bool) -> None:
    """The toolkit is told so, and of which instance; one GPU or none is a plain process."""
    found = request(**settings)["HyperParameters"]
    assert (found.get("sagemaker_torch_distributed_enabled") == "true") == torchrun
    assert ("sagemaker_instance_type" in found) == torchrun


def test_instances_talk_in_secret() -> None:
    """Traffic between several is encrypted."""
    assert request(instance_count=2)["EnableInterContainerTrafficEncryption"] is True


@pytest.mark.parametrize(
    ("instance_type", "volume_key"),
    [
        ("ml.m5.2xlarge", True),
        ("ml.p3.8xlarge", True),
        ("ml.c5.xlarge", True),
        ("ml.g4dn.xlarge", False),
        ("ml.g5.12xlarge", False),
        ("ml.p3dn.24xlarge", False),
        ("ml.m5d.large", False),
    ],
)
def test_a_key_encrypts_what_it_can(instance_type: str, volume_key: bool) -> None:
    """Always the output; the volume only where it is not the instance's own disk, which the service refuses."""
    made = request(instance_type=instance_type, kms_key_id="alias/k")
    assert made["OutputDataConfig"]["KmsKeyId"] == "alias/k"
    assert ("VolumeKmsKeyId" in made["ResourceConfig"]) == volume_key


def test_a_vpc() -> None:
    """Subnets and groups are the settings'."""
    made = request(subnets=("subnet-1",), security_groups=("sg-1", "sg-2"))
    assert made["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]}


def test_weights_are_loaded_safely_in_the_container() -> None:
    """The framework is told before it starts, and installs nothing by itself."""
    found = request()["Environment"]
    assert found["ULTRALYTICS_SAFE_LOAD"] == "1"
    assert found["YOLO_AUTOINSTALL"] == "false"
    assert found["PYTHONUNBUFFERED"] == "1"


def test_the_metrics_find_their_numbers_in_an_epochs_line() -> None:
    """Each regular expression of the request, on a real line, has exactly the number that was measured."""
    line = Epoch(
        number=1,
        total=2,
        seconds=1.0,
        eta_s=1.0,
        box_loss=1.25,
        cls_loss=2.5,
        dfl_loss=0.75,
        map50=0.5,
        map50_95=0.25,
    ).line()
    found = {
        each["Name"]: [float(number) for number in re.findall(each["Regex"], line)]
        for each in request()["AlgorithmSpecification"]["MetricDefinitions"]
    }
    assert found == {
        "train:box_loss": [1.25],
        "train:cls_loss": [2.5],
        "train:dfl_loss": [0.75],
        "validation:mAP": [0.5],
        "validation:mAP50-95": [0.25],
    }
    assert found.keys() == METRICS.keys()


@pytest.mark.parametrize(
    "role",
    [
        "",
        "trainer",
        "arn:aws:iam::1234:role/trainer",
        "arn:aws:iam::123456789012:user/me",
        f"{ROLE}\n",
        f" {ROLE}",
    ],
)
def test_no_role(role: str) -> None:
    """The setting is named before anything is asked of the service."""
    with pytest.raises(RoleMissing, match=r"sagemaker\.role_arn: expected arn:aws:iam::"):
        request(role_arn=role)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_roles_of_each_partition(partition: str) -> None:
    """China and GovCloud have their own prefix."""
    role = ROLE.replace("arn:aws:", f"arn:{partition}:")
    assert request(role_arn=role)["RoleArn"] == role


def test_a_region_without_an_image() -> None:
    """It is refused, unless there is an own image."""
    with pytest.raises(WrongRegion):
        request(region="nowhere-1")
    made = request(region="nowhere-1", image_uri="me/trainer:1")
    assert made["AlgorithmSpecification"]["TrainingImage"] == "me/trainer:1"
