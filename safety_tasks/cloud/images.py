"""The container image of a job or an endpoint: AWS's PyTorch container of the region, unless the settings name one.

Rules: Python 3.11 as this package needs; the image with CUDA for GPU instances, the small one for others; a region
where AWS keeps no such image is refused, since there is nothing to pull.
Source: aws/deep-learning-containers, "Available Deep Learning Containers Images"; aws/sagemaker-python-sdk, image URIs.
"""

import re
from typing import Final, Literal

from safety_tasks.cloud.links import dns_suffix
from safety_tasks.errors import WrongRegion

Use = Literal["training", "inference"]
_CPU_TAG: Final = "2.5.1-cpu-py311-ubuntu22.04-sagemaker"
_GPU_TAG: Final = "2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker"
_ACCOUNT: Final = "763104351884"
_MAIN_REGIONS: Final = {
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
}
_OTHER_ACCOUNTS: Final[dict[str, str]] = {
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-east-2": "975050140332",
    "ap-northeast-3": "364406365360",
    "ap-south-2": "772153158452",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ap-southeast-5": "550225433462",
    "ap-southeast-7": "590183813437",
    "ca-west-1": "204538143572",
    "cn-north-1": "727897471807",
    "cn-northwest-1": "727897471807",
    "eu-central-2": "380420809688",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "mx-central-1": "637423239942",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
}
_GPU_FAMILY: Final = re.compile(r"^ml\.(g|p)\d")
# Instances with several GPUs; every other one of those families has one.
_GPUS: Final[dict[str, int]] = {
    "ml.g4dn.12xlarge": 4,
    "ml.g5.12xlarge": 4,
    "ml.g5.24xlarge": 4,
    "ml.g5.48xlarge": 8,
    "ml.g6.12xlarge": 4,
    "ml.g6.24xlarge": 4,
    "ml.g6.48xlarge": 8,
    "ml.g6e.12xlarge": 4,
    "ml.g6e.24xlarge": 4,
    "ml.g6e.48xlarge": 8,
    "ml.p3.8xlarge": 4,
    "ml.p3.16xlarge": 8,
    "ml.p3dn.24xlarge": 8,
    "ml.p4d.24xlarge": 8,
    "ml.p4de.24xlarge": 8,
    "ml.p5.48xlarge": 8,
    "ml.p5e.48xlarge": 8,
    "ml.p5en.48xlarge": 8,
}


def gpu_count(instance_type: str) -> int:
    """Return how many GPUs an instance has."""
    if _GPU_FAMILY.match(instance_type) is None:
        return 0
    return _GPUS.get(instance_type, 1)


def image_uri(use: Use, region: str, instance_type: str, configured: str = "") -> str:
    """Return the image to run.

    Args:
        use: to train or to serve.
        region: where the job runs; an image is pulled from its own region.
        instance_type: ``ml.g4dn.xlarge``; with a GPU it gets the image with CUDA.
        configured: an own image, which wins.

    Raises:
        WrongRegion: AWS keeps no such image in the region.
    """
    if configured:
        return configured
    account = _ACCOUNT if region in _MAIN_REGIONS else _OTHER_ACCOUNTS.get(region)
    if account is None:
        raise WrongRegion(
            f"store.region: expected a region with AWS's PyTorch containers, found {region!r}. Correct it, or name an "
            "image of your own: sagemaker.image_uri to train, serve.image_uri to serve."
        )
    tag = _GPU_TAG if gpu_count(instance_type) else _CPU_TAG
    return f"{account}.dkr.ecr.{region}.{dns_suffix(region)}/pytorch-{use}:{tag}"
