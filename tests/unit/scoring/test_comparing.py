"""Candidate beside champion with numbers worked by hand, on the same pictures of four scenes."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.errors import BenchmarkError
from safety_tasks.records.dataset import Support
from safety_tasks.records.release import Detection
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare

Each = Sequence[Sequence[Detection]]
SCENES = ("a", "b", "c", "d")
# Each of four scenes holds one picture that labels smoke and fire; nobody labels person_down.
PICTURES = tuple(labelled(n, 0, 1, scene=scene) for n, scene in enumerate(SCENES))
ALL: Each = [[right(0, 0.9), right(1, 0.8, 1)]] * 4
HALF: Each = [*([[right(0, 0.9), right(1, 0.8, 1)]] * 2), *([[right(1, 0.8, 1)]] * 2)]
NOTHING: Each = [[]] * 4


def measured(
    each: Each, classes: tuple[str, ...] = CLASSES, pictures: tuple = PICTURES
) -> Accuracy:
    """Score detections of the pictures."""
    return score(classes, pictures, found_in(*each), dict.fromkeys(classes, 0.5))


def test_nothing_in_common_is_no_difference() -> None:
    """A champion that knows none of the hazards leaves nothing to compare."""
    found = compare(measured(ALL), measured(NOTHING, classes=("leak",)))
    assert set(found) == {"map50", "map50_95"}
    assert all((d.difference, d.interval) == (None, None) for d in found.values())


def test_differences_worked_by_hand() -> None:
    """Half of all smoke found, all of it without a false alarm: AP is 51 of 101 recalls; the means are over hazards."""
    found = compare(measured(ALL), measured(HALF))
    ap = 51 / 101
    wanted = {
        "ap50.smoke": 1 - ap,
        "ap50_95.smoke": 1 - ap,
        "recall.smoke": 1 / 2,
        "ap50.fire": 0.0,
        "ap50_95.fire": 0.0,
        "recall.fire": 0.0,
        "ap50.person_down": None,
        "ap50_95.person_down": None,
        "recall.person_down": None,
        "map50": (1 - ap) / 2,
        "map50_95": (1 - ap) / 2,
    }
    assert {key: d.difference for key, d in found.items()} == {
        key: None if value is None else pytest.approx(value) for key, value in wanted.items()
    }
    other = compare(measured(HALF), measured(ALL))
    assert other["map50"].difference == pytest.approx(-(1 - ap) / 2)


def test_looser_boxes_differ_in_ap50_95_alone() -> None:
    """A box that overlaps by 0.72 counts at five of ten IoUs."""
    loose = [[Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, 7.2))]] * 4
    pictures = tuple(labelled(n, 0, scene=scene) for n, scene in enumerate(SCENES))
    exact = measured([[right(0, 0.9)]] * 4, ("smoke",), pictures)
    found = compare(exact, measured(loose, ("smoke",), pictures))
    assert found["ap50.smoke"].difference == pytest.approx(0)
    assert found["ap50_95.smoke"].difference == pytest.approx(0.5)
    assert found["map50_95"].difference == pytest.approx(0.5)


def test_support_is_that_of_the_hazard() -> None:
    """Each hazard's difference stands beside its labels; the means are of all and have none of their own."""
    found = compare(measured(ALL), measured(HALF))
    support = Support(pictures=4, boxes=4, scenes=4)
    nothing = Support(pictures=0, boxes=0, scenes=0)
    assert found["ap50.smoke"].support == found["ap50_95.fire"].support == support
    assert found["recall.smoke"].support == found["recall.fire"].support == support
    assert found["ap50.person_down"].support == found["recall.person_down"].support == nothing
    assert found["map50"].support is None


