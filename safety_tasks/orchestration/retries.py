"""What is tried again: a store that stumbled, a child that did not start; not a verdict, a bad batch or setting."""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

_FINAL_STORE_ERRORS = ("ObjectNotFound", "PreconditionFailed", "StoreUnsafe")


def task_defaults() -> dict[str, Any]:
    """Return the ``default_args`` of every DAG."""
    final: list[Any] = [f"safety_tasks.errors.{name}" for name in _FINAL_STORE_ERRORS]
    return {
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "retry_policy": ExceptionRetryPolicy(
            rules=[
                RetryRule(exception=final, action=RetryAction.FAIL, reason="will not heal"),
                RetryRule(exception="safety_tasks.errors.StoreError", action=RetryAction.RETRY),
                RetryRule(exception="safety_tasks.errors.WorkerError", action=RetryAction.RETRY),
                RetryRule(
                    exception="safety_tasks.errors.SafetyTasksError",
                    action=RetryAction.FAIL,
                    reason="trying again gives the same answer",
                ),
            ]
        ),
    }
