"""The assets that connect the DAGs, and the schedule that listens to them."""

from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable

CURRENT_DATASET = Asset("safety_dataset", uri="safety://dataset/current")
GATE_REPORT = Asset("safety_gate_report", uri="safety://gate/report")
CHANNEL = Asset("safety_channel", uri="safety://release/channel")


def retrain_schedule(cron: str) -> Any:
    """Start on every new dataset version, and by the clock where ``cron`` (UTC) is not empty."""
    if not cron:
        return [CURRENT_DATASET]
    timetable = CronTriggerTimetable(cron, timezone="UTC")
    return AssetOrTimeSchedule(timetable=timetable, assets=[CURRENT_DATASET])
