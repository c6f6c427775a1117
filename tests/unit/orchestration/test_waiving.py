"""The form of ``waive_gate_check``: who waives, what it refuses and with which words, and that a retry waives once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import ValidationError, validate
from support.signed_waivers import Signer, signer
from support.toy_runs import toy_dataset, toy_export, toy_gate
from toy_models import strong_model

from safety_tasks.errors import ConfigError, KeyUnusable, ObjectNotFound, WaiverRefused
from safety_tasks.gate.history import read_history
from safety_tasks.gate.waivers import read_waivers
from safety_tasks.orchestration import waiving
from safety_tasks.records.waiver import ProvedWaiver
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore

WHY = "the new gateways arrive on Monday"
NOW = datetime.now(UTC)
Waive = Callable[..., dict[str, Any]]


@pytest.fixture
def kim(tmp_path: Path) -> Signer:
    """Give an approver."""
    return signer(tmp_path, "kim")


@pytest.fixture
def waive(
    local_store: LocalStore, settings: Settings, kim: Signer, monkeypatch: pytest.MonkeyPatch
) -> Waive:
    """Give the task over a judged run: what the form says, who triggered it and when, and the key file."""
    version = toy_dataset(local_store)
    toy_gate(local_store, version, toy_export(local_store, version, "r1", strong_model()))
    monkeypatch.setattr("safety_tasks.signing.load_approvers", lambda: (kim.approver,))

    def run(
        who: str | None = "lee", at: datetime = NOW, key: str = str(kim.file), **form: Any
    ) -> dict[str, Any]:
        gate = settings.gate.model_copy(update={"approver_key_file": key})
        monkeypatch.setattr(
            waiving, "runtime", lambda: (settings.model_copy(update={"gate": gate}), local_store)
        )
        asked = {"run_id": "r1", "checks": ["size"], "why": WHY, "days": 7, "profile": None}
        context = {
            "params": asked | form,
            "dag_run": SimpleNamespace(triggering_user_name=who, run_after=at),
        }
        return waiving.waive(context)

    return run


def test_who_waives_is_whoever_triggered_it(
    waive: Waive, local_store: LocalStore, kim: Signer
) -> None:
    """The person is Airflow's, the signature the key's; profile and model are the configured one and the run's."""
    told = waive(checks=["size", " size ", "support.*"], why=f"  {WHY}\nand not before ")
    (given,) = read_waivers(local_store, [kim.approver])
    assert isinstance(given, ProvedWaiver)
    waiver = given.waiver
    assert (waiver.who, given.approver, waiver.profile) == ("lee", "kim", "plant")
    assert waiver.why == f"{WHY} and not before"
    assert waiver.checks == ("size", "support.*")
    until = datetime.fromisoformat(waiver.until)
    assert until - datetime.fromisoformat(waiver.given_at) == timedelta(days=7)
    assert told == {
        "waiver_id": waiver.waiver_id,
        "run_id": "r1",
        "until": waiver.until,
        "next": told["next"],
    }
    assert "clear the task judge" in told["next"]


def test_a_retry_gives_the_same_waiver(waive: Waive, local_store: LocalStore, kim: Signer) -> None:
    """A try that was cut after the signature leaves one waiver, not two."""
    assert waive() == waive()
    assert len(read_waivers(local_store, [kim.approver])) == 1
    assert [entry.kind for entry in read_history(local_store)].count("waiver") <= 1


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"who": None}, WaiverRefused, "expected a person who triggered this"),
        ({"key": ""}, ConfigError, "gate.approver_key_file: expected the file"),
        ({"key": "/nowhere.pem"}, KeyUnusable, "/nowhere.pem"),
        ({"run_id": "r9"}, ObjectNotFound, "r9"),
        ({"checks": ["sice"]}, WaiverRefused, "found sice. Those that keep it from PASS: none"),
        ({"checks": ["size", "latency.arm"]}, WaiverRefused, "found latency.arm"),
        ({"checks": ["champion"]}, WaiverRefused, "Nobody can waive"),
        ({"profile": "nonsense"}, ConfigError, "expected a profile of"),
        ({"at": NOW - timedelta(days=8)}, WaiverRefused, "expected an end after now"),
    ],
)
def test_what_is_refused(
    waive: Waive,
    local_store: LocalStore,
    kim: Signer,
    changes: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    """Nothing is signed without a person, a key, a judged run, checks of its report, and time left."""
    with pytest.raises(error) as caught:
        waive(**changes)
    assert words in str(caught.value)
    assert read_waivers(local_store, [kim.approver]) == ()


def test_a_key_that_is_no_approvers_signs_nothing(
    waive: Waive, local_store: LocalStore, kim: Signer, tmp_path: Path
) -> None:
    """A key file of somebody who is not in approvers.toml is refused."""
    other = signer(tmp_path, "other")
    with pytest.raises(WaiverRefused):
        waive(key=str(other.file))
    assert read_waivers(local_store, [kim.approver, other.approver]) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("run_id", ""),
        ("checks", []),
        ("checks", "size"),
        ("checks", ["size"] * 21),
        ("why", "too short"),
        ("why", "x" * 501),
        ("days", 0),
        ("days", 31),
        ("days", 1.5),
        ("profile", "nonsense"),
    ],
)
def test_the_form_refuses_what_no_waiver_may_be(field: str, value: Any) -> None:
    """Airflow itself refuses the run before anything starts."""
    with pytest.raises(ValidationError):
        validate(value, waiving.waiver_form()[field].schema)
