"""The trials of a tuning job, from the service's own summaries."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from safety_tasks.errors import CloudError
from safety_tasks.train.sagemaker.job import find
from safety_tasks.train.sagemaker.paid import paid_job
from safety_tasks.train.tuning.job import children
from safety_tasks.train.tuning.results import State, Trial
from safety_tasks.train.tuning.space import Value, parse_value

log = logging.getLogger("safety_tasks")
_STATES: Final[dict[str, State]] = {"Completed": "completed", "Failed": "failed"}


def trials_of(client: Any, name: str) -> tuple[Trial, ...]:
    """Return a tuning job's trials in the order in which they were begun, with what each cost.

    Raises:
        ConfigError: a trial's value is none of its field.
        CloudError: AWS refused, or did not answer.
    """
    return tuple(
        _trial(number, summary, client)
        for number, summary in enumerate(children(client, name), start=1)
    )


def _trial(number: int, summary: Mapping[str, Any], client: Any) -> Trial:
    """Return a trial of the service's summary; what it cost is asked for."""
    name, status = summary["TrainingJobName"], summary["TrainingJobStatus"]
    values: dict[str, Value] = {
        field: parse_value(field, text)
        for field, text in sorted(summary["TunedHyperParameters"].items())
    }
    metric = summary.get("FinalHyperParameterTuningJobObjectiveMetric", {})
    state = _STATES.get(status, "pruned")
    reason = summary.get("FailureReason", "")[:1000]
    if state == "pruned" and not reason:
        reason = "stopped early, or with the search"
    return Trial(
        number=number,
        values=values,
        state=state,
        objective=metric.get("Value"),
        epochs_done=None,
        seconds=_seconds(summary.get("TrainingStartTime"), summary.get("TrainingEndTime")),
        cost_usd=_cost(name, client),
        reason=reason,
        job=name,
    )


def _cost(name: str, client: Any) -> float | None:
    try:
        job = find(client, name)
    except CloudError as problem:  # a table without a price is better than none
        log.warning("what trial %s cost is not known: %s", name, problem)
        return None
    return None if job is None else paid_job(job).cost_usd


def _seconds(begun: datetime | None, ended: datetime | None) -> float:
    return max(0.0, (ended - begun).total_seconds()) if begun and ended else 0.0
