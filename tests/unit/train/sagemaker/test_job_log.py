"""What a job wrote last is told, as plain lines."""

from datetime import UTC, datetime

import boto3
from moto import mock_aws

from safety_tasks.train.sagemaker.job import tail_log


@mock_aws
def test_the_last_lines_are_told() -> None:
    """The newest lines come oldest first, without control characters and cut; no log group is no error."""
    logs = boto3.client("logs", region_name="us-east-1")
    assert tail_log(logs, "run-1") == ()
    group = "/aws/sagemaker/TrainingJobs"
    logs.create_log_group(logGroupName=group)
    assert tail_log(logs, "run-1") == ()
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    for stream, first in (("run-1/algo-1-1", 0), ("run-10/algo-1-1", 500)):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [
            {"timestamp": now_ms + i, "message": f"line {first + i}\x1b[2K\r\n"} for i in range(60)
        ]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    lines = tail_log(logs, "run-1")
    assert len(lines) == 50
    assert (lines[0], lines[-1]) == ("line 10 [2K", "line 59 [2K")
    long = [{"timestamp": now_ms + 60, "message": "x" * 9000}]
    logs.put_log_events(logGroupName=group, logStreamName="run-1/algo-1-1", logEvents=long)
    assert tail_log(logs, "run-1", 1) == ("x" * 500,)
