"""### Deploy the champion to a SageMaker endpoint

1. **choose**: deploy, or remove, as the form says.
2. **check_cost**: a day's price must be within `serve.max_usd_per_day`; nothing is made before.
3. **archive**: the channel's release is proved and packed as `serve/models/<sha256>.tar.gz`.
4. **deploy**: model, endpoint config and endpoint are made, or the endpoint is updated; waits until it is in service.
   On failure it serves what it served before, or is gone if it served nothing. The same release again changes nothing.
5. **smoke_test**: the golden pictures must give the published detections; otherwise the endpoint goes back to what was
   last proved on it, or is removed.
6. **remove**: deletes the endpoint, its configs and its models.

By hand only. An endpoint is billed by the hour, used or not, until it is removed. A run that was cut is taken up by the
next one.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import chain, dag, get_current_context, task

from safety_tasks.orchestration.retries import task_defaults
from safety_tasks.orchestration.serving import endpoint_form


@task.branch
def choose() -> str:
    """Deploy or remove."""
    from safety_tasks.orchestration import serving

    return serving.choose(get_current_context())


@task
def check_cost() -> float:
    """Refuse what costs too much a day."""
    from safety_tasks.orchestration import serving

    return serving.check_cost(get_current_context())


@task
def archive() -> dict[str, Any]:
    """Pack the release."""
    from safety_tasks.orchestration import serving

    return serving.archive(get_current_context())


@task(execution_timeout=timedelta(hours=3))
def deploy(archive: dict[str, Any]) -> dict[str, Any]:
    """Create or update the endpoint."""
    from safety_tasks.orchestration import serving

    return serving.deploy(get_current_context(), archive)


@task(execution_timeout=timedelta(hours=3))
def smoke_test(archive: dict[str, Any]) -> dict[str, Any]:
    """Prove the answers, or go back."""
    from safety_tasks.orchestration import serving

    return serving.smoke_test(get_current_context(), archive)


@task(execution_timeout=timedelta(hours=3))
def remove() -> dict[str, Any]:
    """Delete the endpoint and all that was made for it."""
    from safety_tasks.orchestration import serving

    return serving.remove(get_current_context())


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(),
    params=endpoint_form(),
    doc_md=__doc__,
    tags=["safety", "model"],
)
def deploy_endpoint() -> None:
    """Wire the steps."""
    chosen, cost = choose(), check_cost()
    packed = archive()
    deployed, proved = deploy(packed), smoke_test(packed)
    chain(chosen, cost, packed, deployed, proved)
    chain(chosen, remove())


deploy_endpoint()
