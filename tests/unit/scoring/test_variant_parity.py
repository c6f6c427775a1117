"""How a variant differs from its reference: counts at the thresholds, largest differences, the worst picture."""

import pytest
from support.scored import found_in, labelled, right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.records.variants import VariantParity
from safety_tasks.scoring.variant_budget import measure_variant_parity

HALF = [0.5, 0.5, 0.5]


def test_no_picture_has_no_difference() -> None:
    """Nothing was looked at: no counts, no differences, no worst picture."""
    found = measure_variant_parity([], {}, {}, HALF)
    assert found == VariantParity(
        pictures=0,
        reference_detections=0,
        variant_detections=0,
        matched=0,
        agreement_f1=1.0,
        max_box_difference_px=0.0,
        max_score_difference=0.0,
        worst_picture="",
    )


@pytest.mark.parametrize(
    ("variant", "reference", "wanted"),
    [
        ([[]], [[]], (0, 0, 0, 1.0, "")),
        ([[right(0, 0.9)]], [[right(0, 0.9)]], (1, 1, 1, 1.0, "")),
        ([[right(0, 0.9)]], [[]], (0, 1, 0, 0.0, "0.png")),
        ([[]], [[right(0, 0.9)]], (1, 0, 0, 0.0, "0.png")),
        ([[right(0, 0.4)]], [[right(0, 0.9)]], (1, 0, 0, 0.0, "0.png")),
        ([[right(0, 0.9)]], [[right(0, 0.9, 1)]], (1, 1, 0, 0.0, "0.png")),
        (
            [[right(0, 0.9)], [right(0, 0.9), right(1, 0.8), wrong(0.6)]],
            [[right(0, 0.9), right(2, 0.6)], [right(0, 0.9)]],
            (3, 4, 2, 4 / 7, "1.png"),
        ),
    ],
)
def test_counts_and_the_worst_picture(
    variant: list[list[Detection]],
    reference: list[list[Detection]],
    wanted: tuple[int, int, int, float, str],
) -> None:
    """Both sides count at the thresholds; the picture that differs most is named by its file."""
    pictures = [labelled(index) for index in range(len(variant))]
    found = measure_variant_parity(pictures, found_in(*variant), found_in(*reference), HALF)
    assert found.pictures == len(pictures)
    counts = (found.reference_detections, found.variant_detections, found.matched)
    assert (*counts, found.agreement_f1, found.worst_picture) == pytest.approx(wanted)


def moved(x: float, y: float, wide: float, tall: float, score: float) -> Detection:
    """Return the detection on the label at column 0, each side moved by its own way."""
    return Detection(class_id=0, score=score, box_xyxy=(0 + x, 0 + y, 10 + wide, 10 + tall))


@pytest.mark.parametrize(
    ("ours", "box_px", "score"),
    [
        (moved(0, 0, 0, 0, 0.9), 0.0, 0.0),
        (moved(1, 0, 0, 0, 0.9), 1.0, 0.0),
        (moved(0, -1.5, 0, 0, 0.9), 1.5, 0.0),
        (moved(0, 0, -2, 0.5, 0.9), 2.0, 0.0),
        (moved(0, 0, 0, 3, 0.9), 3.0, 0.0),
        (moved(0, 0, 0, 0, 0.65), 0.0, 0.25),
        (moved(0, 0, 0, 0, 1.0), 0.0, 0.1),
    ],
)
def test_differences_of_a_match(ours: Detection, box_px: float, score: float) -> None:
    """The side that moved farthest counts, either way, and the score, either way."""
    found = measure_variant_parity([labelled(0)], found_in([ours]), found_in([right(0, 0.9)]), HALF)
    assert (found.max_box_difference_px, found.max_score_difference) == pytest.approx(
        (box_px, score)
    )


def test_the_largest_difference_of_all_pictures_counts() -> None:
    """A later match that is nearer does not cover an earlier one, nor an earlier one a later one."""
    pictures = [labelled(index) for index in range(3)]
    reference = found_in([right(0, 0.9)], [right(0, 0.9)], [right(0, 0.9)])
    variant = found_in([moved(1, 0, 0, 0, 0.9)], [moved(3, 0, 0, 0, 0.7)], [moved(0, 0, 2, 0, 0.8)])
    found = measure_variant_parity(pictures, variant, reference, HALF)
    assert (found.max_box_difference_px, found.max_score_difference) == pytest.approx((3.0, 0.2))


def test_what_matches_nothing_has_no_difference() -> None:
    """Differences are of matches; what one model alone sees is counted by the agreement."""
    found = measure_variant_parity(
        [labelled(0)], found_in([wrong(0.9)]), found_in([right(0, 0.5)]), HALF
    )
    assert (found.max_box_difference_px, found.max_score_difference) == (0.0, 0.0)
    assert found.agreement_f1 == 0.0


def test_only_the_pictures_asked_for_count() -> None:
    """Detections of other pictures are at hand, and are left out."""
    both = found_in([right(0, 0.9)], [right(0, 0.9)])
    lost = found_in([right(0, 0.9)], [])
    found = measure_variant_parity([labelled(0)], lost, both, HALF)
    assert (found.pictures, found.reference_detections, found.agreement_f1) == (1, 1, 1.0)
    assert measure_variant_parity([labelled(1)], lost, both, HALF).agreement_f1 == 0.0


def test_each_hazard_has_its_own_threshold() -> None:
    """What reaches the threshold of another hazard only is not counted."""
    found = measure_variant_parity(
        [labelled(0)],
        found_in([right(0, 0.6, 0), right(1, 0.6, 1)]),
        found_in([right(0, 0.6, 0), right(1, 0.6, 1)]),
        [0.5, 0.7, 0.5],
    )
    assert (found.reference_detections, found.variant_detections, found.matched) == (1, 1, 1)
