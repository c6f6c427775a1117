"""Images: the region's own, with CUDA where there is a GPU, unless the settings name one."""

import pytest

from safety_tasks.cloud.images import Use, gpu_count, image_uri
from safety_tasks.errors import WrongRegion


@pytest.mark.parametrize(
    ("region", "registry"),
    [
        ("us-east-1", "763104351884.dkr.ecr.us-east-1.amazonaws.com"),
        ("ap-northeast-2", "763104351884.dkr.ecr.ap-northeast-2.amazonaws.com"),
        ("ap-northeast-3", "364406365360.dkr.ecr.ap-northeast-3.amazonaws.com"),
        ("cn-north-1", "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "442386744353.dkr.ecr.us-gov-west-1.amazonaws.com"),
    ],
)
def test_an_image_comes_from_its_region(region: str, registry: str) -> None:
    """Each region's registry has its account, and each partition its domain."""
    assert image_uri("training", region, "ml.g4dn.xlarge").partition("/")[0] == registry


@pytest.mark.parametrize(
    ("use", "instance_type", "image"),
    [
        (
            "training",
            "ml.g4dn.xlarge",
            "pytorch-training:2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker",
        ),
        (
            "training",
            "ml.p3.8xlarge",
            "pytorch-training:2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker",
        ),
        ("training", "ml.m5.large", "pytorch-training:2.5.1-cpu-py311-ubuntu22.04-sagemaker"),
        ("inference", "ml.m5.large", "pytorch-inference:2.5.1-cpu-py311-ubuntu22.04-sagemaker"),
        (
            "inference",
            "ml.g5.xlarge",
            "pytorch-inference:2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker",
        ),
    ],
)
def test_the_instance_decides(use: Use, instance_type: str, image: str) -> None:
    """A GPU gets CUDA, a processor alone the small image; training and serving have their own."""
    assert image_uri(use, "us-east-1", instance_type).partition("/")[2] == image


def test_an_own_image_wins() -> None:
    """Also in a region where AWS has none."""
    assert image_uri("training", "nowhere-1", "ml.m5.large", "me/trainer:1") == "me/trainer:1"


@pytest.mark.parametrize("region", ["", "us-esat-1", "nowhere-1"])
def test_a_region_without_images(region: str) -> None:
    """The setting is named, before a job fails to pull."""
    with pytest.raises(WrongRegion, match=r"store\.region: expected"):
        image_uri("training", region, "ml.m5.large")


@pytest.mark.parametrize(
    ("instance_type", "gpus"),
    [
        ("ml.m5.large", 0),
        ("ml.c5.2xlarge", 0),
        ("ml.g4dn.xlarge", 1),
        ("ml.g4dn.12xlarge", 4),
        ("ml.g5.2xlarge", 1),
        ("ml.p3.2xlarge", 1),
        ("ml.p3.8xlarge", 4),
        ("ml.p4d.24xlarge", 8),
    ],
)
def test_gpus_of_an_instance(instance_type: str, gpus: int) -> None:
    """None, one, or as many as the type has."""
    assert gpu_count(instance_type) == gpus
