"""Events: runs of pictures that label a hazard, and whether their beginning was noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import CLASSES, labelled, right, wrong

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import EventScore
from safety_tasks.scoring.events import event_scores, natural_order

AT = dict.fromkeys(CLASSES, 0.5)


def filmed(number: int, *classes: int, scene: str = "s") -> Picture:
    """Return frame ``number`` of a scene."""
    picture = labelled(number + 1000 * (ord(scene[0]) - ord("a")), *classes, scene=scene)
    return picture.model_copy(update={"file": f"img-{number}.png"})


def smoke(
    pictures: list[Picture], alarms: dict[int, list[Detection]], within: int = 2
) -> EventScore:
    """Score smoke events; ``alarms`` by the position of a picture."""
    found = {picture.sha256: alarms.get(n, []) for n, picture in enumerate(pictures)}
    return event_scores(pictures, found, CLASSES, AT, within)["smoke"]


HIT = [right(0, 0.9)]


@pytest.mark.parametrize(
    ("labels", "alarms", "events", "caught"),
    [
        ("", {}, 0, 0),
        ("..", {0: HIT}, 0, 0),
        ("s", {}, 1, 0),
        ("s", {0: HIT}, 1, 1),
        ("sss", {1: HIT}, 1, 1),
        ("sss", {2: HIT}, 1, 0),
        ("s.s", {0: HIT}, 2, 1),
        (".ss.s", {1: HIT, 4: HIT}, 2, 2),
        ("ss", {0: [right(0, 0.49)]}, 1, 0),
        ("ss", {0: [right(0, 0.9, 1)]}, 1, 0),
        ("ss", {0: [wrong(0.9)]}, 1, 0),
        ("f", {0: HIT}, 0, 0),
    ],
)
def test_by_hand(labels: str, alarms: dict[int, list[Detection]], events: int, caught: int) -> None:
    """Runs are events; only a good alarm, of that hazard, on it, in the first two pictures counts."""
    kinds = {"s": (0,), "f": (1,), ".": ()}
    score = smoke([filmed(n, *kinds[kind]) for n, kind in enumerate(labels)], alarms)
    assert (score.events, score.caught, len(score.missed)) == (events, caught, events - caught)
    assert score.within_pictures == 2


@pytest.mark.parametrize(("height", "caught"), [(2.9, 0), (3.0, 1), (4.0, 1)])
def test_pointing_at_it_is_enough(height: float, caught: int) -> None:
    """An overlap of 0.3 catches an event, though it finds no box."""
    near = Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, height))
    assert smoke([filmed(0, 0)], {0: [near]}).caught == caught


def test_frames_come_in_natural_order() -> None:
    """Frame 10 follows frame 9: the first two of 8, 9, 10 are 8 and 9, however they are listed."""
    pictures = [filmed(10, 0), filmed(8, 0), filmed(9, 0)]
    assert smoke(pictures, {0: HIT}).missed == ("s: img-8.png",)
    assert smoke(pictures, {2: HIT}).caught == 1


def test_scenes_do_not_run_into_each_other() -> None:
    """The last picture of a scene and the first of the next are two events."""
    score = smoke([filmed(0, 0, scene="a"), filmed(1, 0, scene="b")], {})
    assert score.missed == ("a: img-0.png", "b: img-1.png")


def test_every_hazard_has_a_score() -> None:
    """Hazards without events have a score of none out of none."""
    scores = event_scores([], {}, CLASSES, AT, 3)
    assert scores == {name: EventScore(events=0, caught=0, within_pictures=3) for name in CLASSES}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("img-2", "img-10"),
        ("a", "b"),
        ("2", "10"),
        ("a2b9", "a2b10"),
        ("cam/9.png", "cam/10.png"),
        ("", "0"),
    ],
)
def test_natural_order(first: str, second: str) -> None:
    """Digits are read as numbers, wherever they stand."""
    assert natural_order(first) < natural_order(second)


@given(st.lists(st.text(alphabet="a1-0²", max_size=6)))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    """No name breaks the order, and different names never tie."""
    assert len({natural_order(name) for name in names}) == len(set(names))
    sorted(names, key=natural_order)
