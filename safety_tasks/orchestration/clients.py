"""AWS clients, as a task or a trigger gets them.

Rules: the connection is the store's (``aws_default`` or ``SAFETY_TASKS_AWS_CONN_ID``), with its own endpoint for a
service where it names one; without a connection the environment counts; no call hangs for long, since a killed task
has seconds to stop what it started.
"""

import os
from typing import Any

from safety_tasks.config import load_settings


def aws_client(service: str) -> Any:
    """Return boto3's client of a service: ``sagemaker`` or ``logs``."""
    import boto3.session
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException
    from botocore.config import Config

    config = Config(
        connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3}
    )
    region = load_settings().store.region
    connection = os.environ.get("SAFETY_TASKS_AWS_CONN_ID", "aws_default")
    try:
        AwsBaseHook.get_connection(connection)  # the hook itself would go on without, to AWS
    except AirflowNotFoundException:
        session: Any = boto3.session.Session()
        return session.client(service, region_name=region, config=config)
    hook: Any = AwsBaseHook(aws_conn_id=connection, client_type=service, config=config)
    if hook.region_name is None:
        hook = AwsBaseHook(
            aws_conn_id=connection, client_type=service, region_name=region, config=config
        )
    return hook.get_conn()
