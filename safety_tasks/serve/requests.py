"""The arguments of CreateModel, CreateEndpointConfig, CreateEndpoint and UpdateEndpoint.

Rules: pure and deterministic; model and config are named by release number and a digest of all that they are made of,
so that asking again finds them, and any change of settings is another config; pictures are never captured: they show
people; everything carries the endpoint's tag, by which tear-down knows its own.
Source: Amazon SageMaker API reference.
"""

import re
from typing import Any, Final

from safety_tasks.digests import digest_of, sha256_bytes
from safety_tasks.errors import ConfigError, RoleMissing
from safety_tasks.records.serving import Deployment, ModelArchive
from safety_tasks.serve.handler import MAX_BODY_BYTES
from safety_tasks.settings import Settings

ENDPOINT_TAG: Final = "safety-tasks:endpoint"
RELEASE_TAG: Final = "safety-tasks:release"
VARIANT: Final = "champion"
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_BASE_CHARS: Final = 34
_HEX: Final = 12
_STARTUP_S: Final = 600
# SageMaker refuses a key for instances whose disks are encrypted by their own hardware.
_OWN_DISK: Final = re.compile(r"^ml\.(g4dn|g5|g6e?|p3dn|p4de?|p5e?n?|inf\d|[cmr]\d+i?a?d)\.")


def base_name(endpoint: str) -> str:
    """Return what the names of an endpoint's models and configs begin with."""
    if len(endpoint) <= _BASE_CHARS:
        return endpoint
    return f"{endpoint[: _BASE_CHARS - 9].rstrip('-')}-{sha256_bytes(endpoint.encode())[:8]}"


def is_named_for(name: str, endpoint: str) -> bool:
    """Tell whether a model's or config's name is one that this system gives for an endpoint."""
    return re.fullmatch(rf"{re.escape(base_name(endpoint))}-r\d+-[0-9a-f]{{12}}", name) is not None


def release_of(config: str) -> int | None:
    """Return the release number in a config's name, or None in another's."""
    match = re.search(r"-r(\d+)-[0-9a-f]{12}$", config)
    return int(match[1]) if match else None


def deployment(
    archive: ModelArchive,
    image_uri: str,
    store_uri: str,
    settings: Settings,
    *,
    endpoint: str | None = None,
    instance_type: str | None = None,
) -> Deployment:
    """Return what is asked for, with names.

    Args:
        archive: the packed release.
        image_uri: the container.
        store_uri: the store's ``s3://`` address.
        settings: role, network, key, tags, size.
        endpoint: its name; by default ``serve.endpoint_name``.
        instance_type: by default ``serve.instance_type``.

    Raises:
        RoleMissing: the settings name no role, or something else.
        ConfigError: the store is no bucket.
    """
    if not store_uri.startswith("s3://"):
        raise ConfigError(
            f"store.uri: expected s3://bucket, where an endpoint can read its model, found {store_uri!r}."
        )
    where, job = endpoint or settings.serve.endpoint_name, settings.sagemaker
    if _ROLE.fullmatch(job.role_arn) is None:
        raise RoleMissing(
            f"sagemaker.role_arn: expected arn:aws:iam::<account>:role/<name>, found {job.role_arn or 'none'!r}. Make "
            "a role that sagemaker.amazonaws.com may assume and that may read the bucket, and set it."
        )
    named = {**job.tags, ENDPOINT_TAG: where, RELEASE_TAG: str(archive.release_seq)}
    tags = [{"Key": key, "Value": value} for key, value in sorted(named.items())]
    model = _model(archive, image_uri, store_uri, settings)
    model_name = _name(where, archive.release_seq, model)
    config = _config(model_name, settings, instance_type or settings.serve.instance_type)
    config_name = _name(where, archive.release_seq, {**config, "model": model})
    endpoint_tags = [tag for tag in tags if tag["Key"] != RELEASE_TAG]  # it outlives a release
    return Deployment(
        endpoint=where,
        model=model_name,
        config=config_name,
        release_seq=archive.release_seq,
        model_sha256=archive.model_sha256,
        create_model={"ModelName": model_name, **model, "Tags": tags},
        create_config={"EndpointConfigName": config_name, **config, "Tags": tags},
        create_endpoint={
            "EndpointName": where,
            "EndpointConfigName": config_name,
            "Tags": endpoint_tags,
        },
    )


def update_request(endpoint: str, config: str) -> dict[str, Any]:
    """Return the arguments of ``update_endpoint``."""
    return {"EndpointName": endpoint, "EndpointConfigName": config}


def _model(
    archive: ModelArchive, image_uri: str, store_uri: str, settings: Settings
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "PrimaryContainer": {
            "Image": image_uri,
            "ModelDataUrl": f"{store_uri}/{archive.archive.key}",
            "Environment": {
                "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_REGION": settings.store.region,
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                "TS_MAX_REQUEST_SIZE": str(MAX_BODY_BYTES),
            },
        },
        "ExecutionRoleArn": settings.sagemaker.role_arn,
        # The model lies in the archive, wheels too: nothing is fetched from anywhere.
        "EnableNetworkIsolation": True,
    }
    if settings.sagemaker.subnets:
        request["VpcConfig"] = {
            "Subnets": list(settings.sagemaker.subnets),
            "SecurityGroupIds": list(settings.sagemaker.security_groups),
        }
    return request


def _config(model_name: str, settings: Settings, instance_type: str) -> dict[str, Any]:
    request: dict[str, Any] = {
        "ProductionVariants": [
            {
                "VariantName": VARIANT,
                "ModelName": model_name,
                "InstanceType": instance_type,
                "InitialInstanceCount": settings.serve.instance_count,
                "InitialVariantWeight": 1.0,
                "ModelDataDownloadTimeoutInSeconds": _STARTUP_S,
                "ContainerStartupHealthCheckTimeoutInSeconds": _STARTUP_S,
            }
        ],
    }
    if settings.sagemaker.kms_key_id and _OWN_DISK.match(instance_type) is None:
        request["KmsKeyId"] = settings.sagemaker.kms_key_id
    return request


def _name(endpoint: str, release_seq: int, made_of: dict[str, Any]) -> str:
    return f"{base_name(endpoint)}-r{release_seq}-{digest_of(made_of)[:_HEX]}"
