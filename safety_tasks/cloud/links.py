"""Addresses of AWS's console pages, for logs and for the run's record.

Rules: made from names alone, no call is made; each partition (world, China, GovCloud) has its own domain.
"""

from typing import Final, Literal
from urllib.parse import quote

Partition = Literal["aws", "aws-cn", "aws-us-gov"]
JobKind = Literal["training", "tuning", "endpoint"]
_PAGES: Final[dict[JobKind, str]] = {
    "training": "jobs",
    "tuning": "hyper-tuning-jobs",
    "endpoint": "endpoints",
}
LOG_GROUPS: Final[dict[JobKind, str]] = {
    "training": "/aws/sagemaker/TrainingJobs",
    "tuning": "/aws/sagemaker/TrainingJobs",
    "endpoint": "/aws/sagemaker/Endpoints",
}


def partition_of(region: str) -> Partition:
    """Return the partition that a region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def dns_suffix(region: str) -> str:
    """Return the domain that a region's services answer under."""
    return "amazonaws.com.cn" if partition_of(region) == "aws-cn" else "amazonaws.com"


def job_url(kind: JobKind, name: str, region: str) -> str:
    """Return the console page of a training job, a tuning job or an endpoint."""
    page = f"{_PAGES[kind]}/{quote(name, safe='')}"
    return f"{_console(region)}/sagemaker/home?region={region}#/{page}"


def log_url(kind: JobKind, name: str, region: str) -> str:
    """Return the CloudWatch page of what a job or an endpoint wrote.

    An endpoint has a log group of its own; the jobs share one, in which a stream's name begins with the job's.
    """
    group = LOG_GROUPS[kind]
    shown = f"{group}/{name}" if kind == "endpoint" else group
    page = f"{_console(region)}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{_twice(shown)}"
    return page if kind == "endpoint" else f"{page}$3FlogStreamNameFilter$3D{_twice(f'{name}/')}"


def quota_url(region: str, service: str = "sagemaker") -> str:
    """Return the console page where an account asks for more of a service."""
    return f"{_console(region)}/servicequotas/home/services/{service}/quotas"


def _console(region: str) -> str:
    partition = partition_of(region)
    if partition == "aws-us-gov":
        return "https://console.amazonaws-us-gov.com"
    domain = "console.amazonaws.cn" if partition == "aws-cn" else "console.aws.amazon.com"
    return f"https://{region}.{domain}" if region else f"https://{domain}"


def _twice(text: str) -> str:
    """Encode a value as that page reads it behind its ``#``: twice, with ``$`` for ``%``; what divides values, once."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
