"""An endpoint goes back to what was proved on it, or goes altogether; nothing of others goes."""

from collections.abc import Callable
from typing import Any

from support.hosting_aws import names_of

from safety_tasks.bundle.reading import Served
from safety_tasks.records.serving import Deployment
from safety_tasks.serve.proved import keep_proved, read_proved
from safety_tasks.serve.service import Hosting
from safety_tasks.serve.tear_down import remove_endpoint, roll_back
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore

Wanted = Callable[..., Deployment]
Released = tuple[LocalStore, Served]


def test_going_back_means_what_was_proved(
    deploy: Any,
    wanted: Wanted,
    client: Any,
    released: Released,
    serving_settings: Settings,
    hosting: Hosting,
) -> None:
    """From 3, over an unproved 2, the endpoint goes back to the proved 1; twice changes nothing."""
    store, _ = released
    first = wanted(1)
    deploy(first)
    keep_proved(store, first)
    deploy(wanted(2))
    deploy(wanted(3))
    state = roll_back(store, serving_settings, hosting, "wrong answers")
    assert (state.status, state.release_seq, state.action) == ("InService", 1, "rolled_back")
    assert state.proved
    assert names_of(client) == ({"plant"}, {first.config}, {first.model})
    assert roll_back(store, serving_settings, hosting, "again").release_seq == 1


def test_without_anything_proved_going_back_removes(
    deploy: Any,
    wanted: Wanted,
    client: Any,
    released: Released,
    serving_settings: Settings,
    hosting: Hosting,
) -> None:
    """A first release that does not pass leaves no endpoint."""
    deploy(wanted())
    assert roll_back(released[0], serving_settings, hosting, "wrong").status == "absent"
    assert names_of(client) == (set(), set(), set())


def test_tear_down_removes_all_and_twice_is_no_error(
    deploy: Any,
    wanted: Wanted,
    client: Any,
    released: Released,
    serving_settings: Settings,
    hosting: Hosting,
) -> None:
    """Endpoint, configs, models and the note go; another endpoint's stay; again nothing happens."""
    store, _ = released
    deploy(wanted(1))
    keep_proved(store, wanted(1))
    deploy(wanted(2))
    other = wanted(1).create_model | {"ModelName": "plant2-r1-0123456789ab"}
    client.create_model(**other)
    assert remove_endpoint(store, serving_settings, hosting).action == "removed"
    assert names_of(client) == (set(), set(), {"plant2-r1-0123456789ab"})
    assert read_proved(store, "plant") is None
    assert remove_endpoint(store, serving_settings, hosting).action == "none"
