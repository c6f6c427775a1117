"""Problems with AWS: each kind has its error and its next step, and no secret gets into a message."""

from collections.abc import Callable

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions as sdk
from botocore.config import Config
from botocore.stub import Stubber

from safety_tasks.cloud.problems import cloud_errors, named
from safety_tasks.cloud.redacting import without_secrets
from safety_tasks.errors import (
    CloudError,
    CredentialsMissing,
    ObjectNotFound,
    QuotaExceeded,
    RoleMissing,
    SafetyTasksError,
    WrongRegion,
)

QUOTA = (
    "The account-level service limit 'ml.g4dn.xlarge for spot training job usage' is 0 Instances, with current "
    "utilization of 0 Instances and a request delta of 1 Instances."
)
ROLE = (
    "Could not assume role arn:aws:iam::123456789012:role/job. Please ensure that the role exists"
)
PASS_ROLE = (
    "User: u is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/job"
)
REFUSALS = [
    ("ResourceLimitExceeded", QUOTA, QuotaExceeded, "ml.g4dn.xlarge for spot training job usage"),
    ("ResourceLimitExceeded", "too many", QuotaExceeded, "servicequotas"),
    ("ValidationException", ROLE, RoleMissing, "sagemaker.role_arn"),
    ("AccessDeniedException", PASS_ROLE, RoleMissing, "iam:PassRole"),
    (
        "ValidationException",
        "The S3 bucket and the job must be in the same region",
        WrongRegion,
        "store.region",
    ),
    (
        "ValidationException",
        "Instance type ml.p3.2xlarge is not supported in this region",
        WrongRegion,
        "store.region",
    ),
    ("PermanentRedirect", "must be addressed elsewhere", WrongRegion, "store.region"),
    (
        "AuthorizationHeaderMalformed",
        "the region 'us-east-1' is wrong; expecting 'ap-northeast-2'",
        WrongRegion,
        "The bucket is in ap-northeast-2",
    ),
    ("ExpiredToken", "The provided token has expired.", CredentialsMissing, "sign in"),
    ("UnrecognizedClientException", "token is invalid", CredentialsMissing, "sign in"),
    ("InvalidClientTokenId", "invalid", CredentialsMissing, "clock"),
    ("AccessDenied", "not allowed: s3:PutObject", CredentialsMissing, "s3:PutObject"),
    ("ThrottlingException", "Rate exceeded", CloudError, "Try again"),
    ("ServiceUnavailable", "busy", CloudError, "Try again"),
    ("ResourceInUse", "Training job names must be unique", CloudError, "ResourceInUse"),
    ("ValidationException", "1 validation error detected", CloudError, "1 validation error"),
]


@pytest.mark.parametrize(("code", "said", "error", "found"), REFUSALS)
def test_each_refusal_has_its_error(
    code: str, said: str, error: type[CloudError], found: str
) -> None:
    """What the service answers to a real client becomes exactly that error, with the step to take."""
    client = boto3.client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with Stubber(client) as stub:
        stub.add_client_error("stop_training_job", code, said)
        with pytest.raises(CloudError) as caught, cloud_errors("stop job j1", "us-east-1"):
            client.stop_training_job(TrainingJobName="j1")
    assert type(caught.value) is error
    assert str(caught.value).startswith("stop job j1: expected ")
    assert found in str(caught.value)
    assert isinstance(caught.value.__cause__, sdk.ClientError)


def test_a_bucket_elsewhere_is_told_where() -> None:
    """S3 names the bucket's region in a header."""
    reply = {
        "Error": {"Code": "301", "Message": "Moved Permanently"},
        "ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}},
    }
    problem = named(sdk.ClientError(reply, "HeadBucket"), "look at the bucket")  # type: ignore[arg-type]
    assert type(problem) is WrongRegion
    assert "The bucket is in eu-west-1." in str(problem)


def test_a_profile_that_may_not_assume_its_role() -> None:
    """The role of the credentials in use is not the job's role."""
    said = "User: u is not authorized to perform: sts:AssumeRole on resource: r"
    reply = {"Error": {"Code": "AccessDenied", "Message": said}}
    problem = named(sdk.ClientError(reply, "AssumeRole"), "start job j1")  # type: ignore[arg-type]
    assert type(problem) is CredentialsMissing
    assert "AWS_PROFILE" in str(problem)


