"""What a paid job would cost, from a dated table, and the cap that refuses it.

Rules: a price is never guessed: no price, no paid job; an estimate is an upper bound, the on-demand price of the whole
time that is allowed, also for spot, which costs less; a table older than twelve months is warned about. Storage and
transfer are not in it.
"""

import logging
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from safety_tasks.config import config_dir, parse_as, read_table
from safety_tasks.errors import BudgetExceeded
from safety_tasks.records.base import Record

log = logging.getLogger("safety_tasks")
Kind = Literal["training", "hosting"]
Prices = dict[str, dict[str, Annotated[float, Field(gt=0)]]]
_MAX_AGE_DAYS: Final = 365
_FILE: Final = "prices.toml"


class PriceTable(Record):
    """``prices.toml``: USD an hour by region and instance type, for training and for hosting."""

    as_of: date
    training: Prices = Field(default_factory=dict)
    hosting: Prices = Field(default_factory=dict)


def read_prices(folder: Path | None = None, *, today: date | None = None) -> PriceTable:
    """Read the table, and warn if it is old.

    Args:
        folder: the folder of configuration.
        today: the day it is compared with; by default today.

    Raises:
        ConfigError: the file is missing, or a value is no price.
    """
    path = (folder or config_dir()) / _FILE
    table = parse_as(PriceTable, read_table(path), where=str(path))
    age_days = ((today or datetime.now(UTC).date()) - table.as_of).days
    if age_days > _MAX_AGE_DAYS:
        log.warning(
            "%s: expected prices of the last twelve months, found those of %s. Compare them with AWS's page, "
            "then set as_of.",
            path,
            table.as_of.isoformat(),
        )
    return table


def price_per_hour_usd(
    instance_type: str,
    kind: Kind,
    region: str,
    *,
    folder: Path | None = None,
    today: date | None = None,
) -> float | None:
    """Return the on-demand price of one instance for an hour, in USD, or None where the table has none.

    Raises:
        ConfigError: the table cannot be read.
    """
    table = read_prices(folder, today=today)
    prices = table.training if kind == "training" else table.hosting
    return prices.get(region, {}).get(instance_type)


def estimate_usd(
    instance_type: str,
    kind: Kind,
    region: str,
    *,
    max_run_s: float,
    count: int = 1,
    jobs: int = 1,
    folder: Path | None = None,
) -> float | None:
    """Return the most that jobs can cost, in USD, or None where there is no price.

    Args:
        instance_type: ``ml.g4dn.xlarge``.
        kind: what the instance is for; the two have prices of their own.
        region: ``us-east-1``.
        max_run_s: how long each job may run, in seconds; of an endpoint a day's 86400.
        count: instances of each job.
        jobs: how many jobs.
        folder: the folder of configuration.

    Raises:
        ConfigError: the table cannot be read.
    """
    price = price_per_hour_usd(instance_type, kind, region, folder=folder)
    return None if price is None else price * count * jobs * max_run_s / 3600


def require_budget(
    what: str, estimate: float | None, cap: float, *, setting: str = "sagemaker.max_cost_usd"
) -> float:
    """Return the estimate if it is within the cap.

    Args:
        what: what would be paid for, with instance and region: ``run r1 on 1 x ml.g4dn.xlarge in us-east-1``.
        estimate: USD, of ``estimate_usd``; None where there is no price.
        cap: USD that may be spent.
        setting: the setting that holds the cap.

    Raises:
        BudgetExceeded: there is no price, or the estimate is above the cap; nothing was started.
    """
    if estimate is None:
        raise BudgetExceeded(
            f"{what}: expected a price of that instance in that region, found none in {_FILE}, so nothing is paid "
            f"for. Add it to config/{_FILE} from AWS's price page, or use an instance and region that it has."
        )
    if estimate > cap:
        raise BudgetExceeded(
            f"{what}: expected at most {cap:.2f} USD, found an estimate of {estimate:.2f} USD (on demand, for the "
            f"whole time allowed; spot costs less). Nothing was started: allow less time or fewer jobs, take a smaller "
            f"instance, or raise {setting}."
        )
    return estimate
