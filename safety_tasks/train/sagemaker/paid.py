"""What a job that ended was, and what it cost.

Rule: a cost is the billed time at the dated table's on-demand price, and none where the table has no price.
"""

from datetime import datetime

from safety_tasks.cloud.links import job_url
from safety_tasks.cloud.prices import price_per_hour_usd
from safety_tasks.records.training import PaidJob
from safety_tasks.train.sagemaker.job_state import JobState


def paid_job(state: JobState) -> PaidJob:
    """Return the record of an ended job.

    Raises:
        ConfigError: the table of prices cannot be read.
    """
    region = state.arn.split(":")[3]
    price = price_per_hour_usd(state.instance_type, "training", region)
    # Billable seconds are what is left to pay at the on-demand price, for spot too.
    cost = None if price is None else price * state.instance_count * state.billable_s / 3600
    return PaidJob(
        name=state.name,
        arn=state.arn,
        region=region,
        instance_type=state.instance_type,
        instance_count=state.instance_count,
        spot=state.spot,
        billable_s=state.billable_s,
        cost_usd=cost,
        console_url=job_url("training", state.name, region),
    )


def seconds_of(state: JobState) -> float:
    """Return how long a job trained, 0 where the service does not say."""
    if not state.training_start or not state.training_end:
        return 0.0
    begun, ended = map(datetime.fromisoformat, (state.training_start, state.training_end))
    return max(0.0, (ended - begun).total_seconds())
