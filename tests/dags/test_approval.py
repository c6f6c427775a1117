"""``retrain_detector`` before ``stable``: who said yes or no over Airflow's API, and that the report says so."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.airflow_people import People, meanwhile, sweep_timeouts
from support.gated_plant import GatedPlant, gate, people

from safety_tasks.gate import find_gate_report
from safety_tasks.gate.history import read_history

__all__ = ["gate", "people"]
pytestmark = pytest.mark.slow
Gate = Callable[..., GatedPlant]


def newest_event(asset: str) -> dict[str, Any]:
    """Return what the newest event of an asset carries."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = (
        select(AssetEvent.extra)
        .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        .where(AssetModel.name == asset)
        .order_by(AssetEvent.id.desc())
        .limit(1)
    )
    with create_session() as session:
        extra: dict[str, Any] = session.scalars(wanted).one()
        return extra


def test_approved(gate: Gate, people: People) -> None:
    """The card is shown; the login that answered, and when, stand in the report that the release names."""
    plant = gate()
    began = datetime.now(UTC).replace(microsecond=0)

    def decide(stop: threading.Event) -> dict[str, Any]:
        asked = people.question(stop)
        assert people.answer(asked, "viewer", "Approve", role="VIEWER").status_code == 403
        assert people.answer(asked, "kim", "Approve", "seen on camera 4\n ").status_code == 200
        assert people.answer(asked, "lee", "Reject").status_code == 409
        return asked

    with meanwhile(decide) as asked:
        states = plant.run()
    assert set(states.values()) == {"success"}, states
    assert plant.run_id in asked.result()["subject"]
    for word in ("PASS", "통과", plant.run_id, "smoke"):
        assert word in asked.result()["body"]
    approval = plant.report.approval
    assert approval is not None
    assert (approval.decision, approval.who) == ("approved", "kim")
    assert approval.note == "seen on camera 4"
    assert began <= datetime.fromisoformat(approval.at) <= datetime.now(UTC)
    assert plant.served is not None
    assert plant.served.gate_report == find_gate_report(plant.store, plant.run_id).report
    newest = read_history(plant.store, 1)[0]
    assert (newest.kind, newest.note) == ("approval", "approved by kim: seen on camera 4")


def test_rejected(gate: Gate, people: People) -> None:
    """A no is recorded with its reason, the run is red, and nothing is published."""
    plant = gate()

    def decide(stop: threading.Event) -> None:
        answer = people.answer(people.question(stop), "lee", "Reject", "camera 4 is being moved")
        assert answer.status_code == 200

    with meanwhile(decide):
        states = plant.run()
    assert (states["approve"], states["publish"]) == ("failed", "upstream_failed")
    approval = plant.report.approval
    assert approval is not None
    assert (approval.decision, approval.who) == ("rejected", "lee")
    assert approval.note == "camera 4 is being moved"
    assert plant.served is None


def test_nobody_answered_in_time(
    gate: Gate, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer within the set time is a no: recorded as such, the run is red, and nothing is published."""
    monkeypatch.setenv("SAFETY_TASKS_GATE_APPROVAL_TIMEOUT_H", "0.0001")
    plant = gate()

    def wait(stop: threading.Event) -> None:
        people.question(stop)
        time.sleep(0.5)
        sweep_timeouts()

    with meanwhile(wait):
        states = plant.run()
    assert (states["approve"], states["publish"]) == ("failed", "upstream_failed")
    approval = plant.report.approval
    assert approval is not None
    assert (approval.decision, approval.who) == ("timed_out", "nobody")
    assert plant.served is None


def test_the_form_asks_where_the_profile_does_not(gate: Gate, people: People) -> None:
    """``ask`` adds an approval to a profile that wants none."""
    plant = gate("easy")

    def decide(stop: threading.Event) -> None:
        assert people.answer(people.question(stop), "kim", "Approve").status_code == 200

    with meanwhile(decide):
        states = plant.run(approval="ask")
    assert set(states.values()) == {"success"}, states
    assert plant.report.approval is not None
    assert plant.served is not None


@pytest.mark.parametrize(
    ("profile", "channel", "form"),
    [("easy", "stable", {}), ("asking", "canary", {}), ("easy", "canary", {"approval": "ask"})],
)
def test_not_needed(gate: Gate, profile: str, channel: str, form: dict[str, str]) -> None:
    """Where the profile wants no approval, and before canary, nobody is waited for."""
    plant = gate(profile, channel)
    states = plant.run(**form)
    assert set(states.values()) == {"success"}, states
    assert plant.report.approval is None


def test_marking_the_task_by_hand_approves_nothing(gate: Gate) -> None:
    """Whoever marks approve as done has not approved: publish refuses."""
    plant = gate()
    states = plant.run(marked="approve")
    assert (states["approve"], states["publish"]) == ("success", "failed")
    assert plant.served is None


def test_what_the_gate_refuses_nobody_is_asked_about(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """A FAIL keeps its report, logs its card in both languages, and ends red before anybody could approve it."""
    plant = gate("impossible")
    with caplog.at_level("INFO", "safety_tasks"):
        states = plant.run(approval="ask")
    assert states == {
        "judge": "success",
        "enforce_gate": "failed",
        "approve": "upstream_failed",
        "publish": "upstream_failed",
    }
    assert plant.report.verdict.value == "FAIL"
    cards = [message for message in caplog.messages if plant.run_id in message]
    assert any("FAIL" in card for card in cards)
    assert any("불합격" in card for card in cards)
    assert plant.served is None
    event = newest_event("safety_gate_report")
    assert event["run_id"] == plant.run_id
    assert event["notification"]["title"] == f"FAIL: run {plant.run_id}"
