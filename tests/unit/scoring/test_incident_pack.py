"""Incidents are found or missed by hazard, at the operating threshold, with a loose box; none is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.records.model import IncidentResult
from safety_tasks.records.picture import Picture, Split
from safety_tasks.records.release import Detection
from safety_tasks.scoring.incident_pack import incident_result, missed_hazards
from safety_tasks.scoring.matching import FOUND_IOU

HALF = dict.fromkeys(CLASSES, 0.5)


def moved(column: int, share: float) -> Detection:
    """Return a detection of the label at a column, moved right by a share of its width."""
    found = right(column, 0.9)
    x1, y1, x2, y2 = found.box_xyxy
    return found.model_copy(update={"box_xyxy": (x1 + 10 * share, y1, x2 + 10 * share, y2)})


@pytest.mark.parametrize(
    ("labels", "detections", "missed"),
    [
        ((), (), ()),
        ((), (wrong(0.9),), ()),
        ((0,), (), ("smoke",)),
        ((0,), (right(0, 0.9),), ()),
        ((0,), (right(0, 0.5),), ()),
        ((0,), (right(0, 0.4999),), ("smoke",)),
        ((0,), (wrong(0.9),), ("smoke",)),
        ((0,), (right(0, 0.9, class_id=1),), ("smoke",)),
        ((0,), (moved(0, 0.5),), ()),
        ((0,), (moved(0, 0.6),), ("smoke",)),
        ((0, 0), (right(1, 0.9),), ()),
        ((0, 1), (right(0, 0.9),), ("fire",)),
        ((0, 1), (right(0, 0.9), right(1, 0.9, class_id=1)), ()),
        ((2, 0), (), ("smoke", "person_down")),
    ],
)
def test_an_incident_is_found_when_each_hazard_of_it_is(
    labels: tuple[int, ...], detections: tuple[Detection, ...], missed: tuple[str, ...]
) -> None:
    """One box of each hazard is enough, at its threshold, on the right class, with a third of overlap."""
    assert missed_hazards(labelled(0, *labels), detections, CLASSES, HALF) == missed


def test_the_overlap_is_looser_than_for_scores() -> None:
    """Moved by half its width a box overlaps a third: found here, never in AP50."""
    assert FOUND_IOU < 1 / 3 < 0.5


def test_each_hazard_has_its_threshold() -> None:
    """Equally sure, what is found of one hazard is missed of the other."""
    found = (right(0, 0.6), right(1, 0.6, 1))
    at = {"smoke": 0.7, "fire": 0.3, "person_down": 0.5}
    assert missed_hazards(labelled(0, 0, 1), found, CLASSES, at) == ("smoke",)


def test_a_hazard_that_the_model_does_not_know_is_missed() -> None:
    """A model of fewer classes finds none of the newer hazard, whatever its numbers say."""
    older = {"smoke": 0.5, "fire": 0.5}
    found = (right(0, 0.9, class_id=2),)
    assert missed_hazards(labelled(0, 2), found, CLASSES, older) == ("person_down",)
    result = incident_result([labelled(0, 2)], found_in(found), CLASSES, older)
    assert (result.total, result.found) == (1, 0)


def came(index: int, *classes: int, split: Split = "incident") -> Picture:
    """Return a picture of an incident."""
    return labelled(index, *classes).model_copy(update={"split": split})


def test_no_incidents() -> None:
    """Nothing on record: nothing is missed, and nothing is claimed."""
    nothing = IncidentResult(total=0, missed=(), trained_on=0, without_hazard=0)
    assert incident_result([], {}, CLASSES, HALF) == nothing
    assert incident_result([], found_in([right(0, 0.9)]), CLASSES, HALF) == nothing


@pytest.mark.parametrize(
    ("split", "trained_on"),
    [("incident", 0), ("reserve", 0), ("holdout", 0), ("train", 1), ("val", 1)],
)
def test_every_split_counts(split: Split, trained_on: int) -> None:
    """A missed one counts wherever it lies; those that a model learned or chose from are told apart, if they label."""
    pictures = [came(0, 0, split=split), came(1, split=split)]
    result = incident_result(pictures, found_in([], []), CLASSES, HALF)
    assert result.missed == ("000000000000 0.png: smoke",)
    assert (result.total, result.trained_on, result.without_hazard) == (1, trained_on, 1)


def test_each_missed_picture_is_named_with_its_hazards() -> None:
    """By the beginning of its digest and its file, in the order of pictures, hazards by class."""
    pictures = [came(3, 1, 0), came(1, 0, 1), came(0, 2), came(2)]
    pictures[0] = pictures[0].model_copy(update={"sha256": "ab" * 32, "file": "halle 3/tür.jpg"})
    found = {
        "ab" * 32: (),
        pictures[1].sha256: (right(0, 0.9), right(1, 0.49, 1)),
        pictures[2].sha256: (right(0, 0.9, 2), wrong(0.9)),
    }
    assert incident_result(pictures, found, CLASSES, HALF) == IncidentResult(
        total=3,
        missed=("abababababab halle 3/tür.jpg: smoke, fire", "000000000000 1.png: fire"),
        trained_on=0,
        without_hazard=1,
    )


def test_boxes_are_in_pixels_of_the_picture_as_it_decodes() -> None:
    """A picture twice as wide has its label twice as far to the right."""
    wide = came(0, 1, 0).model_copy(update={"width_px": 200})
    on_it = Detection(class_id=0, score=0.9, box_xyxy=(20, 0, 40, 10))
    for found, missed in ((on_it, ("fire",)), (right(1, 0.9), ("smoke", "fire"))):
        assert missed_hazards(wide, (found,), CLASSES, HALF) == missed


def test_a_picture_that_was_not_looked_at_is_an_error() -> None:
    """Labelled and without an entry it is neither found nor missed; one that labels nothing needs none."""
    with pytest.raises(KeyError):
        incident_result([came(0), came(1, 0)], {}, CLASSES, HALF)
    assert incident_result([came(0)], {}, CLASSES, HALF).without_hazard == 1


SOME = st.lists(
    st.one_of(
        st.builds(right, st.integers(0, 2), st.floats(0, 1), st.integers(0, 2)),
        st.builds(wrong, st.floats(0, 1), st.integers(0, 2)),
    ),
    max_size=6,
)
LABELS = st.lists(st.integers(0, 2), max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(LABELS, SOME), max_size=4), st.floats(0, 1), st.floats(0, 1))
def test_none_is_lost_from_the_count(
    given_each: list[tuple[list[int], list[Detection]]], one: float, other: float
) -> None:
    """Pictures are found, missed or without hazard; a lower threshold or more detections never miss more."""
    pictures = [came(n, *labels) for n, (labels, _) in enumerate(given_each)]
    each = [some for _, some in given_each]
    low, high = (dict.fromkeys(CLASSES, at) for at in sorted((one, other)))
    at_low = incident_result(pictures, found_in(*each), CLASSES, low)
    at_high = incident_result(pictures, found_in(*each), CLASSES, high)
    assert at_low.total + at_low.without_hazard == len(pictures)
    assert at_low.total >= len(at_low.missed)
    assert len(at_low.missed) <= len(at_high.missed)
    fewer = incident_result(pictures, found_in(*(some[1:] for some in each)), CLASSES, low)
    assert len(at_low.missed) <= len(fewer.missed)
