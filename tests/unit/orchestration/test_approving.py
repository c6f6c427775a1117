"""The task ``approve`` by itself: what it asks, whose answer counts and about what, and a store that is down."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk.exceptions import TaskAwaitingInput, TaskDeferred
from support.toy_runs import toy_dataset, toy_export, toy_pass
from toy_models import strong_model

from safety_tasks.errors import GateRefused, ObjectNotFound, StoreError
from safety_tasks.gate import find_gate_report, read_gate_report
from safety_tasks.gate.history import read_history
from safety_tasks.orchestration import approving
from safety_tasks.orchestration.approving import ApproveOperator
from safety_tasks.profiles import load_recipe
from safety_tasks.records.gate import Approval, GateReportRef
from safety_tasks.records.training import RunPlan
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore


class Questions:
    """What Airflow keeps of a task's question: as Airflow does, the first one, whatever is asked later."""

    def __init__(self) -> None:
        self.first: Any = None

    def send(self, msg: Any) -> Any:
        """Keep a question; return what is kept."""
        self.first = self.first or msg
        return self.first


@dataclass
class Task:
    """The task ``approve`` of a run over the drawn dataset, whose report passes."""

    store: LocalStore
    ref: GateReportRef
    questions: Questions
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    form: dict[str, str] = field(default_factory=lambda: {"approval": "ask"})

    def operator(self, ref: GateReportRef | None = None) -> ApproveOperator:
        """Make the operator, as each try and each resumption does."""
        plan = RunPlan(
            run_id="r1",
            dataset_version=self.ref.run_id,
            recipe=load_recipe("mini"),
            profile="toy",
            channel="stable",
            fingerprint="0" * 64,
        )
        return ApproveOperator(
            task_id="approve", plan=plan.to_dict(), ref=(ref or self.ref).to_dict()
        )

    def ask(self, ref: GateReportRef | None = None) -> TaskAwaitingInput:
        """Run a try that waits for a person; return what it waits with."""
        with pytest.raises(TaskAwaitingInput) as caught:
            self.operator(ref).execute(self.context)
        return caught.value

    def answer(self, option: str, *, ref: GateReportRef | None = None, **changes: Any) -> Any:
        """Go on after an answer about the report that was asked about."""
        event = {
            "chosen_options": [option],
            "params_input": {"note": "seen"},
            "responded_at": self.at,
            "responded_by_user": {"id": "kim", "name": "kim"},
            "timedout": False,
        } | changes
        kwargs = {"event": event, "shown": self.ref.to_dict()}
        return self.operator(ref).resume_execution("take_answer", kwargs, self.context)

    @property
    def context(self) -> Any:
        """What the task sees."""
        instance = SimpleNamespace(id=UUID(int=7))
        return {"params": self.form, "ti": instance, "task_instance": instance}

    @property
    def decided(self) -> Approval | None:
        """What the run's latest report says."""
        return read_gate_report(self.store, find_gate_report(self.store, "r1")).approval


