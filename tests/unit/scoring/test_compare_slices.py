"""Candidate beside champion in parts of the holdout, worked by hand: where recall fell, and how sure that is."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.errors import BenchmarkError
from safety_tasks.records.dataset import Support
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import SliceDifference
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.scoring.student_t import t_quantile

Each = Sequence[Sequence[Detection]]
NIGHT, DUSK, DAY = 10.0, 80.0, 150.0
HIT, MISS = [right(0, 0.9)], [wrong(0.9)]


def taken(
    index: int, *classes: int, grey: float = DAY, scene: str = "", camera: str | None = None
) -> Picture:
    """Return picture number ``index``, of a scene of its own unless named."""
    changes = {"brightness": grey, "camera": camera, "site": "plant"}
    return labelled(index, *classes, scene=scene or f"s{index}").model_copy(update=changes)


def measured(
    pictures: Sequence[Picture],
    each: Each,
    classes: tuple[str, ...] = CLASSES,
    threshold: float = 0.5,
) -> Accuracy:
    """Score detections of the pictures."""
    return score(classes, tuple(pictures), found_in(*each), dict.fromkeys(classes, threshold))


def parts(ours: Accuracy, theirs: Accuracy) -> dict[tuple[str, str, str], SliceDifference]:
    """Return the differences by kind, value and hazard, each of which comes once."""
    found = compare_slices(ours, theirs)
    named = {(each.kind, each.value, each.hazard): each for each in found}
    assert len(named) == len(found)
    return named


@pytest.mark.parametrize("pictures", [[], [taken(0)], [taken(0, grey=NIGHT), taken(1, camera="1")]])
def test_where_nothing_is_labelled_there_is_no_difference(pictures: list[Picture]) -> None:
    """No pictures, and background alone, have no recall that could fall."""
    each = [MISS] * len(pictures)
    assert compare_slices(measured(pictures, each), measured(pictures, each)) == ()


# Two scenes at night and four by day, each with one picture that labels smoke.
SIX = [taken(n, 0, grey=NIGHT if n < 2 else DAY) for n in range(6)]


def test_a_night_that_falls_while_the_whole_does_not() -> None:
    """Four of six are found by both; the candidate lost both of the night, and found two more by day."""
    ours = measured(SIX, [MISS, MISS, HIT, HIT, HIT, HIT])
    theirs = measured(SIX, [HIT, HIT, HIT, HIT, MISS, MISS])
    assert compare(ours, theirs)["recall.smoke"].difference == pytest.approx(0)
    found = parts(ours, theirs)
    assert {key: each.difference for key, each in found.items()} == {
        ("source", "plant", "smoke"): pytest.approx(0),
        ("brightness", "night", "smoke"): -1,
        ("brightness", "day", "smoke"): pytest.approx(1 / 2),
    }
    assert found["source", "plant", "smoke"].support == Support(pictures=6, boxes=6, scenes=6)
    night, day = (found["brightness", value, "smoke"] for value in ("night", "day"))
    assert night.support == Support(pictures=2, boxes=2, scenes=2)
    assert day.support == Support(pictures=4, boxes=4, scenes=4)
    assert night.interval is not None
    assert day.interval is not None
    # Both scenes of the night fell alike: a label of its two more or less, t of one degree of freedom.
    half = t_quantile(1) / 2
    assert night.interval.scenes == 2
    assert (night.interval.low, night.interval.high) == pytest.approx((-1 - half, -1 + half))
    # By day leaving a scene out gives 2/3 or 1/3, counting it twice 2/5 or 3/5: each moves by 2/15, so that the
    # variance is 4 (2/15)² (1 - 1/4) (1 + 1/4)² = 1/12, of three degrees of freedom.
    half = t_quantile(3) * math.sqrt(1 / 12)
    assert day.interval.scenes == 4
    assert (day.interval.low, day.interval.high) == pytest.approx((0.5 - half, 0.5 + half))


def test_a_part_of_one_scene_has_no_interval() -> None:
    """The difference is told and how much it rests on; a second scene without the hazard does not help."""
    pictures = [
        *(taken(n, 0, grey=NIGHT, scene="yard") for n in range(3)),
        taken(3, 1, grey=NIGHT, scene="hall"),
        *(taken(n, 0) for n in (4, 5)),
    ]
    ours = measured(pictures, [HIT, MISS, MISS, [], HIT, HIT])
    theirs = measured(pictures, [HIT, HIT, HIT, [], HIT, HIT])
    found = parts(ours, theirs)
    night = found["brightness", "night", "smoke"]
    assert night.difference == pytest.approx(-2 / 3)
    assert night.interval is None
    assert night.support == Support(pictures=3, boxes=3, scenes=1)
    assert found["brightness", "night", "fire"].interval is None
    day = found["brightness", "day", "smoke"]
    assert day.difference == 0
    assert day.interval is not None
    assert found["source", "plant", "smoke"].interval is not None


def test_a_scene_of_several_parts_counts_in_each() -> None:
    """A yard by night and by day: each part has its own pictures of it, and scenes by what they hold there."""
    pictures = [
        taken(0, 0, 0, grey=NIGHT, scene="yard"),
        taken(1, 0, grey=DAY, scene="yard"),
        taken(2, 0, grey=DUSK, scene="hall"),
        taken(3, 0, grey=NIGHT, scene="hall"),
    ]
    ours = measured(pictures, [HIT, HIT, HIT, MISS])
    found = parts(ours, measured(pictures, [MISS, MISS, HIT, MISS]))
    expected = {"night": (1 / 3, 2, 3, 2), "dusk": (0, 1, 1, 1), "day": (1, 1, 1, 1)}
    for value, (difference, pictures_held, boxes, scenes) in expected.items():
        part = found["brightness", value, "smoke"]
        assert part.difference == pytest.approx(difference)
        assert part.support == Support(pictures=pictures_held, boxes=boxes, scenes=scenes)
        assert (part.interval is None) == (scenes < 2)


def test_only_hazards_that_a_part_labels() -> None:
    """Fire that only the day labels is not a fall of the night, whatever is detected there."""
    pictures = [taken(0, 0, grey=NIGHT), taken(1, 0, 1), taken(2), taken(3, grey=DUSK)]
    alarms = [right(0, 0.9), right(1, 0.9, 1), wrong(0.9, 2)]
    found = parts(measured(pictures, [alarms] * 4), measured(pictures, [[]] * 4))
    assert set(found) == {
        ("source", "plant", "smoke"),
        ("source", "plant", "fire"),
        ("brightness", "night", "smoke"),
        ("brightness", "day", "smoke"),
        ("brightness", "day", "fire"),
    }
    assert {each.difference for each in found.values()} == {1.0}


def test_parts_are_sources_and_brightness() -> None:
    """A source is a site, with its camera where one is named."""
    cameras = ("1", "2", "2", None)
    pictures = [taken(n, 0, camera=camera, scene=str(n)) for n, camera in enumerate(cameras)]
    ours = measured(pictures, [MISS, HIT, HIT, HIT])
    found = parts(ours, measured(pictures, [HIT, HIT, MISS, HIT]))
    assert {(kind, value): each.difference for (kind, value, _), each in found.items()} == {
        ("source", "plant/1"): -1,
        ("source", "plant/2"): pytest.approx(1 / 2),
        ("source", "plant"): 0,
        ("brightness", "day"): pytest.approx(0),
    }


def test_a_champion_of_fewer_classes() -> None:
    """Parts are compared on the hazards that both know, wherever the others are labelled."""
    pictures = [taken(n, 0, 1, 2, grey=NIGHT) for n in range(2)]
    everything = [[right(0, 0.9), right(1, 0.9, 1), right(2, 0.9, 2)]] * 2
    ours = measured(pictures, everything)
    found = parts(ours, measured(pictures, [HIT, MISS], classes=("smoke",)))
    assert set(found) == {("source", "plant", "smoke"), ("brightness", "night", "smoke")}
    assert {each.difference for each in found.values()} == {0.5}
    assert compare_slices(ours, measured(pictures, [HIT, HIT], classes=("leak",))) == ()


def test_each_at_its_own_threshold() -> None:
    """A score of 0.7 is found at 0.5 and missed at 0.8, by whichever of the two."""
    each = [[right(0, 0.7)]] * 6
    low, high = measured(SIX, each), measured(SIX, each, threshold=0.8)
    assert {part.difference for part in compare_slices(low, high)} == {1.0}
    assert {part.difference for part in compare_slices(high, low)} == {-1.0}
    assert compare(low, high)["recall.smoke"].difference == 1
    assert compare(low, high)["ap50.smoke"].difference == 0


@pytest.mark.parametrize("other", [SIX[:5], SIX[::-1], [*SIX[:5], taken(9, 0)], []])
def test_other_pictures_are_not_compared(other: list[Picture]) -> None:
    """Fewer, others, or the same in another order are not the same pictures."""
    champion = measured(other, [MISS] * 10)
    with pytest.raises(
        BenchmarkError, match="expected candidate and champion on the same pictures"
    ):
        compare_slices(measured(SIX, [HIT] * 6), champion)


EACH = st.lists(st.sampled_from([HIT, MISS, [], [right(1, 0.9, 1), *HIT]]), min_size=7, max_size=7)
GREYS = st.lists(st.sampled_from([NIGHT, DUSK, DAY]), min_size=7, max_size=7)


@settings(max_examples=40, deadline=None)
@given(EACH, EACH, GREYS)
def test_a_part_is_compared_as_if_it_were_all_there_is(
    ours: Each, theirs: Each, greys: list[float]
) -> None:
    """Difference, interval and support are those of its pictures alone; swapped sides swap the sign."""
    pictures = [taken(n, 0, n % 2, grey=grey, scene=f"s{n // 2}") for n, grey in enumerate(greys)]
    mine, other = measured(pictures, ours), measured(pictures, theirs)
    back = parts(other, mine)
    for (kind, value, hazard), part in parts(mine, other).items():
        if kind != "brightness":
            continue
        grey = {"night": NIGHT, "dusk": DUSK, "day": DAY}[value]
        alone = [p for p in pictures if p.brightness == grey]
        sides = [
            score(CLASSES, tuple(alone), found_in(*each), mine.thresholds)
            for each in (ours, theirs)
        ]
        whole = compare(*sides)[f"recall.{hazard}"]
        assert part.support == whole.support
        assert part.difference == pytest.approx(whole.difference)
        assert back[kind, value, hazard].difference == pytest.approx(-(part.difference or 0))
        assert (part.interval is None) == (whole.interval is None)
        if part.interval is not None and whole.interval is not None:
            assert part.interval.scenes == whole.interval.scenes
            ends = (whole.interval.low, whole.interval.high)
            assert (part.interval.low, part.interval.high) == pytest.approx(ends)
