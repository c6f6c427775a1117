"""An endpoint is made, updated, gone back and removed; no failed one stays, nothing of others goes."""

from collections.abc import Callable
from typing import Any

import pytest
from support.hosting_aws import Fate, Life, names_of

from safety_tasks.bundle.reading import Served
from safety_tasks.errors import BudgetExceeded, CloudError, JobFailed, QuotaExceeded
from safety_tasks.records.serving import Deployment
from safety_tasks.serve.endpoint import check_cost, deploy_endpoint
from safety_tasks.serve.service import Hosting
from safety_tasks.serve.state import describe_endpoint
from safety_tasks.serve.tear_down import remove_endpoint
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore

Wanted = Callable[..., Deployment]
Released = tuple[LocalStore, Served]


def test_a_first_deployment_serves_and_the_same_again_changes_nothing(
    deploy: Any, wanted: Wanted, life: Life, client: Any
) -> None:
    """The endpoint comes into service with its release; asked again, no call but looks is made."""
    first = wanted()
    state = deploy(first)
    assert (state.status, state.action, state.release_seq) == ("InService", "created", 1)
    assert state.config == first.config
    assert names_of(client) == ({"plant"}, {first.config}, {first.model})
    described = client.describe_model(ModelName=first.model)
    assert described["PrimaryContainer"]["ModelDataUrl"].startswith("s3://models/serve/models/")
    life.calls.clear()
    again = deploy(first)
    assert (again.action, again.config) == ("none", first.config)
    assert life.calls == []


def test_a_new_release_is_an_update(deploy: Any, wanted: Wanted, client: Any, life: Life) -> None:
    """Another release, or another instance type, moves the endpoint to a config of its own."""
    deploy(wanted(1))
    state = deploy(wanted(2))
    assert (state.action, state.release_seq) == ("updated", 2)
    other = deploy(wanted(2, instance_type="ml.c5.xlarge"))
    assert (other.action, other.release_seq) == ("updated", 2)
    assert other.config != state.config
    config = client.describe_endpoint_config(EndpointConfigName=other.config)
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.c5.xlarge"
    assert life.calls.count("create_endpoint") == 1


def test_a_failed_first_creation_leaves_nothing(
    deploy: Any, wanted: Wanted, life: Life, client: Any
) -> None:
    """The error carries the service's reason, and endpoint, config and model are gone."""
    life.fates.append(Fate("fails", "the container did not pass its ping"))
    with pytest.raises(JobFailed, match=r"did not pass its ping.*removed"):
        deploy(wanted())
    assert names_of(client) == (set(), set(), set())


def test_an_update_that_the_service_rolls_back_is_no_success(
    deploy: Any, wanted: Wanted, life: Life, client: Any
) -> None:
    """InService with the former config is a failure; the former serves on, the new config and model are gone."""
    first = wanted(1)
    deploy(first)
    life.fates.append(Fate("rolls_back", "no capacity"))
    with pytest.raises(JobFailed, match=r"release 2.*no capacity.*as before"):
        deploy(wanted(2))
    assert names_of(client) == ({"plant"}, {first.config}, {first.model})
    assert client.describe_endpoint(EndpointName="plant")["EndpointConfigName"] == first.config


def test_an_update_that_fails_is_brought_back(
    deploy: Any, wanted: Wanted, life: Life, client: Any
) -> None:
    """Where the service leaves the endpoint Failed, the former config is put back."""
    first = wanted(1)
    deploy(first)
    life.fates += [Fate("fails", "image not found"), Fate()]
    with pytest.raises(JobFailed, match="image not found"):
        deploy(wanted(2))
    found = client.describe_endpoint(EndpointName="plant")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", first.config)
    assert names_of(client) == ({"plant"}, {first.config}, {first.model})


def test_both_reasons_are_told_when_going_back_fails_too(
    deploy: Any, wanted: Wanted, life: Life
) -> None:
    """If the former config does not come back, the message says that the endpoint does not serve."""
    deploy(wanted(1))
    life.fates += [Fate("fails", "image not found"), Fate("fails", "no capacity")]
    with pytest.raises(JobFailed, match=r"image not found.*did not come back.*no capacity"):
        deploy(wanted(2))


