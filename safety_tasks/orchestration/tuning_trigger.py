"""Wait for a paid tuning job without a worker, as for a training job.

Rules: those of ``training_trigger``; here a job is a tuning job, and stopping it stops its trials.
"""

import asyncio
from typing import Any, Final

from safety_tasks.orchestration.clients import aws_client
from safety_tasks.orchestration.training_trigger import OVERDUE, TrainingJobTrigger
from safety_tasks.train.tuning.job import describe, stop

__all__ = ["OVERDUE", "SearchTrigger"]
_PAUSES_S: Final = (1.0, 3.0, None)


class SearchTrigger(TrainingJobTrigger):
    """Fires once, with the tuning job's name and its last status, or ``Overdue``."""

    async def on_kill(self) -> None:
        """Stop the job, unless the task still waits: then another triggerer has taken the trigger over."""
        try:
            if await asyncio.to_thread(self._task_waits):
                self.log.info("job %s goes on: its task waits in another triggerer", self.name)
                return
        except Exception as problem:  # not known: Airflow calls this when a person ended the task
            self.log.warning("the state of job %s's task is not known: %s", self.name, problem)
        for pause_s in _PAUSES_S:
            try:
                await asyncio.to_thread(lambda: stop(aws_client("sagemaker"), self.name))
            except Exception as problem:
                self.log.error(
                    "job %s is not stopped and its trials may be billed: %s. Stop it on its console page.",
                    self.name,
                    problem,
                )
                if pause_s is not None:
                    await asyncio.sleep(pause_s)
            else:
                self.log.info("job %s is stopped, since its task was ended by hand", self.name)
                return

    def _look(self) -> Any:
        self._client = self._client or aws_client("sagemaker")
        return describe(self._client, self.name)
