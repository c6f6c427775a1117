"""A store or network that stumbled is tried again; a verdict, a bad batch, a lost race or a paid job is not."""

import pytest
from airflow.sdk import RetryAction

from safety_tasks import errors
from safety_tasks.orchestration.retries import task_defaults


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (errors.StoreError, True),
        (errors.WorkerError, True),
        (errors.ObjectNotFound, False),
        (errors.PreconditionFailed, False),
        (errors.GateRefused, False),
        (errors.BatchError, False),
        (errors.ConfigError, False),
        (errors.ValidationFailed, False),
        (errors.TrainingError, False),
        (errors.LossNotFinite, False),
        (errors.TrainingBusy, True),
        (errors.DiskFull, False),
        (errors.CloudError, True),
        (errors.CredentialsMissing, False),
        (errors.RoleMissing, False),
        (errors.QuotaExceeded, False),
        (errors.WrongRegion, False),
        (errors.BudgetExceeded, False),
        (errors.JobFailed, False),
        (ConnectionError, True),
    ],
)
def test_what_is_tried_again(error: type[Exception], again: bool) -> None:
    """Each error of the tree is either final or tried again, as its kind says."""
    decision = task_defaults()["retry_policy"].evaluate(error("x"), 1, 3)
    assert (decision.action is not RetryAction.FAIL) is again
