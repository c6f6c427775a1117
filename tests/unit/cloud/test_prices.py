"""Prices and budgets: what is not in the table is not paid for, and an estimate is an upper bound."""

import logging
from datetime import date
from pathlib import Path

import pytest

from safety_tasks.cloud.prices import (
    Kind,
    estimate_usd,
    price_per_hour_usd,
    read_prices,
    require_budget,
)
from safety_tasks.errors import BudgetExceeded, ConfigError
from safety_tasks.settings import SageMakerSettings, ServeSettings, Settings

TABLE = """
as_of = 2026-01-31
[training.us-east-1]
"ml.g4dn.xlarge" = 0.5
[hosting.us-east-1]
"ml.g4dn.xlarge" = 0.75
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a table."""
    (tmp_path / "prices.toml").write_text(TABLE)
    return tmp_path


def test_training_and_hosting_have_prices_of_their_own(folder: Path) -> None:
    """The same instance in the same region costs what its kind says."""
    assert price_per_hour_usd("ml.g4dn.xlarge", "training", "us-east-1", folder=folder) == 0.5
    assert price_per_hour_usd("ml.g4dn.xlarge", "hosting", "us-east-1", folder=folder) == 0.75


@pytest.mark.parametrize(
    ("instance_type", "region"),
    [("ml.g4dn.xlarge", "ap-northeast-2"), ("ml.g4dn.2xlarge", "us-east-1"), ("", "")],
)
def test_no_price_is_borrowed(folder: Path, instance_type: str, region: str) -> None:
    """Another region's price, or another instance's, is not this one's."""
    assert price_per_hour_usd(instance_type, "training", region, folder=folder) is None
    assert estimate_usd(instance_type, "training", region, max_run_s=1, folder=folder) is None


def test_an_estimate_is_the_whole_time_of_every_instance_of_every_job(folder: Path) -> None:
    """Price x instances x jobs x hours."""
    found = estimate_usd(
        "ml.g4dn.xlarge", "training", "us-east-1", max_run_s=5400, count=2, jobs=3, folder=folder
    )
    assert found == pytest.approx(0.5 * 2 * 3 * 1.5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as_of = 2026-01-31\n[training.us-east-1]\n'ml.m5.large' = 0", "greater than 0"),
        ("as_of = 2026-01-31\n[training.us-east-1]\n'ml.m5.large' = -1.5", "greater than 0"),
        ("as_of = 2026-01-31\n[training.us-east-1]\n'ml.m5.large' = nan", "finite|greater"),
        ("as_of = 2026-01-31\n[spot.us-east-1]\n'ml.m5.large' = 1", "spot"),
        ("[training.us-east-1]\n'ml.m5.large' = 1", "as_of"),
        ("as_of = ", "expected TOML"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, text: str, found: str) -> None:
    """A price of nothing, an unknown kind or a missing date names the file and the field."""
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(ConfigError, match=f"(?s)prices.toml.*({found})"):
        read_prices(tmp_path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    """No table is no free ride."""
    with pytest.raises(ConfigError, match=r"prices\.toml: expected a file"):
        estimate_usd("ml.m5.large", "hosting", "us-east-1", max_run_s=1, folder=tmp_path)


@pytest.mark.parametrize(
    ("today", "warned"), [(date(2027, 1, 31), False), (date(2027, 2, 1), True)]
)
def test_an_old_table_is_warned_about(
    folder: Path, today: date, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """After twelve months, and not on the day before; the price is used all the same."""
    with caplog.at_level(logging.WARNING, "safety_tasks"):
        found = price_per_hour_usd(
            "ml.g4dn.xlarge", "training", "us-east-1", folder=folder, today=today
        )
    assert found == 0.5
    assert ("2026-01-31" in caplog.text) == warned


def test_what_has_no_price_is_not_paid_for() -> None:
    """The refusal names what it was, and the file to add the price to."""
    with pytest.raises(
        BudgetExceeded, match=r"run r1: expected a price.*Add it to config/prices\.toml"
    ):
        require_budget("run r1", None, 1e9)


@pytest.mark.parametrize(("estimate", "allowed"), [(0.0, True), (5.0, True), (5.001, False)])
def test_the_cap_refuses_what_is_above_it(estimate: float, allowed: bool) -> None:
    """As much as the cap is allowed; above it both numbers and the setting are named."""
    if allowed:
        assert require_budget("run r1", estimate, 5.0) == estimate
        return
    with pytest.raises(BudgetExceeded, match=r"at most 5\.00 USD.*5\.00 USD.*raise tune\.max"):
        require_budget("run r1", estimate, 5.0, setting="tune.max_cost_usd")


@pytest.mark.parametrize("kind", ["training", "hosting"])
def test_the_shipped_table_has_what_the_shipped_settings_name(
    kind: Kind, settings: Settings
) -> None:
    """The default instances are priced in the default region, and fit their default caps."""
    table = read_prices()
    section: SageMakerSettings | ServeSettings = settings.sagemaker
    seconds, cap = float(settings.sagemaker.max_run_s), settings.sagemaker.max_cost_usd
    if kind == "hosting":
        section, seconds, cap = settings.serve, 86400.0, settings.serve.max_usd_per_day
    found = estimate_usd(section.instance_type, kind, settings.store.region, max_run_s=seconds)
    assert found is not None
    assert 0 < found <= cap
    assert table.training["us-east-1"].keys() == table.hosting["us-east-1"].keys()