def test_an_unknown_server_error_may_be_tried_again() -> None:
    """A status above 500 says so whatever its code is called."""
    reply = {"Error": {"Code": "Odd"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
    assert "Try again" in str(named(sdk.ClientError(reply, "Op"), "w"))  # type: ignore[arg-type]


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that finds none anywhere says how to give some."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", raising=False)
    client = boto3.session.Session().client("sagemaker", region_name="us-east-1")
    with (
        pytest.raises(CredentialsMissing, match="AWS_PROFILE"),
        cloud_errors("start job j1"),
    ):
        client.list_training_jobs()


def test_the_network_is_gone() -> None:
    """A server that does not answer is no wrong region, and nothing is blamed on the account."""
    client = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    with pytest.raises(CloudError, match="network is gone") as caught, cloud_errors("start job j1"):
        client.list_training_jobs()
    assert type(caught.value) is CloudError


@pytest.mark.parametrize(
    ("region", "error"),
    [("us-esat-1", WrongRegion), ("ap-northeast-2", CloudError), ("cn-north-1", CloudError)],
)
def test_a_region_that_is_none(region: str, error: type[CloudError]) -> None:
    """Nothing answers at a misspelt region's address; at a real one's it is the network."""
    suffix = ".cn" if region.startswith("cn-") else ""
    problem = sdk.EndpointConnectionError(
        endpoint_url=f"https://api.sagemaker.{region}.amazonaws.com{suffix}/", error="no such host"
    )
    assert type(named(problem, "start job j1")) is error


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: boto3.client("sagemaker", region_name="us east 1!"), WrongRegion),
        (lambda: boto3.session.Session(profile_name="no-such-profile"), CredentialsMissing),
        (lambda: _raise(sdk.NoRegionError()), WrongRegion),
        (lambda: _raise(sdk.ReadTimeoutError(endpoint_url="https://x")), CloudError),
        (lambda: _raise(sdk.ParamValidationError(report="bad")), CloudError),
        (
            lambda: _raise(sdk.UnknownServiceError(service_name="s", known_service_names=[])),
            CloudError,
        ),
        (lambda: _raise(S3UploadFailedError("cut")), CloudError),
    ],
)
def test_other_problems_of_the_sdk(make: Callable[[], object], error: type[CloudError]) -> None:
    """None of them leaves as the SDK raised it."""
    with pytest.raises(CloudError, match=r"^w: expected ") as caught, cloud_errors("w"):
        make()
    assert type(caught.value) is error


def test_an_error_of_the_tree_stays() -> None:
    """What is named already is not named again."""
    problem = ObjectNotFound("k")
    assert named(problem, "w") is problem
    with pytest.raises(ObjectNotFound), cloud_errors("w"):
        raise problem


def test_an_error_of_ours_is_not_the_clouds() -> None:
    """A mistake in the code is not hidden as a cloud's."""
    with pytest.raises(ZeroDivisionError), cloud_errors("w"):
        _ = 1 // 0


@pytest.mark.parametrize(
    "said",
    [
        "key AKIAIOSFODNN7EXAMPLE is wrong",
        "key ASIAIOSFODNN7EXAMPLE is wrong",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=IOSFODNN7EXAMPLE&x=1",
        "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=IOSFODNN7EXAMPLE",
        "proxy http://me:IOSFODNN7EXAMPLE@proxy:3128 refused",
        "aws_secret_access_key = IOSFODNN7EXAMPLE",
        "{'SessionToken': 'IOSFODNN7EXAMPLE'}",
        "the value environment-IOSFODNN7EXAMPLE was odd",
    ],
)
def test_secrets_stay_out(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the message nor what caused it shows a secret; the rest of the text is kept."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment-IOSFODNN7EXAMPLE")
    reply = {"Error": {"Code": "AccessDenied", "Message": said}}
    with pytest.raises(SafetyTasksError) as caught, cloud_errors("w"):
        raise sdk.ClientError(reply, "Op")  # type: ignore[arg-type]
    assert "IOSFODNN7EXAMPLE" not in str(caught.value)
    assert said.split()[0][:4] in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_innocent_words_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short placeholder in the environment does not eat words that hold it."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert without_secrets("the latest test s3://b/k") == "the latest test s3://b/k"


def _raise(problem: Exception) -> None:
    raise problem
