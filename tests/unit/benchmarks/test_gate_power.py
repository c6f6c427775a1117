"""The results of the gate's simulation: how often bad ones pass and good ones do not, and when there is no result."""

from math import sqrt
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.made_study import SCENES, made_study, plant, share, use

from benchmarks import gate_coverage, gate_power, gate_power_equal
from benchmarks.gate_shares import Share, Study
from benchmarks.result import NoResult, Result

EVERY = (gate_power, gate_power_equal, gate_coverage)
Kept = list[tuple[Any, ...]]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Keep what would be written beside the results."""
    rows: Kept = []
    monkeypatch.setattr(gate_power, "keep_rows", lambda *words: rows.append(words))
    return rows


def result_of(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, found: Study | None = None
) -> Result:
    """Run a benchmark on a hand-made simulation under the plant's policy."""
    use(monkeypatch, module, found or made_study(), plant())
    return module.run(Path("bench") / module.NAME)


def of_shares(*shares: Share) -> Study:
    """Return a simulation of these rows alone."""
    return Study(shares, (), {})


def test_the_worst_of_the_truly_worse_is_judged(
    monkeypatch: pytest.MonkeyPatch, kept: Kept
) -> None:
    """Of candidates at or below minus the margin, hazards together, those that pass most often: 4 of 100 at -0.05."""
    found = result_of(monkeypatch, gate_power)
    assert (found.name, found.ratio, found.bar, found.passes) == ("gate_power", 0.04, 0.05, True)
    assert found.extra == {
        "scenes": 20,
        "margin": 0.05,
        "profile": "plant",
        "passed_at_-0.1": 0.01,
        "standard_error_at_-0.1": round(sqrt(0.01 * 0.99 / 100), 4),
        "draws_at_-0.1": 100,
        "passed_at_-0.05": 0.04,
        "standard_error_at_-0.05": round(sqrt(0.04 * 0.96 / 100), 4),
        "draws_at_-0.05": 100,
        "tfx_passed_at_-0.05": 0.05,
        "map_passed_at_-0.05": 0.25,
    }
    assert kept == [(made_study(), 20, 0.05)]


@pytest.mark.parametrize(
    ("at_margin", "far_below", "ratio", "passes"),
    [(0, 0, 0.0, True), (5, 0, 0.05, True), (6, 0, 0.06, False), (5, 6, 0.06, False)],
)
@pytest.mark.usefixtures("kept")
def test_up_to_one_in_twenty_bad_ones_may_pass(
    monkeypatch: pytest.MonkeyPatch, at_margin: int, far_below: int, ratio: float, passes: bool
) -> None:
    """Wherever below the margin it is."""
    study = of_shares(
        share("gate", -0.05, (at_margin, 100 - at_margin, 0), "smoke"),
        share("gate", -0.1, (far_below, 0, 100 - far_below), "smoke"),
        share("gate", -0.04, (100, 0, 0), "smoke"),
    )
    found = result_of(monkeypatch, gate_power, study)
    assert (found.ratio, found.passes) == (ratio, passes)


def test_equal_ones_that_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """15 of 100, with what held them up, and how often the other rules would not pass them."""
    found = result_of(monkeypatch, gate_power_equal)
    assert (found.name, found.ratio, found.bar) == ("gate_power_equal", 0.15, 0.20)
    assert found.passes
    assert found.extra == {
        "scenes": 20,
        "margin": 0.05,
        "draws": 100,
        "standard_error": round(sqrt(0.15 * 0.85 / 100), 4),
        "inconclusive": 0.14,
        "failed": 0.01,
        "held_up_by_non_inferiority.smoke": 0.2,
        "held_up_by_events.fire": 0.1,
        "tfx_not_passed": 0.7,
        "map_not_passed": 0.5,
    }
    assert next(n for n in found.extra if "held" in n) == "held_up_by_non_inferiority.smoke"


@pytest.mark.parametrize(("passed", "passes"), [(100, True), (80, True), (79, False), (0, False)])
def test_one_in_five_good_ones_may_be_held_up(
    monkeypatch: pytest.MonkeyPatch, passed: int, passes: bool
) -> None:
    """Whether for want of evidence or by a check that fails."""
    half = (100 - passed) // 2
    rows = [share("gate", 0.0, (passed, half, 100 - passed - half))]
    rows += [share(rule, 0.0, (1, 0, 1)) for rule in ("tfx", "map")]
    assert result_of(monkeypatch, gate_power_equal, of_shares(*rows)).passes is passes


@pytest.mark.parametrize("module", EVERY)
def test_scenes_that_were_not_simulated_are_no_result(
    monkeypatch: pytest.MonkeyPatch, kept: Kept, module: ModuleType
) -> None:
    """Whoever changes the policy simulates again; nothing is written."""
    use(monkeypatch, module, made_study(), plant(scenes=15))
    with pytest.raises(NoResult, match=f"{module.NAME}: expected"):
        module.run(Path("bench") / module.NAME)
    assert not kept


@pytest.mark.parametrize("module", EVERY[:2])
def test_a_margin_that_was_not_simulated_is_no_result(
    monkeypatch: pytest.MonkeyPatch, kept: Kept, module: ModuleType
) -> None:
    """Neither is another one taken for it."""
    use(monkeypatch, module, made_study(), plant(smoke=0.04, fire=0.04))
    with pytest.raises(NoResult, match=f"{module.NAME}: expected"):
        module.run(Path("bench") / module.NAME)
    assert not kept


@pytest.mark.parametrize("module", EVERY)
def test_a_policy_of_several_margins_is_no_result(
    monkeypatch: pytest.MonkeyPatch, kept: Kept, module: ModuleType
) -> None:
    """The simulation has one margin for all hazards."""
    use(monkeypatch, module, made_study(), plant(smoke=0.05, fire=0.1))
    with pytest.raises(NoResult, match="expected one margin for all hazards"):
        module.run(Path("bench") / module.NAME)
    assert not kept


@pytest.mark.usefixtures("kept")
def test_all_three_read_one_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept where the first of them works, so that it is run once."""
    folders = []
    for module in EVERY:
        seen = use(monkeypatch, module, made_study(), plant())
        module.run(Path("bench") / module.NAME)
        folders += seen
    assert folders == [Path("bench/gate_power")] * 3


def test_shares_are_pooled_over_hazards_the_worst_difference_first() -> None:
    """Of one rule, margin and number of scenes of the levelled population."""
    rows = gate_power.pooled(made_study(), SCENES, "gate", 0.05)
    assert [(row.difference, row.passed, row.draws) for row in rows] == [
        (-0.1, 1, 100),
        (-0.05, 4, 100),
        (-0.03, 20, 50),
        (0.0, 85, 100),
        (0.05, 49, 50),
    ]
    assert gate_power.pooled(made_study(), 7, "gate", 0.05) == []
