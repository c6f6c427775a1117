"""The assets that connect the DAGs."""

from airflow.sdk import Asset

CURRENT_DATASET = Asset("safety_dataset", uri="safety://dataset/current")
GATE_REPORT = Asset("safety_gate_report", uri="safety://gate/report")
CHANNEL = Asset("safety_channel", uri="safety://release/channel")
