"""Wait for a paid tuning job without a worker, as for a training job.

Rules: those of ``training_trigger``; here a job is a tuning job, and stopping it stops its trials.
"""

from typing import Any

from safety_tasks.orchestration.clients import aws_client
from safety_tasks.orchestration.training_trigger import OVERDUE, TrainingJobTrigger
from safety_tasks.train.tuning.job import describe, stop

__all__ = ["OVERDUE", "SearchTrigger"]


class SearchTrigger(TrainingJobTrigger):
    """Fires once, with the tuning job's name and its last status, or ``Overdue``."""

    def _look(self) -> Any:
        self._client = self._client or aws_client("sagemaker")
        return describe(self._client, self.name)

    def _stop(self) -> None:
        stop(aws_client("sagemaker"), self.name)
