"""### Waive checks of the gate for one run

1. **waive**: signs a waiver with the approver's key that `gate.approver_key_file` names, and stores it. Its id is in
   the log and in the XCom.

By hand only. A waiver takes the named checks out of the verdict on one run's model by one profile, until it ends: at
most 30 days. It changes no report that is there: clear `judge` of that run's `retrain_detector` run, with what
follows, or call `safety-tasks gate judge RUN`. Every card shows every waiver in force, with who gave it and why.

**Who** is whoever triggers this run, as Airflow knows them. class_map, champion, duplicate and self_test cannot be
waived. Whoever may trigger this may waive: leave the setting empty where only approvers themselves should, with
`safety-tasks gate waive` and their own key.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import dag, get_current_context, task

from safety_tasks.orchestration.retries import task_defaults
from safety_tasks.orchestration.waiving import waiver_form


@task
def waive() -> dict[str, Any]:
    """Sign and store the waiver."""
    from safety_tasks.orchestration import waiving

    return waiving.waive(get_current_context())


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args=task_defaults(),
    params=waiver_form(),
    doc_md=__doc__,
    tags=["safety", "model"],
)
def waive_gate_check() -> None:
    """Wire the step."""
    waive()


waive_gate_check()
