"""What is tried again: a store, a network or a child that stumbled; not a verdict, a bad batch or setting.

Rule: what would be paid for again, or refused again, is never tried again.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

_FINAL = (
    *("ObjectNotFound", "PreconditionFailed", "StoreUnsafe"),
    *("CredentialsMissing", "RoleMissing", "QuotaExceeded", "WrongRegion", "BudgetExceeded"),
    "JobFailed",
)
_TRIED_AGAIN = ("StoreError", "CloudError", "WorkerError", "TrainingBusy")


def task_defaults() -> dict[str, Any]:
    """Return the ``default_args`` of every DAG."""
    final: list[Any] = [f"safety_tasks.errors.{name}" for name in _FINAL]
    again: list[Any] = [f"safety_tasks.errors.{name}" for name in _TRIED_AGAIN]
    return {
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "retry_policy": ExceptionRetryPolicy(
            rules=[
                RetryRule(exception=final, action=RetryAction.FAIL, reason="will not heal"),
                RetryRule(exception=again, action=RetryAction.RETRY),
                RetryRule(
                    exception="safety_tasks.errors.SafetyTasksError",
                    action=RetryAction.FAIL,
                    reason="trying again gives the same answer",
                ),
            ]
        ),
    }
