"""``waive_gate_check``: from a red run to a release that rests on a signed waiver, and what the form refuses."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.gated_plant import GatedPlant, gate, people
from support.signed_waivers import Signer, signer

from safety_tasks.gate.waivers import read_waivers
from safety_tasks.records.gate import Verdict
from safety_tasks.records.waiver import ProvedWaiver

__all__ = ["gate", "people"]
pytestmark = pytest.mark.slow
WHY = "the larger file fits the new gateways"


@pytest.fixture
def kim(plant: pytest.MonkeyPatch, config_folder: Path, tmp_path: Path) -> Signer:
    """Give an approver whose key the workers hold."""
    made = signer(tmp_path, "kim")
    config = tmp_path / "config"
    shutil.copytree(config_folder, config)
    with (config / "approvers.toml").open("a", encoding="utf-8") as stream:
        stream.write(made.line + "\n")
    plant.setenv("SAFETY_TASKS_CONFIG_DIR", str(config))
    plant.setenv("SAFETY_TASKS_GATE_APPROVER_KEY_FILE", str(made.file))
    return made


def waive(dag: Any, **form: Any) -> tuple[str, Any]:
    """Fill the form; return the task's state and what it returned."""
    asked = {"checks": ["size"], "why": WHY, "days": 3, "profile": "impossible"} | form
    run = dag.test(run_conf=asked)
    (task,) = run.get_task_instances()
    return str(task.state), task.xcom_pull(task_ids="waive")


def test_a_waiver_opens_the_gate_for_one_run_and_stays_on_record(
    dag_bag: Any, kim: Signer, gate: Callable[..., GatedPlant]
) -> None:
    """A red run is waived by whoever triggers the form, judged again, and released; the report names the waiver."""
    plant = gate("impossible")
    assert plant.run()["enforce_gate"] == "failed"
    assert [check.name for check in plant.report.refusing] == ["size"]

    dag = dag_bag.dags["waive_gate_check"]
    state, told = waive(dag, run_id=plant.run_id)
    assert state == "success"
    assert f"safety-tasks gate judge {plant.run_id}" in told["next"]
    (given,) = read_waivers(plant.store, [kim.approver])
    assert isinstance(given, ProvedWaiver)
    assert (given.waiver.waiver_id, given.approver) == (told["waiver_id"], "kim")
    assert (given.waiver.who, given.waiver.why, given.waiver.checks) == ("dag_test", WHY, ("size",))
    assert given.waiver.profile == "impossible"

    states = plant.run()
    assert set(states.values()) == {"success"}, states
    report = plant.report
    assert report.verdict is Verdict.PASS
    assert [(c.name, c.verdict, c.waived_by) for c in report.checks if c.waived_by] == [
        ("size", Verdict.FAIL, told["waiver_id"])
    ]
    assert [waiver.waiver_id for waiver in report.waivers] == [told["waiver_id"]]
    assert plant.served is not None


def test_what_cannot_be_waived_gives_no_waiver(
    dag_bag: Any, kim: Signer, gate: Callable[..., GatedPlant], plant: pytest.MonkeyPatch
) -> None:
    """A check that guards the gate, one that is not in the report, an unknown run, no key: red, nothing kept."""
    made = gate("impossible")
    assert made.run()["enforce_gate"] == "failed"
    dag = dag_bag.dags["waive_gate_check"]
    for form in (
        {"checks": ["self_test"]},
        {"checks": ["size", "latency.typo"]},
        {"run_id": "unknown"},
    ):
        assert waive(dag, **({"run_id": made.run_id} | form)) == ("failed", None)
    plant.setenv("SAFETY_TASKS_GATE_APPROVER_KEY_FILE", "")
    assert waive(dag, run_id=made.run_id) == ("failed", None)
    assert read_waivers(made.store, [kim.approver]) == ()
