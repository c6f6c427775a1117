"""The task ``approve``: a person reads the card and says yes or no before ``stable``.

Rules: nobody is asked where neither policy nor form want it, nor about what the gate refuses; an answer counts for the
report whose card was shown, by digest, and only if Airflow says who gave it; it is recorded before the task ends, and
one that the store does not take yet waits outside a worker; a no stands, and so does no answer in time, until the task
is cleared and asks again. Both are red: a run that published nothing must not look like one that did.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from airflow.providers.standard.exceptions import HITLRejectException
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import Param
from airflow.sdk.exceptions import TaskAwaitingInput

from safety_tasks.errors import GateRefused, ObjectNotFound, StoreError, StoreUnsafe
from safety_tasks.orchestration.forms import ASK
from safety_tasks.orchestration.runtime import runtime

if TYPE_CHECKING:
    from safety_tasks.records.gate import Approval, GateReport, GateReportRef
    from safety_tasks.records.training import RunPlan
    from safety_tasks.store.base import ObjectStore

_NOTE_CHARACTERS: Final = 500
_RECORDED_EVERY: Final = timedelta(minutes=1)
_RECORDINGS: Final = 24 * 60  # then the task fails, and its next try asks again
_CANNOT_ASK: Final = (
    "Nothing was published. Airflow shows one card a DAG run: read this report on the page of gate reports, then "
    "safety-tasks gate approve RUN --key FILE, and safety-tasks publish RUN."
)


class ApproveOperator(ApprovalOperator):
    """Ask a person before ``stable``; the result is the reference of the report to publish by.

    Args:
        plan: the ``RunPlan`` as a dict, which says where to publish.
        ref: the ``GateReportRef`` as a dict, of a report that the gate lets through.
    """

    template_fields = ("plan", "ref")

    def __init__(self, *, plan: Any, ref: Any, **kwargs: Any) -> None:
        note = Param("", "Kept in the report.", "task", type="string", title="Note")
        kwargs["params"] = {"note": note}  # not the form's fields, which Airflow hands to each task
        super().__init__(subject="Publish to stable?", fail_on_reject=True, **kwargs)
        self.plan, self.ref = plan, ref

    def execute(self, context: Any) -> Any:
        """Go on at once where nobody needs to say yes; else show the card and wait.

        Raises:
            GateRefused: the gate refuses the candidate, somebody said no already, or Airflow would show another card.
        """
        from safety_tasks.gate import enforce_gate
        from safety_tasks.gate.card import card_markdown

        settings, store = runtime()
        planned, ref = self._given()
        report = enforce_gate(store, ref, planned.channel)
        asked = context["params"].get("approval") == ASK
        if planned.channel == "canary" or not (report.profile.approval_before_stable or asked):
            why = (
                "canary needs none" if planned.channel == "canary" else "the profile asks for none"
            )
            self.log.info("no approval of run %s: %s", report.run_id, why)
            return ref.to_dict()
        _require_no_rejection(store, report)
        self.subject = f"Publish run {report.run_id} to stable? Report {ref.report.sha256[:12]}"
        self.body = f"{card_markdown(report, 'en')}\n\n---\n\n{card_markdown(report, 'ko')}"
        self.response_timeout = timedelta(hours=settings.gate.approval_timeout_h)
        _require_own_card(self, context["ti"].id)
        self.log.info("waiting for %s: %s", self.response_timeout, self.subject)
        try:
            return super().execute(context)
        except TaskAwaitingInput as waiting:
            waiting.method_name, waiting.kwargs = "take_answer", {"shown": ref.to_dict()}
            raise

    def take_answer(
        self, context: Any, event: Mapping[str, Any], shown: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Take what a person answered, or that nobody did in time.

        Args:
            context: of the task.
            event: the answer as Airflow keeps it, with the user that it let in.
            shown: the reference of the report whose card was shown.

        Raises:
            GateRefused: it is a no, there is none, it is nobody's, or another report is to be published by now.
        """
        from safety_tasks.records.gate import Approval, GateReportRef

        _, ref = self._given()
        if ref != GateReportRef.model_validate(shown):
            raise GateRefused(
                f"run {ref.run_id}: expected an answer about report {ref.report.sha256[:12]}, found one about an "
                f"earlier report: the run was judged again meanwhile. {_CANNOT_ASK}"
            )
        if event.get("error_type") == "timeout" or event.get("timedout"):
            at = datetime.now(UTC).isoformat(timespec="seconds")
            nobody = Approval(decision="timed_out", who="nobody", at=at)
            return self.record(context, shown, nobody.to_dict())
        decision: Literal["approved", "rejected"] = "approved"
        try:
            self.execute_complete(context, dict(event))
        except HITLRejectException:
            decision = "rejected"
        user = event["responded_by_user"]
        if not user:
            raise GateRefused(
                f"run {ref.run_id}: expected an answer of somebody who is logged in to Airflow, found one of nobody. "
                "It does not count, and nothing was published: clear approve to be asked again."
            )
        note = " ".join(str((event["params_input"] or {}).get("note") or "").split())
        answer = Approval(
            decision=decision,
            who=user["name"] if user["name"] == user["id"] else f"{user['name']} ({user['id']})",
            at=event["responded_at"].astimezone(UTC).isoformat(timespec="seconds"),
            note=note[:_NOTE_CHARACTERS],
        )
        return self.record(context, shown, answer.to_dict())

    def record(
        self,
        context: Any,
        shown: Mapping[str, Any],
        answer: Mapping[str, Any],
        event: Any = None,
        tries: int = 1,
    ) -> dict[str, Any]:
        """Record an answer and go on, or wait until the store takes it.

        Args:
            context: of the task.
            shown: the reference of the report whose card was shown.
            answer: the ``Approval`` as a dict.
            event: what ended the wait.
            tries: how often this was tried, with this one.

        Raises:
            GateRefused: it is no approval.
        """
        from safety_tasks.gate import record_approval
        from safety_tasks.records.gate import Approval, GateReportRef

        del context, event
        _, store = runtime()
        approval = Approval.model_validate(answer)
        try:
            decided = record_approval(store, GateReportRef.model_validate(shown), approval)
        except (ObjectNotFound, StoreUnsafe):
            raise
        except StoreError as problem:
            if tries >= _RECORDINGS:
                raise
            self.log.warning(
                "%s by %s: not recorded yet, again in a minute: %s",
                approval.decision,
                approval.who,
                problem,
            )
            self.defer(
                trigger=TimeDeltaTrigger(_RECORDED_EVERY),
                method_name="record",
                kwargs={"shown": dict(shown), "answer": dict(answer), "tries": tries + 1},
            )
        if approval.decision == "approved":
            self.log.info("run %s: %s", decided.run_id, _told(approval))
            return decided.to_dict()
        raise GateRefused(f"run {decided.run_id}: {_told(approval)}")

    def _given(self) -> "tuple[RunPlan, GateReportRef]":
        from safety_tasks.records.gate import GateReportRef
        from safety_tasks.records.training import RunPlan

        return RunPlan.model_validate(self.plan), GateReportRef.model_validate(self.ref)


