"""The task ``search``: in the worker, or as a paid tuning job that is waited for without one.

Rules: a search here goes on where a killed one was; a paid one is waited for as long as its time allows and some more,
then it is stopped; a task that is ended by hand stops its job; asking twice pays once.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.errors import JobFailed, SafetyTasksError
from safety_tasks.orchestration.clients import aws_client
from safety_tasks.orchestration.links import TuningJobLink
from safety_tasks.orchestration.paid_job import PaidJobOperator
from safety_tasks.orchestration.runtime import runtime
from safety_tasks.orchestration.tuning import inputs_of, planned_of

if TYPE_CHECKING:
    from safety_tasks.train.tuning.job import SearchState

_MARGIN_S: Final = 1800.0  # the service ends its trials after the limit, and they upload
_TO_STOP_S: Final = 900.0


class SearchOperator(PaidJobOperator):
    """Search as planned; the result is the artifact of the finished search's record.

    Args:
        plan: the ``TunePlan`` as a dict, which says where.
        validation: the version's ``ValidationReport`` as a dict.
        preflight: the ``Preflight`` as a dict, without which nothing is paid for.
        poll_s: seconds between two looks at a paid job.
    """

    template_fields = ("plan", "validation", "preflight")
    operator_extra_links = (TuningJobLink(),)

    def __init__(
        self, *, plan: Any, validation: Any, preflight: Any, poll_s: float = 60.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.plan, self.validation, self.preflight = plan, validation, preflight
        self.poll_s = poll_s
        self._killed = False

    def execute(self, context: Mapping[str, Any]) -> Any:
        """Search here, or submit and wait."""
        if planned_of(self.plan).backend == "local":
            return self._here(context)
        found = self._submit()
        self.log.info("%s", found.line())
        client = aws_client("sagemaker")
        self._note_job(context, TuningJobLink(), found.name, client)
        if self._killed:  # on_kill came too early to find it
            self._stop()
            raise JobFailed(f"tuning job {found.name}: stopped, since its task was ended")
        return (
            self.collect(context) if found.ended else self._wait(found, found.limit_s + _MARGIN_S)
        )

    def collect(self, context: Mapping[str, Any], event: Mapping[str, Any] | None = None) -> Any:
        """Take in what the job left; go on waiting if it has not ended.

        Args:
            context: of the task.
            event: what the trigger said; None: nothing, look.

        Raises:
            JobFailed: it ended without a result, or does not even end when it is stopped.
        """
        from safety_tasks.orchestration.tuning_trigger import OVERDUE
        from safety_tasks.train.tuning.job import describe
        from safety_tasks.train.tuning.results import keep_record
        from safety_tasks.train.tuning.sagemaker import collect_search, job_of_search

        _, store = runtime()
        planned, client = planned_of(self.plan), aws_client("sagemaker")
        state = describe(client, job_of_search(store, planned.tune_id))
        self.log.info("%s", state.line())
        if state.ended:
            return keep_record(store, collect_search(store, planned, state, client)).to_dict()
        if event is None or event["status"] != OVERDUE:
            return self._wait(state, state.limit_s + _MARGIN_S)
        if state.status == "Stopping":
            raise JobFailed(
                f"tuning job {state.name}: expected it to stop within {_TO_STOP_S:.0f} s, found Stopping. "
                "Look at its console page."
            )
        self._stop()
        return self._wait(state, _TO_STOP_S)

    def on_kill(self) -> None:
        """Stop the job: the task was ended by hand, or its worker is shut down."""
        self._killed = True
        if planned_of(self.plan).backend != "local":
            self._stop()

    def _here(self, context: Mapping[str, Any]) -> dict[str, Any]:
        from safety_tasks.store.stage_notes import timed
        from safety_tasks.train.tuning.local import search_locally
        from safety_tasks.train.tuning.results import keep_record

        settings, store = runtime()
        planned = planned_of(self.plan)
        version, validated = inputs_of(store, planned, self.validation)
        with timed(store, context["run_id"], "search"):
            result = search_locally(store, version, validated, planned, settings.train)
        return keep_record(store, result).to_dict()

    def _submit(self) -> "SearchState":
        from safety_tasks.config import work_dir
        from safety_tasks.train.tuning.preflight import Preflight
        from safety_tasks.train.tuning.sagemaker import submit_search

        settings, store = runtime()
        planned = planned_of(self.plan)
        version, validated = inputs_of(store, planned, self.validation)
        tried = Preflight.model_validate(self.preflight)
        folder = work_dir() / "sagemaker"
        client = aws_client("sagemaker")
        return submit_search(store, version, validated, planned, tried, settings, client, folder)

    def _wait(self, state: "SearchState", wait_s: float) -> Any:
        from safety_tasks.orchestration.tuning_trigger import SearchTrigger

        self._defer_to(SearchTrigger, state.name, self.poll_s, wait_s)

    def _stop(self) -> None:
        from safety_tasks.train.tuning.sagemaker import stop_search

        try:
            _, store = runtime()
            stop_search(store, planned_of(self.plan).tune_id, aws_client("sagemaker"))
        except SafetyTasksError as problem:
            self.log.error("the job is not stopped and its trials may be billed: %s", problem)