@pytest.fixture
def task(local_store: LocalStore, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Task:
    """Give the task."""
    from airflow.sdk.execution_time import task_runner

    version = toy_dataset(local_store)
    ref = toy_pass(local_store, version, toy_export(local_store, version, "r1", strong_model()))
    made = Task(local_store, ref, Questions())
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", made.questions, raising=False)
    monkeypatch.setattr(approving, "runtime", lambda: (settings, local_store))
    return made


def test_the_question_holds_the_card_and_waits_as_long_as_set(task: Task) -> None:
    """Run and report are named, the card stands in both languages, and 72 hours are given."""
    waiting = task.ask()
    assert waiting.timeout == timedelta(hours=72)
    assert waiting.method_name == "take_answer"
    assert waiting.kwargs == {"shown": task.ref.to_dict()}
    asked = task.questions.first
    assert asked.subject == f"Publish run r1 to stable? Report {task.ref.report.sha256[:12]}"
    assert "PASS" in asked.body
    assert "통과" in asked.body
    assert asked.defaults is None
    assert set(asked.params) == {"note"}


def test_nobody_is_asked_unless_policy_or_form_want_it(task: Task) -> None:
    """The toy policy wants no approval: without the form's word the report goes on as it is, and nothing was asked."""
    task.form = {}
    assert task.operator().execute(task.context) == task.ref.to_dict()
    assert task.questions.first is None


def test_a_yes_goes_on_with_a_report_that_says_so(task: Task) -> None:
    """Who, when and the note are in the new report, which the task hands on."""
    ref = GateReportRef.model_validate(task.answer("Approve"))
    assert ref != task.ref
    assert read_gate_report(task.store, ref).approval == Approval(
        decision="approved", who="kim", at=task.at.isoformat(), note="seen"
    )
    assert ref == find_gate_report(task.store, "r1")


def test_a_name_that_is_not_the_login_is_shown_with_it(task: Task) -> None:
    """Where Airflow's users have numbers, the report names both."""
    task.answer("Approve", responded_by_user={"id": "7", "name": "Kim"})
    assert task.decided is not None
    assert task.decided.who == "Kim (7)"


@pytest.mark.parametrize("option", ["Approve", "Reject"])
def test_an_answer_of_nobody_does_not_count(task: Task, option: str) -> None:
    """What no login stands behind, such as an answer of the task itself, is neither a yes nor recorded."""
    with pytest.raises(GateRefused, match="found one of nobody"):
        task.answer(option, responded_by_user=None)
    assert task.decided is None


def test_a_form_field_cannot_say_who(task: Task) -> None:
    """Fields beside the note are refused, and the note's words are only a note."""
    with pytest.raises(ValueError, match="does not match params"):
        task.answer("Approve", params_input={"note": "", "who": "lee"})
    assert task.decided is None
    task.answer("Approve", params_input={"note": "approved by lee\n" + "x" * 900})
    assert task.decided is not None
    assert task.decided.who == "kim"
    assert task.decided.note.startswith("approved by lee x")
    assert len(task.decided.note) == 500


def test_a_no_is_recorded_red_and_stands(task: Task) -> None:
    """The message says who and why; a later try does not ask again."""
    with pytest.raises(GateRefused, match=r"run r1: rejected by kim at [0-9T:+-]+: seen\."):
        task.answer("Reject")
    assert task.decided is not None
    assert task.decided.decision == "rejected"
    with pytest.raises(GateRefused, match="rejected by kim"):
        task.operator().execute(task.context)
    assert task.questions.first is None


@pytest.mark.parametrize(
    "event",
    [
        {"error": "too late", "error_type": "timeout"},
        {"chosen_options": ["Approve"], "timedout": True, "responded_by_user": None},
    ],
)
def test_no_answer_in_time_is_recorded_red_and_asked_again(
    task: Task, event: dict[str, Any]
) -> None:
    """Time that ran out approves nothing, whatever the default; clearing the task asks the same question again."""
    with pytest.raises(GateRefused, match="nobody said yes in time"):
        task.answer("Approve", **event)
    assert task.decided is not None
    assert (task.decided.decision, task.decided.who) == ("timed_out", "nobody")
    task.ask()
    task.answer("Approve")
    assert task.decided.decision == "approved"


def test_an_answer_about_an_earlier_report_does_not_count(task: Task) -> None:
    """The run was judged again while a person read: what they said is not about what would be published."""
    again = task.ref.model_copy(
        update={"report": task.ref.report.model_copy(update={"sha256": "f" * 64})}
    )
    with pytest.raises(GateRefused, match="the run was judged again meanwhile"):
        task.answer("Approve", ref=again)
    assert task.decided is None


def test_nobody_is_shown_an_earlier_card(task: Task, rejudged: GateReportRef) -> None:
    """Airflow would show the card of the DAG run's first report: then nobody is asked, and the way out is named."""
    task.ask()
    with pytest.raises(GateRefused, match="safety-tasks gate approve RUN"):
        task.operator(rejudged).execute(task.context)


def test_an_answer_waits_for_a_store_that_is_down(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept in Airflow, outside a worker, and recorded once the store is back: the person answers once."""
    put = LocalStore.put

    def down(*given: Any, **named: Any) -> str:
        raise StoreError("no route")

    monkeypatch.setattr(LocalStore, "put", down)
    with pytest.raises(TaskDeferred) as caught:
        task.answer("Approve")
    waiting = caught.value
    with pytest.raises(TaskDeferred) as caught:
        task.operator().resume_execution(
            waiting.method_name, {**(waiting.kwargs or {}), "event": "moment"}, task.context
        )
    monkeypatch.setattr(LocalStore, "put", put)
    assert task.decided is None
    waiting = caught.value
    assert waiting.kwargs is not None
    assert waiting.kwargs["tries"] == 3
    task.operator().resume_execution(waiting.method_name, waiting.kwargs, task.context)
    assert task.decided is not None
    assert (task.decided.who, task.decided.at) == ("kim", task.at.isoformat())
    assert [entry.kind for entry in read_history(task.store)] == ["approval", "verdict"]


def test_an_answer_waits_a_day_at_most(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the store's error is the task's, and so it is at once where waiting cannot help."""
    for error, tries in ((StoreError, 24 * 60), (ObjectNotFound, 1)):

        def fail(*given: Any, error: type[StoreError] = error) -> GateReportRef:
            raise error("gone")

        monkeypatch.setattr("safety_tasks.gate.approval.record_approval", fail)
        answer = Approval(decision="approved", who="kim", at=task.at.isoformat()).to_dict()
        with pytest.raises(error):
            task.operator().record(task.context, task.ref.to_dict(), answer, tries=tries)


@pytest.fixture
def rejudged(task: Task) -> GateReportRef:
    """Judge the run again; give the new report."""
    from safety_tasks.gate.keeping import keep_report

    report = read_gate_report(task.store, task.ref)
    later = report.model_copy(update={"at": (task.at + timedelta(seconds=9)).isoformat()})
    return keep_report(task.store, later, kind="verdict", at=datetime.now(UTC))