def _require_no_rejection(store: "ObjectStore", report: "GateReport") -> None:
    """Raise if somebody said no to this very report."""
    from safety_tasks.gate import find_gate_report, read_gate_report

    latest = read_gate_report(store, find_gate_report(store, report.run_id))
    said = latest.approval
    same = latest.model_copy(update={"approval": None}) == report
    if same and said is not None and said.decision == "rejected":
        raise GateRefused(f"run {report.run_id}: {_told(said)}")


def _require_own_card(operator: ApproveOperator, ti_id: Any) -> None:
    """Raise if Airflow would show another report's card than the operator's.

    Airflow keeps the first question of a task in a run, also after it was cleared (apache/airflow#73235).
    """
    from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    asked: Any = SUPERVISOR_COMMS.send(
        CreateHITLDetailPayload(
            ti_id=ti_id,
            options=operator.options,
            subject=operator.subject,
            body=operator.body,
            params=operator.serialized_params,
            assigned_users=[],
        )
    )
    if (asked.subject, asked.body) != (operator.subject, operator.body):
        raise GateRefused(
            f"expected Airflow to ask: {operator.subject!r}, found that it would show the card of an earlier report of "
            f"this DAG run: {asked.subject!r}. {_CANNOT_ASK}"
        )


def _told(approval: "Approval") -> str:
    """Return a decision as a sentence, and what to do after it."""
    note = f": {approval.note}" if approval.note else ""
    match approval.decision:
        case "approved":
            return f"approved by {approval.who} at {approval.at}{note}"
        case "rejected":
            return (
                f"rejected by {approval.who} at {approval.at}{note}. Nothing was published, and it stands: train "
                "another candidate, or talk to whoever said no"
            )
        case "timed_out":
            return f"nobody said yes in time, by {approval.at}. Nothing was published: clear approve to be asked again"
