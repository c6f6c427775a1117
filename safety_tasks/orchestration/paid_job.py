"""What every task shares that waits for a paid job without a worker.

Rules: the wait ends when the trigger says so, and Airflow's own backstop comes after it; where no triggerer looked for
all that time, the task looks itself instead of failing unseen.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airflow.sdk import BaseOperator
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, TriggerFailureReason

from safety_tasks.orchestration.links import PaidJobLink

_BACKSTOP_S: Final = 3600.0  # after that Airflow ends the wait, where no triggerer runs


class PaidJobOperator(BaseOperator):
    """A task that may wait for a paid job; a subclass says how one is submitted, taken in and stopped."""

    def collect(self, context: Mapping[str, Any], event: Mapping[str, Any] | None = None) -> Any:
        """Take in what the job left; go on waiting if it has not ended.

        Args:
            context: of the task.
            event: what the trigger said; None: nothing, look.
        """
        raise NotImplementedError

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any
    ) -> Any:
        """Go on after the wait; where no triggerer looked for all that time, look now."""
        reason = (next_kwargs or {}).get("error")
        if next_method == TRIGGER_FAIL_REPR and reason == TriggerFailureReason.TRIGGER_TIMEOUT:
            from safety_tasks.orchestration.training_trigger import OVERDUE

            return self.collect(context, {"status": OVERDUE})
        return super().resume_execution(next_method, next_kwargs, context)

    def _note_job(
        self, context: Mapping[str, Any], link: PaidJobLink, name: str, client: Any
    ) -> None:
        """Leave the job's name for its link."""
        context["ti"].xcom_push(
            key=link.key, value={"name": name, "region": client.meta.region_name}
        )

    def _defer_to(self, trigger: type[Any], name: str, poll_s: float, wait_s: float) -> None:
        """Give the worker back until the trigger fires, which it does after ``wait_s`` at the latest."""
        until = datetime.now(UTC) + timedelta(seconds=wait_s)
        self.defer(
            trigger=trigger(name, until.isoformat(), poll_s),
            method_name="collect",
            timeout=timedelta(seconds=wait_s + _BACKSTOP_S),
        )
