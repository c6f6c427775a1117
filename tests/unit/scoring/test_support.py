"""Support: pictures, boxes and scenes that hold a hazard."""

import pytest
from support.scored import labelled

from safety_tasks.records.dataset import Support
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.support import count_support


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        ([], (0, 0, 0)),
        ([labelled(0), labelled(1, 1)], (0, 0, 0)),
        ([labelled(0, 0, 0, 1)], (1, 2, 1)),
        (
            [labelled(0, 0, scene="a"), labelled(1, 0, scene="a"), labelled(2, 0, scene="b")],
            (3, 3, 2),
        ),
    ],
)
def test_support(pictures: list[Picture], expected: tuple[int, int, int]) -> None:
    """Boxes of the hazard, the pictures and the scenes that hold one."""
    counts = Support(pictures=expected[0], boxes=expected[1], scenes=expected[2])
    assert count_support(pictures, 0) == counts


def test_support_of_some_boxes() -> None:
    """Only the boxes that count are counted, and pictures and scenes by them."""
    pictures = [labelled(0, 0, 0, scene="a"), labelled(1, 0, scene="b")]
    second = count_support(pictures, 0, lambda box, picture: box.x_center > 0.1)
    assert second == Support(pictures=1, boxes=1, scenes=1)
