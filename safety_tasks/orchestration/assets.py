"""The assets that connect the DAGs, and the schedule that listens to them."""

import os
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable

from safety_tasks.settings import ScheduleSettings

CURRENT_DATASET = Asset("safety_dataset", uri="safety://dataset/current")
GATE_REPORT = Asset("safety_gate_report", uri="safety://gate/report")
CHANNEL = Asset("safety_channel", uri="safety://release/channel")


def ingest_schedule(settings: ScheduleSettings) -> Any:
    """Look by the clock, and at once on an event of the queue where there is one; None: only by hand.

    The trigger deletes a message when it reads it, so an event is a hint: the listing under ``incoming/`` is the truth,
    and the clock makes good for a lost one.
    """
    cron, queue = settings.ingest, settings.ingest_queue_url
    if not queue:
        return cron or None
    from airflow.providers.amazon.aws.triggers.sqs import SqsSensorTrigger

    connection = os.environ.get("SAFETY_TASKS_AWS_CONN_ID", "aws_default")
    trigger = SqsSensorTrigger(
        queue, aws_conn_id=connection, max_messages=10, wait_time_seconds=20, waiter_delay=5
    )
    incoming = Asset(
        "safety_incoming",
        uri="safety://incoming",
        watchers=[AssetWatcher(name="incoming_events", trigger=trigger)],
    )
    if not cron:
        return [incoming]
    timetable = CronTriggerTimetable(cron, timezone="UTC")
    return AssetOrTimeSchedule(timetable=timetable, assets=[incoming])


def retrain_schedule(cron: str) -> Any:
    """Start on every new dataset version, and by the clock where ``cron`` (UTC) is not empty."""
    if not cron:
        return [CURRENT_DATASET]
    timetable = CronTriggerTimetable(cron, timezone="UTC")
    return AssetOrTimeSchedule(timetable=timetable, assets=[CURRENT_DATASET])
