"""The task ``train``: in the worker, or as a paid job that is waited for without one.

Rules: submitting twice, in whatever way a try was cut, takes up the job that is there; only ``Completed`` is success;
the wait is as long as the job may take and some more, then the job is stopped: nothing is billed unseen; a task that is
ended by hand stops its job; how it went, the reason of a failure and the job's last lines stand in the task's log.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.errors import CloudError, JobFailed, SafetyTasksError
from safety_tasks.orchestration.clients import aws_client
from safety_tasks.orchestration.links import TrainingJobLink
from safety_tasks.orchestration.paid_job import PaidJobOperator
from safety_tasks.orchestration.runtime import runtime

if TYPE_CHECKING:
    from safety_tasks.records.training import RunPlan, TrainingRun
    from safety_tasks.train.sagemaker.job_state import JobState

_MARGIN_S: Final = (
    1800.0  # to fetch the image, to begin and to upload, which the job's own limit leaves out
)
_LAST_LINES: Final = 50


class TrainOperator(PaidJobOperator):
    """Train the planned run; the result is the finished run's record.

    Args:
        plan: the ``RunPlan`` as a dict, which says where.
        validation: the version's ``ValidationReport`` as a dict.
        poll_s: seconds between two looks at a paid job.
    """

    template_fields = ("plan", "validation")
    operator_extra_links = (TrainingJobLink(),)

    def __init__(self, *, plan: Any, validation: Any, poll_s: float = 30.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan, self.validation, self.poll_s = plan, validation, poll_s
        self._killed = False

    def execute(self, context: Mapping[str, Any]) -> Any:
        """Train here, or submit and wait."""
        from safety_tasks.orchestration import stages
        from safety_tasks.records.training import TrainingRun

        if self._planned().backend == "local":
            return stages.train(context, self.plan, self.validation)
        try:
            found = self._submit()
        except JobFailed:
            self._log_last_lines()
            raise
        if isinstance(found, TrainingRun):
            return found.to_dict()
        self.log.info("%s", found.line())
        client = aws_client("sagemaker")
        self._note_job(context, TrainingJobLink(), found.name, client)
        if self._killed:  # on_kill came too early to find it
            self._stop(client)
            raise JobFailed(f"training job {found.name}: stopped, since its task was ended")
        if found.ended:
            return self.collect(context)
        return self._wait(found)

    def collect(self, context: Mapping[str, Any], event: Mapping[str, Any] | None = None) -> Any:
        """Take in what the job left; go on waiting if it has not ended.

        Args:
            context: of the task.
            event: what the trigger said; None: nothing, look.

        Raises:
            JobFailed: it ended without a result, or takes longer than it may and is stopped.
            CloudError: AWS did not answer; the next try takes the job up.
        """
        from safety_tasks.orchestration.training_trigger import OVERDUE
        from safety_tasks.train.sagemaker import verb
        from safety_tasks.train.sagemaker.job import describe
        from safety_tasks.train.sagemaker.job_state import require_no_failure

        settings, store = runtime()
        client = aws_client("sagemaker")
        planned = self._planned()
        state = describe(client, verb.job_of_run(store, planned.run_id))
        self.log.info("%s", state.line())
        if not state.ended and event is not None and event["status"] == OVERDUE:
            self._log_last_lines()
            self._stop(client)
            raise JobFailed(
                f"training job {state.name}: expected it to end within {state.allowed_s + _MARGIN_S:.0f} s, found "
                f"{state.status}. It is stopped. Raise sagemaker.max_run_s, or look at its log, and trigger a new run."
            )
        if not state.ended:
            return self._wait(state)
        self._log_last_lines()
        require_no_failure(state)
        version, validation = self._inputs(store)
        run: TrainingRun = verb.collect_training(
            store, state, version, validation, planned.recipe, planned.run_id, settings, _folder()
        )
        return run.to_dict()

    def on_kill(self) -> None:
        """Stop the job: the task was ended by hand, or its worker is shut down."""
        self._killed = True
        if self._planned().backend == "local":
            return
        try:
            self._stop(aws_client("sagemaker"))
        except SafetyTasksError as problem:
            self.log.error("the job is not stopped and may be billed until its limit: %s", problem)

    def _submit(self) -> "TrainingRun | JobState":
        from safety_tasks.train.sagemaker import verb

        settings, store = runtime()
        planned = self._planned()
        version, validation = self._inputs(store)
        return verb.submit_training(
            store,
            version,
            validation,
            planned.recipe,
            planned.run_id,
            settings,
            aws_client("sagemaker"),
            _folder(),
        )

    def _wait(self, state: "JobState") -> Any:
        from safety_tasks.orchestration.training_trigger import TrainingJobTrigger

        self._defer_to(TrainingJobTrigger, state.name, self.poll_s, state.allowed_s + _MARGIN_S)

    def _stop(self, client: Any) -> None:
        from safety_tasks.train.sagemaker import verb

        _, store = runtime()
        verb.stop_training(store, self._planned().run_id, client)

    def _log_last_lines(self) -> None:
        from safety_tasks.cloud.links import log_url
        from safety_tasks.train.sagemaker import verb
        from safety_tasks.train.sagemaker.job import tail_log

        try:
            _, store = runtime()
            name = verb.job_of_run(store, self._planned().run_id)
            client = aws_client("logs")
            for line in tail_log(client, name, _LAST_LINES):
                self.log.info("%s | %s", name, line)
            self.log.info("all of it: %s", log_url("training", name, client.meta.region_name))
        except (CloudError, JobFailed) as problem:
            self.log.warning("the job's last lines are not shown: %s", problem)

    def _planned(self) -> "RunPlan":
        from safety_tasks.records.training import RunPlan

        return RunPlan.model_validate(self.plan)

    def _inputs(self, store: Any) -> Any:
        from safety_tasks.records.dataset import ValidationReport
        from safety_tasks.store.manifests import read_version

        version = read_version(store, self._planned().dataset_version)
        return version, ValidationReport.model_validate(self.validation)


def _folder() -> Path:
    from safety_tasks.config import work_dir

    return work_dir() / "sagemaker"
