"""Name what AWS refused: one error of the tree for each kind of problem, with the next step.

Rules: the account's own mistakes (credentials, role, quota, region) are told apart from a network that is gone; what
AWS said is kept in the message, secrets are not; nothing is tried again here, boto3 has done so.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from boto3.exceptions import Boto3Error
from botocore import exceptions as sdk

from safety_tasks.cloud.links import quota_url
from safety_tasks.cloud.redacting import without_secrets
from safety_tasks.errors import (
    CloudError,
    CredentialsMissing,
    QuotaExceeded,
    RoleMissing,
    SafetyTasksError,
    WrongRegion,
)

__all__ = ["cloud_errors", "named", "without_secrets"]

_SIGNED_WRONG: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_NOT_ALLOWED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
_TOO_MANY: Final = {"ResourceLimitExceeded", "ServiceQuotaExceededException", "LimitExceeded"}
_ELSEWHERE: Final = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
}
_PASSING: Final = {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}
_NO_CREDENTIALS: Final = (
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.TokenRetrievalError,
    sdk.SSOError,
    sdk.ProfileNotFound,
)
_NETWORK: Final = (sdk.HTTPClientError, sdk.ConnectionError)
_ROLE: Final = re.compile(
    r"iam:PassRole|could not assume role|cannot (be )?assume|\brole\b.{0,120}(does not exist|is invalid)",
    re.IGNORECASE | re.DOTALL,
)
_REGION: Final = re.compile(
    r"invalid region|region '[^']*' is wrong|must be in the same region|\b(not|different)\b.{0,30}\bregion\b",
    re.IGNORECASE,
)
_QUOTA: Final = re.compile(r"limit '([^']+)'")
_EXPECTED: Final = re.compile(r"expecting '([a-z0-9-]+)'")
_IN_HOST: Final = re.compile(r"\b[a-z]{2,4}(?:-[a-z]+)+-\d\b")


@contextmanager
def cloud_errors(what: str, region: str = "") -> Iterator[None]:
    """Turn what AWS's SDK raises into errors of the tree.

    Args:
        what: what was tried, for the message: ``start training job st-1``.
        region: where, for links to the console.

    Raises:
        CloudError: or one below it, as ``named`` tells them apart.
    """
    try:
        yield
    except (sdk.BotoCoreError, sdk.ClientError, Boto3Error) as problem:
        # A cause that holds a secret would show it in the traceback.
        cause = problem if without_secrets(str(problem)) == str(problem) else None
        raise named(problem, what, region) from cause


def named(problem: Exception, what: str, region: str = "") -> SafetyTasksError:
    """Return the error of the tree that a problem with AWS is; one of the tree already is returned as it is.

    Args:
        problem: what the SDK raised.
        what: what was tried, for the message.
        region: where, for links to the console.
    """
    if isinstance(problem, SafetyTasksError):
        return problem
    said = without_secrets(str(problem))
    if isinstance(problem, sdk.ClientError):
        return _refused(problem, what, said, region)
    if isinstance(problem, _NO_CREDENTIALS):
        return CredentialsMissing(
            f"{what}: expected AWS credentials, found: {said}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, for the workers too, or give their machine a role."
        )
    if isinstance(problem, sdk.NoRegionError | sdk.InvalidRegionError):
        return WrongRegion(f"{what}: expected a region of AWS, found: {said} Set store.region.")
    if isinstance(problem, sdk.EndpointConnectionError) and (odd := _unknown_region(problem)):
        return WrongRegion(
            f"{what}: expected a region that offers the service, found {odd!r}, where nothing answers. "
            "Correct store.region."
        )
    if isinstance(problem, _NETWORK):
        return CloudError(
            f"{what}: expected an answer, found that the network is gone or too slow: {said}. Check route, proxy and "
            "VPC endpoints, then try again: nothing is started twice."
        )
    if isinstance(problem, sdk.ParamValidationError):
        return CloudError(
            f"{what}: expected a request that AWS takes, found one that the SDK refuses to send: {said}. "
            "Correct the setting that it names."
        )
    return CloudError(f"{what}: expected AWS to do it, found {type(problem).__name__}: {said}.")


def _refused(problem: sdk.ClientError, what: str, said: str, region: str) -> CloudError:
    code = str(problem.response.get("Error", {}).get("Code", ""))
    if code in _TOO_MANY:
        quota = _QUOTA.search(said)
        name = f"the quota '{quota[1]}'" if quota else "a quota"
        return QuotaExceeded(
            f"{what}: expected room in the account's quota, found that {name} is used up or 0: {said} Ask for more at "
            f"{quota_url(region)}, which can take days, or set another instance type."
        )
    if problem.operation_name.startswith("AssumeRole"):  # of the profile in use, not of the job
        return CredentialsMissing(
            f"{what}: expected credentials that may assume their role, found: {said}. Correct AWS_PROFILE, or let that "
            "role trust them."
        )
    if _ROLE.search(said):
        return RoleMissing(
            f"{what}: expected a role that SageMaker may assume and that you may pass, found: {said}. Correct "
            "sagemaker.role_arn. The role must trust sagemaker.amazonaws.com, and you need iam:PassRole on it."
        )
    if code in _ELSEWHERE or _REGION.search(said):
        return WrongRegion(
            f"{what}: expected bucket, instances and service in one region, found: {said}."
            f"{_right_region(problem, said)} Set store.region to the bucket's own."
        )
    if code in _SIGNED_WRONG:
        return CredentialsMissing(
            f"{what}: expected valid credentials, found {code}: {said}. They are expired, revoked or of another "
            "account: sign in anew, and check the machine's clock."
        )
    if code in _NOT_ALLOWED:
        return CredentialsMissing(
            f"{what}: expected credentials that allow it, found: {said}. Let the policy of those credentials, or of "
            "the bucket and key, allow the action that is named."
        )
    if code in _PASSING or _status(problem) >= 500:
        return CloudError(
            f"{what}: expected AWS to do it, found it busy ({code}): {said}. Try again in some minutes."
        )
    return CloudError(f"{what}: expected AWS to do it, found {code or 'an error'}: {said}.")


def _status(problem: sdk.ClientError) -> int:
    return int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _right_region(problem: sdk.ClientError, said: str) -> str:
    """Return a sentence with the region that AWS names as the right one, if it does."""
    headers = problem.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    expected = _EXPECTED.search(said)
    right = headers.get("x-amz-bucket-region") or (expected[1] if expected else "")
    return f" The bucket is in {right}." if right else ""


def _unknown_region(problem: sdk.EndpointConnectionError) -> str:
    """Return the region in an address that nothing answers at, if AWS does not offer SageMaker there."""
    import boto3

    host = urlsplit(str(problem.kwargs.get("endpoint_url", ""))).hostname or ""
    found = _IN_HOST.search(host)
    if found is None or not host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return ""
    session = boto3.session.Session()
    offered = {
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("sagemaker", partition)
    }
    return "" if found[0] in offered else found[0]
