"""Thinning: labels are missed by hash, a higher share misses all that a lower one does, a difference is bisected."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from support.made_population import CLASSES, made_scenes
from support.scored import found_in, labelled, right, wrong

from benchmarks.gate_thinning import bisect, share_of, thin
from safety_tasks.records.release import Detection

SHARES = (0.0, 0.1, 0.3, 0.6, 0.9, 1.0)


@pytest.mark.parametrize("class_id", range(len(CLASSES)))
def test_a_higher_share_takes_all_that_a_lower_one_takes(class_id: int) -> None:
    """What is left at a higher share was left at each lower one too, in its order; at 0 all is left."""
    scenes, champion, _ = made_scenes()
    each = [thin(scenes.rows, champion, class_id, share, "worse") for share in SHARES]
    assert each[0] == champion
    for lower, higher in pairwise(each):
        for sha, kept in higher.items():
            assert kept == tuple(d for d in lower[sha] if d in kept)
    counts = [sum(map(len, found.values())) for found in each]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2] > counts[-1]


@pytest.mark.parametrize("class_id", range(len(CLASSES)))
def test_other_hazards_and_other_places_stay(class_id: int) -> None:
    """Even at a share of 1 false alarms of the hazard stay, and all detections of the others."""
    scenes, champion, _ = made_scenes()
    thinned = thin(scenes.rows, champion, class_id, 1.0, "worse")
    for sha, found in champion.items():
        others = [d for d in found if d.class_id != class_id or d.box_xyxy == (1, 1, 21, 31)]
        assert list(thinned[sha]) == others


def test_all_that_points_at_a_missed_label_goes() -> None:
    """Detections of the hazard at IoU 0.3 and up go, however many; those below, and of another hazard, stay."""
    picture = labelled(0, 0)
    at_030 = Detection(class_id=0, score=0.7, box_xyxy=(0, 0, 3, 10))
    below = Detection(class_id=0, score=0.6, box_xyxy=(0, 0, 2.9, 10))
    seen = [right(0, 0.9), at_030, below, right(0, 0.8, 1), wrong(0.5), right(0, 0.4)]
    thinned = thin([picture], found_in(seen), 0, 1.0, "x")
    assert thinned[picture.sha256] == (below, right(0, 0.8, 1), wrong(0.5))


def test_only_the_picked_labels_are_missed() -> None:
    """Each label is decided by itself, by its hash, hazard and salt; a picture in which nothing was seen stays so."""
    pictures = [labelled(n, 0, 0, 0) for n in range(30)]
    found = found_in(*[[right(c, 0.9) for c in range(3)] for _ in pictures[1:]], [])
    thinned = thin(pictures, found, 0, 0.4, "salt")
    for picture in pictures[:-1]:
        wanted = [
            right(c, 0.9) for c in range(3) if share_of("thin", "salt", 0, picture.sha256, c) >= 0.4
        ]
        assert list(thinned[picture.sha256]) == wanted
    assert thinned[pictures[-1].sha256] == ()
    assert thinned != thin(pictures, found, 0, 0.4, "other")


def test_what_is_given_is_not_changed() -> None:
    """Variants are made from the same detections one after another."""
    scenes, champion, _ = made_scenes()
    before = dict(champion)
    thin(scenes.rows, champion, 0, 1.0, "x")
    assert champion == before


def steps(share: float) -> float:
    """Return a value that rises by steps of 0.1, as AP does."""
    return int(share * 10) / 10


def falling(share: float) -> float:
    """Return a value that falls by steps of 0.1."""
    return 1 - steps(share)


@pytest.mark.parametrize(
    ("value_of", "rising", "target", "at_most", "wanted"),
    [
        (lambda share: share, True, 0.3, False, 0.3),
        (lambda share: 1 - share, False, 0.3, False, 0.3),
        (steps, True, 0.42, False, 0.4),  # the nearer of two steps
        (steps, True, 0.48, False, 0.5),
        (steps, True, 0.48, True, 0.4),  # at most: the lower one though it is farther
        (falling, False, 0.42, False, 0.4),
        (falling, False, 0.48, False, 0.5),
        (falling, False, 0.48, True, 0.4),
        (steps, True, 2.0, False, 1.0),  # out of reach: the nearer end
        (steps, True, -1.0, False, 0.0),
        (falling, False, 2.0, False, 1.0),
        (falling, False, -1.0, True, 0.0),
    ],
)
def test_a_target_is_bisected(
    value_of: Callable[[float], float], rising: bool, target: float, at_most: bool, wanted: float
) -> None:
    """As near as it comes, or the nearest that is not above; where it is out of reach, the nearer end."""
    share = bisect(value_of, target, rising=rising, at_most=at_most)
    assert value_of(share) == pytest.approx(wanted, abs=0.001)
