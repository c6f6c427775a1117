"""An S3 event on incoming/ starts an ingest: the queue's trigger fires, and the schedule listens to it."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import boto3
import pytest

from safety_tasks.settings import ScheduleSettings

QUIET_S = 4.0


@pytest.fixture
def queue(ministack: str, plant: pytest.MonkeyPatch) -> str:
    """Give the URL of a queue that a bucket's events on incoming/ go to, and the bucket's name in its last part."""
    name = f"incoming-{uuid4().hex[:12]}"
    sqs, s3 = (boto3.client(kind, endpoint_url=ministack) for kind in ("sqs", "s3"))
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    s3.create_bucket(Bucket=name)
    rule = {
        "FilterRules": [
            {"Name": "prefix", "Value": "incoming/"},
            {"Name": "suffix", "Value": "_READY"},
        ]
    }
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": rule}}
            ]
        },
    )
    return url


def trigger_of(schedule: Any) -> Any:
    """Return the trigger of a schedule that listens to a queue and to nothing else."""
    (incoming,) = schedule
    (watcher,) = incoming.watchers
    return watcher.trigger


async def first_event(trigger: Any) -> Any:
    """Run a trigger as the triggerer does, from its serialized form, until it fires or the time is over."""
    name, arguments = trigger.serialize()
    assert name.endswith("SqsSensorTrigger")
    again = type(trigger)(**{**arguments, "wait_time_seconds": 1, "waiter_delay": 1})
    async for event in again.run():
        return event
    return None


def test_a_marker_that_arrives_fires_the_trigger(queue: str, ministack: str) -> None:
    """Pictures alone fire nothing; the marker does, and the message is gone from the queue then."""
    from safety_tasks.orchestration.assets import ingest_schedule

    bucket = queue.rpartition("/")[2]
    s3 = boto3.client("s3", endpoint_url=ministack)
    trigger = trigger_of(ingest_schedule(ScheduleSettings(ingest="", ingest_queue_url=queue)))
    told = asyncio.run(asyncio.wait_for(first_event(trigger), 30))
    assert "s3:TestEvent" in json.dumps(told.payload)  # what S3 says when the rule is set
    s3.put_object(Bucket=bucket, Key="incoming/b1/images/1.jpg", Body=b"picture")
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(first_event(trigger), QUIET_S))
    s3.put_object(Bucket=bucket, Key="incoming/b1/_READY", Body=b"")
    event = asyncio.run(asyncio.wait_for(first_event(trigger), 30))
    assert "incoming/b1/_READY" in json.dumps(event.payload)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(first_event(trigger), QUIET_S))


@pytest.mark.parametrize(
    ("cron", "queue_url", "kind"),
    [
        ("", "", "NoneType"),
        ("*/15 * * * *", "", "str"),
        ("", "http://127.0.0.1:1/1/q", "list"),
        ("*/15 * * * *", "http://127.0.0.1:1/1/q", "AssetOrTimeSchedule"),
    ],
)
def test_the_schedule_is_what_the_settings_say(cron: str, queue_url: str, kind: str) -> None:
    """By hand alone, by the clock, on events, or both: the clock makes good for a lost event."""
    from safety_tasks.orchestration.assets import ingest_schedule

    schedule = ingest_schedule(ScheduleSettings(ingest=cron, ingest_queue_url=queue_url))
    assert type(schedule).__name__ == kind