def test_an_interval_is_paired() -> None:
    """It lies around the difference, and where both always do alike it is far narrower than either score's own."""
    better = [[right(0, 0.9)], [right(0, 0.9)], [wrong(0.9), right(0, 0.8)], []]
    pictures = tuple(labelled(n, 0, scene=scene) for n, scene in enumerate(SCENES))
    mine = measured(better, ("smoke",), pictures)
    found = compare(mine, measured(better, ("smoke",), pictures))["ap50.smoke"]
    own = mine.hazards["smoke"].ap50_interval
    assert found.difference == 0
    assert found.interval is not None
    assert own is not None
    assert found.interval.low == pytest.approx(-found.interval.high)
    assert found.interval.scenes == 4
    moved = compare(measured(ALL), measured(HALF))["map50"]
    assert moved.interval is not None
    assert moved.interval.low < (moved.difference or 0) < moved.interval.high
    assert moved.interval.scenes == 4


def test_of_one_scene_nothing_is_sure() -> None:
    """The difference is told, its interval is not; two scenes of which one labels the hazard are one."""
    alone = tuple(labelled(n, 0, 1, scene="a") for n in range(4))
    found = compare(measured(ALL, pictures=alone), measured(HALF, pictures=alone))
    assert found["map50"].difference == pytest.approx(25 / 101)
    assert {d.interval for d in found.values()} == {None}
    parts = (labelled(0, 0, scene="a"), labelled(1, 1, scene="b"), labelled(2, 1, scene="c"))
    each = [[right(0, 0.9)], [right(0, 0.9, 1)], [right(0, 0.9, 1)]]
    found = compare(measured(each, pictures=parts), measured(each, pictures=parts))
    assert found["ap50.smoke"].interval is None
    assert found["ap50.fire"].interval is not None
    assert found["map50"].interval is not None
    assert found["map50"].interval.scenes == 3


def test_a_champion_of_fewer_classes() -> None:
    """It is compared on the hazards that it knows, and the means are over those on both sides."""
    found = compare(measured(HALF), measured(ALL, classes=("smoke",)))
    assert set(found) == {"ap50.smoke", "ap50_95.smoke", "recall.smoke", "map50", "map50_95"}
    assert found["map50"] == found["ap50.smoke"].model_copy(update={"support": None})
    assert found["map50"].difference == pytest.approx(51 / 101 - 1)


@pytest.mark.parametrize(
    "other", [PICTURES[:3], PICTURES[::-1], (*PICTURES[:3], labelled(9, 0)), ()]
)
def test_other_pictures_are_not_compared(other: tuple) -> None:
    """Fewer, others, or the same in another order are not the same pictures."""
    found = found_in(*ALL) | found_in(*NOTHING, *NOTHING, *NOTHING)
    champion = score(CLASSES, other, found, dict.fromkeys(CLASSES, 0.5))
    with pytest.raises(
        BenchmarkError, match="expected candidate and champion on the same pictures"
    ):
        compare(measured(ALL), champion)


CHOICES = st.lists(
    st.lists(
        st.sampled_from(
            [right(0, 0.9), right(1, 0.7, 1), wrong(0.8), right(0, 0.3), wrong(0.6, 1)]
        ),
        max_size=4,
    ),
    min_size=4,
    max_size=4,
)


@settings(max_examples=30, deadline=None)
@given(CHOICES, CHOICES)
def test_the_other_way_round_is_the_opposite(ours: Each, theirs: Each) -> None:
    """Equal models differ by 0; swapped sides swap the sign of the difference and the ends of the interval."""
    mine, other = measured(ours), measured(theirs)
    assert {d.difference for d in compare(mine, mine).values()} == {0.0, None}
    there, back = compare(mine, other), compare(other, mine)
    assert list(there) == list(back)
    for key, found in there.items():
        if found.difference is None:
            assert (back[key].difference, found.interval) == (None, None)
            continue
        assert back[key].difference == pytest.approx(-found.difference)
        assert found.interval is not None
        assert back[key].interval is not None
        assert found.interval.low == pytest.approx(-back[key].interval.high)
