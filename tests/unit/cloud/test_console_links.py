"""Addresses of console pages in each partition."""

import pytest

from safety_tasks.cloud.links import JobKind, dns_suffix, job_url, log_url, partition_of, quota_url


@pytest.mark.parametrize(
    ("region", "partition", "console", "suffix"),
    [
        ("us-east-1", "aws", "https://us-east-1.console.aws.amazon.com/", "amazonaws.com"),
        (
            "ap-northeast-2",
            "aws",
            "https://ap-northeast-2.console.aws.amazon.com/",
            "amazonaws.com",
        ),
        ("cn-north-1", "aws-cn", "https://cn-north-1.console.amazonaws.cn/", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "https://console.amazonaws-us-gov.com/", "amazonaws.com"),
    ],
)
def test_each_partition_has_its_domain(
    region: str, partition: str, console: str, suffix: str
) -> None:
    """Pages and services of a region are under its partition's domains, and name the region."""
    assert (partition_of(region), dns_suffix(region)) == (partition, suffix)
    for url in (job_url("training", "j", region), log_url("training", "j", region)):
        assert url.startswith(console)
        assert f"region={region}#" in url
    assert quota_url(region) == f"{console}servicequotas/home/services/sagemaker/quotas"


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("training", "#/jobs/n-1"),
        ("tuning", "#/hyper-tuning-jobs/n-1"),
        ("endpoint", "#/endpoints/n-1"),
    ],
)
def test_each_kind_has_its_page(kind: JobKind, page: str) -> None:
    """A job's, a search's and an endpoint's page are not the same."""
    assert job_url(kind, "n-1", "us-east-1").endswith(page)


def test_the_log_page_is_encoded_as_it_reads_it() -> None:
    """The job's streams, or the endpoint's own group: values twice, what divides them once."""
    group = "#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252F"
    assert log_url("training", "n-1", "us-east-1").endswith(
        f"{group}TrainingJobs$3FlogStreamNameFilter$3Dn-1$252F"
    )
    assert log_url("endpoint", "n-1", "us-east-1").endswith(f"{group}Endpoints$252Fn-1")


def test_a_name_cannot_leave_its_place() -> None:
    """What a name holds is encoded."""
    assert "#/jobs/a%2F..%23b" in job_url("training", "a/..#b", "us-east-1")