def test_a_refused_creation_leaves_nothing(
    deploy: Any, wanted: Wanted, life: Life, client: Any
) -> None:
    """A quota that is used up removes the model and config that were made on the way."""
    life.refusals["create_endpoint"] = [("ResourceLimitExceeded", "limit 'ml.m5.large' is 0")]
    with pytest.raises(QuotaExceeded, match=r"ml\.m5\.large"):
        deploy(wanted())
    assert names_of(client) == (set(), set(), set())


def test_a_cut_run_is_taken_up(deploy: Any, wanted: Wanted, life: Life, client: Any) -> None:
    """A run that ended while the endpoint was coming up: the next waits for it and makes nothing."""
    life.fates.append(Fate(looks=10**6))
    with pytest.raises(CloudError, match="settle within"):
        deploy(wanted())
    assert client.describe_endpoint(EndpointName="plant")["EndpointStatus"] == "Creating"
    fate, _, former = life.pending["plant"]
    life.pending["plant"] = (fate, 2, former)
    life.calls.clear()
    assert deploy(wanted()).status == "InService"
    assert life.calls == []


def test_what_a_cut_run_left_behind_goes_with_the_next(
    deploy: Any, wanted: Wanted, client: Any, life: Life
) -> None:
    """Model and config of a run that was killed before its update are pruned by the next deployment."""
    deploy(wanted(1))
    orphan = wanted(2)
    client.create_model(**orphan.create_model)
    client.create_endpoint_config(**orphan.create_config)
    third = wanted(3)
    deploy(third)
    _, configs, models = names_of(client)
    assert configs == {wanted(1).config, third.config}
    assert models == {wanted(1).model, third.model}


def test_an_endpoint_of_others_is_left_alone(
    deploy: Any,
    wanted: Wanted,
    client: Any,
    released: Released,
    serving_settings: Settings,
    hosting: Hosting,
) -> None:
    """An endpoint without our tag is neither updated nor removed, nor are models that only have a similar name."""
    request = wanted().create_model | {"ModelName": "theirs", "Tags": []}
    client.create_model(**request)
    config = wanted().create_config
    theirs = [config["ProductionVariants"][0] | {"ModelName": "theirs"}]
    client.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=theirs)
    client.create_endpoint(EndpointName="plant", EndpointConfigName="theirs")
    with pytest.raises(CloudError, match="without its tag"):
        deploy(wanted())
    with pytest.raises(CloudError, match="without its tag"):
        remove_endpoint(released[0], serving_settings, hosting)
    assert names_of(client) == ({"plant"}, {"theirs"}, {"theirs"})
    assert describe_endpoint(released[0], hosting).release_seq is None


def test_the_price_of_a_day_is_capped_before_anything_is_made(
    released: Released, serving_settings: Settings, hosting: Hosting, wanted: Wanted, life: Life
) -> None:
    """A dearer instance, or one without a price, is refused by name; no call is made."""
    assert check_cost(serving_settings) == pytest.approx(0.115 * 24)
    for kind in ("ml.p3.8xlarge", "ml.m5.metal"):
        with pytest.raises(BudgetExceeded):
            deploy_endpoint(released[0], serving_settings, hosting, wanted(instance_type=kind))
    assert life.calls == []


def test_a_failed_endpoint_is_made_anew(
    deploy: Any, wanted: Wanted, client: Any, life: Life
) -> None:
    """An endpoint that a cut run left Failed serves nobody: it is deleted and made again."""
    first = wanted()
    client.create_model(**first.create_model)
    client.create_endpoint_config(**first.create_config)
    life.fates.append(Fate("fails", "cut", looks=0))
    client.create_endpoint(**first.create_endpoint)
    state = deploy(first)
    assert (state.status, state.action) == ("InService", "created")
