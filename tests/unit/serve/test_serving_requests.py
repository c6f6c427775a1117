"""The requests are what the SDK takes, named by what they are made of, and capture no picture."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from safety_tasks.bundle.reading import Served
from safety_tasks.errors import ConfigError, RoleMissing
from safety_tasks.records.serving import Deployment
from safety_tasks.serve.model_archive import archive_release
from safety_tasks.serve.requests import (
    ENDPOINT_TAG,
    base_name,
    deployment,
    is_named_for,
    release_of,
    update_request,
)
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore

Wanted = Callable[..., Deployment]


def _problems(operation: str, request: dict[str, Any]) -> str:
    model = ServiceModel(Loader().load_service_model("sagemaker", "service-2"))
    shape = model.operation_model(operation).input_shape
    return str(ParamValidator().validate(request, shape).generate_report())


def test_the_sdk_takes_each_request(wanted: Wanted) -> None:
    """Names of fields and types are those of the service's own model; a wrong field would be told."""
    asked = wanted()
    assert _problems("CreateModel", asked.create_model) == ""
    assert _problems("CreateEndpointConfig", asked.create_config) == ""
    assert _problems("CreateEndpoint", asked.create_endpoint) == ""
    assert _problems("UpdateEndpoint", update_request("plant", asked.config)) == ""
    assert "Image2" in _problems("CreateModel", {"ModelName": "m", "Image2": "x"})


def test_network_key_and_tags_are_the_settings(
    released: tuple[LocalStore, Served], serving_settings: Settings
) -> None:
    """VPC and KMS key are passed on, a disk with its own encryption gets no key, and all is tagged."""
    store, served = released
    job = serving_settings.sagemaker.model_copy(
        update={
            "subnets": ("subnet-1",),
            "security_groups": ("sg-1",),
            "kms_key_id": "key-1",
            "tags": {"cost-centre": "safety"},
        }
    )
    settings = serving_settings.model_copy(update={"sagemaker": job})
    archive = archive_release(store, served, settings)
    asked = deployment(archive, "own/image:1", "s3://models", settings)
    assert asked.create_model["VpcConfig"] == {
        "Subnets": ["subnet-1"],
        "SecurityGroupIds": ["sg-1"],
    }
    assert asked.create_config["KmsKeyId"] == "key-1"
    for request in (asked.create_model, asked.create_config, asked.create_endpoint):
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        assert tags[ENDPOINT_TAG] == "safety-detector"
        assert tags["cost-centre"] == "safety"
    assert _problems("CreateModel", asked.create_model) == ""
    own_disk = deployment(
        archive, "own/image:1", "s3://models", settings, instance_type="ml.g4dn.xlarge"
    )
    assert "KmsKeyId" not in own_disk.create_config


def test_no_picture_is_captured_and_nothing_is_fetched(wanted: Wanted) -> None:
    """Data capture is off, since pictures show people, and the container has no network."""
    asked = wanted()
    assert "DataCaptureConfig" not in asked.create_config
    assert asked.create_model["EnableNetworkIsolation"] is True


def test_names_follow_from_what_is_asked(wanted: Wanted) -> None:
    """The same gives the same names; release, archive and instance type each give others."""
    assert wanted() == wanted()
    names = {wanted(1).config, wanted(2).config, wanted(1, instance_type="ml.m5.xlarge").config}
    assert len(names) == 3
    assert wanted(1).model == wanted(1, instance_type="ml.m5.xlarge").model
    assert release_of(wanted(7).config) == 7
    assert release_of("theirs") is None


@pytest.mark.parametrize("endpoint", ["p", "plant", "a" * 34, "a" * 63, "a-b" * 21])
def test_names_are_what_the_service_takes(
    endpoint: str, released: tuple[LocalStore, Served], serving_settings: Settings
) -> None:
    """However long the endpoint's name and release number are, names have at most 63 allowed characters."""
    archive = archive_release(*released, serving_settings)
    archive = archive.model_copy(update={"release_seq": 9_999_999_999})
    asked = deployment(archive, "image", "s3://models", serving_settings, endpoint=endpoint)
    for name in (asked.model, asked.config):
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
        assert is_named_for(name, endpoint)
        assert not is_named_for(name, endpoint + "x")


def test_long_endpoints_never_share_a_base() -> None:
    """Two long names with one beginning have bases of their own, so tear-down of one spares the other."""
    assert base_name("a" * 62 + "b") != base_name("a" * 62 + "c")
    assert not is_named_for("plant-r1-0123456789ab", "plan")
    assert not is_named_for("plant-eu-r1-0123456789ab", "plant")


@pytest.mark.parametrize("role", ["", "serving", "arn:aws:iam::1:role/x"])
def test_no_role_is_named(
    role: str, released: tuple[LocalStore, Served], serving_settings: Settings
) -> None:
    """Without a role's ARN nothing is asked for."""
    archive = archive_release(*released, serving_settings)
    job = serving_settings.sagemaker.model_copy(update={"role_arn": role})
    settings = serving_settings.model_copy(update={"sagemaker": job})
    with pytest.raises(RoleMissing, match="role_arn"):
        deployment(archive, "image", "s3://models", settings)


def test_a_folder_is_no_place_for_an_endpoint(
    released: tuple[LocalStore, Served], serving_settings: Settings
) -> None:
    """A store that AWS cannot read is refused before anything is made."""
    archive = archive_release(*released, serving_settings)
    with pytest.raises(ConfigError, match=r"store\.uri"):
        deployment(archive, "image", released[0].uri, serving_settings)
