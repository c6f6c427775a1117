"""The picture of a search: every judged step is drawn, the chosen one ringed, the budget a line."""

from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex

from safety_tasks.export.quantise.frontier import draw_frontier
from safety_tasks.records.variants import FrontierStep, Int8Budget

BUDGET = Int8Budget(min_agreement_f1=0.96, max_map50_95_drop=0.02)
WITHIN, BEYOND = "#2a7f9e", "#b3402a"


def step(count: int, ratio: float, f1: float, drop: float | None = 0.0) -> FrontierStep:
    """Return a step with some modules in float, judged by its agreement alone."""
    modules = tuple(f"model.{number}" for number in range(count))
    return FrontierStep(
        float_modules=modules,
        loss=0.1,
        time_ratio=ratio,
        agreement_f1=f1,
        map50_95_drop=drop,
        within=f1 >= 0.96,
    )


STEPS = (step(0, 0.5, 0.9, 0.03), step(1, 0.6, 0.97, 0.01), step(3, 0.8, 0.99, None))


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Keep the figures that are closed, to look at what is in them."""
    closed: list[Any] = []
    close = pyplot.close

    def keep(figure: Any) -> None:
        closed.append(figure)
        close(figure)

    monkeypatch.setattr(pyplot, "close", keep)
    return closed


def test_it_is_a_picture() -> None:
    """PNG, of a width that a page can show, the same bytes for the same steps, others for another choice."""
    drawn = draw_frontier(STEPS, STEPS[1].float_modules, BUDGET, title="INT8 of run r1")
    assert drawn.startswith(b"\x89PNG")
    picture = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] > picture.shape[0] > 300
    assert picture.std() > 10
    assert draw_frontier(STEPS, ("model.0",), BUDGET, title="INT8 of run r1") == drawn
    assert draw_frontier(STEPS, (), BUDGET, title="INT8 of run r1") != drawn


def test_one_step_is_enough() -> None:
    """A search that judged one step has a picture too."""
    assert draw_frontier(STEPS[:1], (), BUDGET, title="t").startswith(b"\x89PNG")


def test_every_step_is_there_on_both_sides(figures: list[Any]) -> None:
    """Time against agreement and against the drop in points: colours tell what is within, numbers the float modules."""
    draw_frontier(STEPS, STEPS[1].float_modules, BUDGET, title="INT8 of run r1")
    (figure,) = figures
    sides = {0.96: [0.9, 0.97, 0.99], 2.0: [3.0, 1.0, 0.0]}
    assert len(figure.axes) == len(sides)
    for axes, (line, values) in zip(figure.axes, sides.items(), strict=True):
        dots = [c for c in axes.collections if len(c.get_facecolor())]
        rings = [c for c in axes.collections if not len(c.get_facecolor())]
        places = [tuple(dot.get_offsets()[0]) for dot in dots]
        assert places == [pytest.approx(at) for at in zip([0.5, 0.6, 0.8], values, strict=True)]
        assert [to_hex(dot.get_facecolor()[0]) for dot in dots] == [BEYOND, WITHIN, WITHIN]
        assert [tuple(ring.get_offsets()[0]) for ring in rings] == [places[1]]
        assert [text.get_text() for text in axes.texts] == ["0", "1", "3"]
        (budget,) = [drawn for drawn in axes.lines if drawn.get_label() == "budget"]
        assert list(budget.get_ydata()) == pytest.approx([line, line])
    assert figure.get_suptitle().startswith("INT8 of run r1: ")


def test_nothing_chosen_is_no_ring(figures: list[Any]) -> None:
    """What was not judged cannot be ringed."""
    draw_frontier(STEPS, ("model.7",), BUDGET, title="t")
    assert [len(axes.collections) for axes in figures[0].axes] == [3, 3]
