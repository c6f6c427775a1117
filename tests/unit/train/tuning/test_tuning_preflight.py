"""No paid job before each metric's expression was seen to find its number in a real line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.errors import ConfigError
from safety_tasks.records.training import METRICS, OBJECTIVE, Epoch
from safety_tasks.train.tuning.preflight import require_readable


def epoch(**changes: float | None) -> Epoch:
    """Return an epoch, with all its numbers unless changed."""
    values: dict[str, float | None] = {
        "number": 1,
        "total": 2,
        "seconds": 3.0,
        "eta_s": 3.0,
        "box_loss": 1.25,
        "cls_loss": 2.5,
        "dfl_loss": 3.75,
        "map50": 0.5,
        "map50_95": 0.25,
    }
    return Epoch.model_validate(values | changes)


@given(
    st.builds(
        epoch,
        box_loss=st.floats(0, 1e6),
        cls_loss=st.floats(0, 1e6),
        dfl_loss=st.floats(0, 1e6),
        map50=st.floats(0, 1),
        map50_95=st.floats(0, 1),
    )
)
def test_the_shipped_expressions_read_every_line(one: Epoch) -> None:
    """Whatever an epoch's numbers, the shipped expressions find each of them, once, in its line."""
    found = require_readable([one], OBJECTIVE).found
    assert found.keys() == METRICS.keys()
    assert found[OBJECTIVE][0] == pytest.approx(one.map50, abs=5.1e-6)
    assert found["train:box_loss"][0] == pytest.approx(one.box_loss, abs=5.1e-6)


BROKEN = {
    r"validation:mAP=([0-9.]+": "expected a regular expression",
    r"validation:mAP=[0-9.]+": "expected one group in its expression, found 0",
    r"(validation:mAP)=([0-9.]+)": "expected one group in its expression, found 2",
    r"validation:mAP50=([0-9.]+)": r"to find one number in .*, found \[\]",
    r"mAP[^=]*=([0-9.]+)": r"found \['0.50000', '0.25000'\]",
    r"validation:mAP50-95=([0-9.]+)": r"expected 0.50000 of the line .*, found '0.25000'",
    r"validation:mAP=([0-9]+)": r"expected 0.50000 of the line .*, found '0'",
    r"(validation:mAP)=": r"expected 0.50000 of the line .*, found 'validation:mAP'",
    r"validation:mAP=(x)?": r"expected 0.50000 of the line .*, found None",
}


@pytest.mark.parametrize("regex", BROKEN)
def test_a_broken_expression_is_refused(regex: str) -> None:
    """An expression that finds nothing, another number, several or no number stops the search before it is paid for."""
    with pytest.raises(ConfigError, match=f"metric {OBJECTIVE}: .*{BROKEN[regex]}"):
        require_readable([epoch()], OBJECTIVE, METRICS | {OBJECTIVE: regex})


@pytest.mark.parametrize("broken", [name for name in METRICS if name != OBJECTIVE])
def test_every_metric_is_tried(broken: str) -> None:
    """A broken expression of a metric that decides nothing is found as well."""
    with pytest.raises(ConfigError, match=f"metric {broken}"):
        require_readable([epoch()], OBJECTIVE, METRICS | {broken: "nothing=([0-9.]+)"})


def test_every_line_is_tried() -> None:
    """An expression that reads the first line and not a later one is refused."""
    lines = [epoch(map50=0.5), epoch(map50=0.75)]
    with pytest.raises(ConfigError, match=r"epoch 1 of 2.*found \[\]"):
        require_readable(lines, OBJECTIVE, METRICS | {OBJECTIVE: r"validation:mAP=(0\.50000)"})


def test_the_objective_must_be_measured_and_defined() -> None:
    """Without the objective among the metrics, or in a line, or without a line, nothing is proved."""
    rest = {name: regex for name, regex in METRICS.items() if name != OBJECTIVE}
    with pytest.raises(ConfigError, match="expected the objective"):
        require_readable([epoch()], OBJECTIVE, rest)
    with pytest.raises(ConfigError, match="was not measured"):
        require_readable([epoch(map50=None)], OBJECTIVE)
    with pytest.raises(ConfigError, match="found none"):
        require_readable([], OBJECTIVE)
    with pytest.raises(ConfigError, match="metric train:other: expected one of"):
        require_readable([epoch()], OBJECTIVE, METRICS | {"train:other": "(x)"})


def test_a_metric_that_is_not_measured_is_not_missed() -> None:
    """What decides nothing may be absent from a line."""
    found = require_readable([epoch(map50_95=None)], OBJECTIVE).found
    assert found["validation:mAP50-95"] == ()
    assert found[OBJECTIVE] == (0.5,)
