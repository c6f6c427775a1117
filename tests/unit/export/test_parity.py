"""Parity with numbers worked by hand: a toy ONNX model beside a torch module that says what the test wants."""

from typing import Any

import numpy as np
import pytest
import torch
from toy_models import strong_model, toy_picture

from safety_tasks.errors import ArtifactError, ParityError
from safety_tasks.export.parity import BOX_TOLERANCE_PX, SCORE_TOLERANCE, measure_parity
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.letterbox import letterbox, to_blob

PICTURE = toy_picture([(0, 0), (1, 5)])
BLANK = toy_picture([])
NOISE = 1e-5


class Says(torch.nn.Module):
    """The toy detector's own output plus a difference, as the framework's model would give it."""

    def __init__(self, difference: Any, *, wrap: bool = True) -> None:
        super().__init__()
        self.difference = difference
        self.wrap = wrap
        self.detector = Detector(strong_model(), what="toy")

    def forward(self, blob: torch.Tensor) -> Any:
        """Answer."""
        raw = torch.from_numpy(self.detector.run_raw(blob.numpy()).copy())
        changed = self.difference(raw)
        return (changed, None) if self.wrap else changed


def plus(row: int, anchor: int, by: float) -> Any:
    """Return a difference at one number of the output."""

    def change(raw: torch.Tensor) -> torch.Tensor:
        raw[0, row, anchor] += by
        return raw

    return change


def measure(difference: Any, *pictures: Any, wrap: bool = True) -> Any:
    """Measure parity of the strong model with what the module says."""
    detector = Detector(strong_model(), what="toy")
    named = {f"{number}.jpg": picture for number, picture in enumerate(pictures)}
    return measure_parity(detector, Says(difference, wrap=wrap), named, what="run 7")


def test_no_pictures_is_no_parity() -> None:
    """Nothing compared is nothing proved."""
    with pytest.raises(ParityError, match="run 7: expected pictures to compare on"):
        measure(lambda raw: raw)


@pytest.mark.parametrize("wrap", [False, True])
def test_equal_models_agree(wrap: bool) -> None:
    """No difference at all, whether the module answers with a tensor or a tuple."""
    parity = measure(lambda raw: raw, PICTURE, BLANK, wrap=wrap)
    assert (parity.max_box_difference_px, parity.max_score_difference) == (0, 0)
    assert parity.pictures == 2
    assert (parity.box_tolerance_px, parity.score_tolerance) == (BOX_TOLERANCE_PX, SCORE_TOLERANCE)


@pytest.mark.parametrize(
    ("row", "anchor", "by", "boxes", "scores"),
    [
        (0, 0, 0.04, 0.04, 0),
        (3, 5, -0.03, 0.03, 0),
        (4, 0, -0.0009, 0, 0.0009),
        (6, 15, 0.0005, 0, 0.0005),
        (0, 9, 5.0, 0, 0),  # a box without any score moves freely
    ],
)
def test_small_differences_are_measured(
    row: int, anchor: int, by: float, boxes: float, scores: float
) -> None:
    """The largest difference of box and score is recorded; boxes count where a score does."""
    parity = measure(plus(row, anchor, by), PICTURE)
    assert parity.max_box_difference_px == pytest.approx(boxes, abs=NOISE)
    assert parity.max_score_difference == pytest.approx(scores, abs=NOISE)


@pytest.mark.parametrize(
    ("row", "anchor", "by"),
    [(0, 0, 0.06), (2, 5, -0.06), (4, 0, -0.0011), (6, 15, 0.0011), (5, 9, 0.5)],
)
def test_larger_differences_are_refused(row: int, anchor: int, by: float) -> None:
    """A box or a score over its tolerance, or a score out of nothing, refuses the export."""
    with pytest.raises(ParityError, match="do not ship it"):
        measure(plus(row, anchor, by), PICTURE)


def test_the_worst_picture_decides() -> None:
    """One picture of two that differs is enough, in either order."""

    def only_on_blank(raw: torch.Tensor) -> torch.Tensor:
        if raw[0, 4:].max() < 0.5:
            raw[0, 4, 0] += 0.5
        return raw

    for pictures in ((PICTURE, BLANK), (BLANK, PICTURE)):
        with pytest.raises(ParityError):
            measure(only_on_blank, *pictures)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("row", [0, 4])
def test_what_is_no_number_agrees_with_nothing(value: float, row: int) -> None:
    """NaN is neither above nor below a tolerance; it is refused by name."""
    with pytest.raises(ArtifactError, match="finite"):
        measure(plus(row, 0, value), PICTURE)


@pytest.mark.parametrize("cut", [lambda raw: raw[:, :, :1], lambda raw: raw[:, :, :8]])
def test_another_shape_agrees_with_nothing(cut: Any) -> None:
    """One anchor must not be stretched over sixteen."""
    with pytest.raises(ParityError, match="of one shape"):
        measure(cut, PICTURE)


def test_both_see_the_same_input() -> None:
    """The module gets the project's own letterboxed blob, in evaluation mode and as float."""
    seen: dict[str, Any] = {}

    class Watches(Says):
        def forward(self, blob: torch.Tensor) -> Any:
            seen.update(
                blob=blob.numpy().copy(), training=self.training, grad=torch.is_grad_enabled()
            )
            return super().forward(blob)

    wide = np.concatenate([PICTURE, BLANK], axis=1)
    detector = Detector(strong_model(), what="toy")
    measure_parity(detector, Watches(lambda raw: raw).train(), {"wide.jpg": wide}, what="run 7")
    assert np.array_equal(seen["blob"], to_blob(letterbox(wide, 64)[0]))
    assert (seen["training"], seen["grad"]) == (False, False)
