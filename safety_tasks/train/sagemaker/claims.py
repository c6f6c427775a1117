"""Which paid job a run has: decided once, in the store, before the job is asked for.

Rule: a run has one job, whatever changes between two tries: code, settings, worker.
"""

from safety_tasks.errors import JobFailed, PreconditionFailed, TrainingError
from safety_tasks.records.base import Record
from safety_tasks.store.base import ObjectStore, read_if_there


class JobClaim(Record):
    """The name of a run's job."""

    name: str


def read_claim(store: ObjectStore, run_id: str) -> JobClaim | None:
    """Return what a run claimed, or None if it asked for no job yet.

    Raises:
        TrainingError: the record is damaged.
        StoreError: the store failed.
    """
    found = read_if_there(store, _key(run_id))
    if found is None:
        return None
    return JobClaim.from_json_bytes(found.payload, what=_key(run_id), error=TrainingError)


def claim_job(store: ObjectStore, run_id: str, claim: JobClaim) -> JobClaim:
    """Claim a job for a run; return the claim that counts, which is the first one.

    Raises:
        StoreError: the store failed.
    """
    try:
        store.put(_key(run_id), claim.to_json_bytes(), only_if_absent=True)
    except PreconditionFailed:
        return require_claim(store, run_id)
    return claim


def require_claim(store: ObjectStore, run_id: str) -> JobClaim:
    """Return what a run claimed.

    Raises:
        JobFailed: it asked for no job.
    """
    found = read_claim(store, run_id)
    if found is None:
        raise JobFailed(
            f"run {run_id}: expected a training job that it asked for, found none. "
            "Clear the task train, or trigger a new run."
        )
    return found


def _key(run_id: str) -> str:
    return f"runs/{run_id}/sagemaker.json"
