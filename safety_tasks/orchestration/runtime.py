"""The settings and the store, as a task sees them.

Rule: credentials come from the Airflow connection ``aws_default`` (or ``SAFETY_TASKS_AWS_CONN_ID``) where there is one,
else from the environment.
"""

import os

from safety_tasks.config import load_settings
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store


def runtime() -> tuple[Settings, ObjectStore]:
    """Return the settings and the store, opened with Airflow's connection."""
    settings = load_settings()
    if not settings.store.uri.startswith("s3://"):
        return settings, open_store(settings.store)
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.sdk.exceptions import AirflowNotFoundException

    connection = os.environ.get("SAFETY_TASKS_AWS_CONN_ID", "aws_default")
    try:
        S3Hook.get_connection(connection)  # the hook itself would go on without, to AWS
    except AirflowNotFoundException:
        return settings, open_store(settings.store)
    return settings, open_store(settings.store, S3Hook(aws_conn_id=connection).get_conn())
