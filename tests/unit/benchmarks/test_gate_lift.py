"""Lifting two models alike: labels that both missed are filled in, false alarms go, the rest stays as it was."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from support.made_population import CLASSES, SCENES, made_scenes
from support.scored import found_in, labelled, right, wrong

from benchmarks.gate_lift import Hit, hits_of, lift
from benchmarks.gate_thinning import share_of
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection

SHARES = (0.0, 0.4, 1.0)


def everywhere(share: float) -> dict[str, float]:
    """Return a share for every scene."""
    return dict.fromkeys(SCENES, share)


def hits(rows: Sequence[Picture], found: Mapping[str, Found], class_id: int) -> dict:
    """Return what found each label, by picture and label."""
    return {
        (p.sha256, label): hit
        for p in rows
        for label, hit in hits_of(p, found[p.sha256], class_id).items()
    }


def test_words_alone_decide_a_share() -> None:
    """The same words give the same number from 0 to below 1, and many of them spread evenly."""
    shares = [share_of("fill", 1, number) for number in range(500)]
    assert shares == [share_of("fill", 1, number) for number in range(500)]
    assert 0 <= min(shares) < max(shares) < 1
    assert sum(shares) / len(shares) == pytest.approx(0.5, abs=0.05)
    assert share_of("fill", 1, 2) != share_of("fill", 2, 1)


def test_a_label_is_found_by_the_best_that_overlaps_it() -> None:
    """Each label has at most one hit, by its place among the labels of its hazard; others' detections are none."""
    picture = labelled(0, 1, 0, 0)
    half = Detection(class_id=0, score=0.6, box_xyxy=(20, 0, 25, 10))
    found = (wrong(0.9), right(0, 0.8), half, right(1, 0.5), right(1, 0.7), right(2, 0.9, 1))
    assert hits_of(picture, found, 0) == {
        0: Hit(0.7, pytest.approx(1)),
        1: Hit(0.6, pytest.approx(0.5)),
    }
    assert hits_of(picture, found, 1) == {}
    assert hits_of(picture, (), 0) == {}


@pytest.mark.parametrize("class_id", range(len(CLASSES)))
@pytest.mark.parametrize("share", SHARES)
def test_what_only_one_found_stays_as_it_was(class_id: int, share: float) -> None:
    """The difference between the models is left alone: only labels that both missed are filled, and for both."""
    scenes, *models = made_scenes()
    lifted = lift(scenes.rows, models, class_id, everywhere(share), 0.9)
    before = [hits(scenes.rows, found, class_id) for found in models]
    after = [hits(scenes.rows, found, class_id) for found in lifted]
    new = [set(now) - set(was) for was, now in zip(before, after, strict=True)]
    both = before[0].keys() | before[1].keys()
    assert new[0] == new[1]
    assert not new[0] & both
    assert before[0].keys() ^ before[1].keys()
    for was, now in zip(before, after, strict=True):
        assert {label: now[label] for label in was} == was
    labels = sum(box.class_id == class_id for p in scenes.rows for box in p.boxes)
    missed = labels - len(both)
    assert missed
    assert len(new[0]) == {0.0: 0, 1.0: missed}.get(share, len(new[0]))


def test_a_higher_share_fills_all_that_a_lower_one_fills() -> None:
    """So that the level is found by bisection; which labels are filled does not depend on the model."""
    scenes, *models = made_scenes()
    each = [
        hits(scenes.rows, lift(scenes.rows, models, 0, everywhere(share), 0.0)[0], 0)
        for share in (0, 0.2, 0.5, 0.8, 1)
    ]
    for lower, higher in pairwise(each):
        assert lower.items() <= higher.items()
    assert len(each[0]) < len(each[2]) < len(each[-1])


def test_only_the_named_scenes_are_filled() -> None:
    """A scene without a share keeps its gaps."""
    scenes, *models = made_scenes()
    lifted = lift(scenes.rows, models, 0, {"more-smoke": 1.0}, 0.0)
    changed = [row.scene for row in scenes.rows if lifted[0][row.sha256] != models[0][row.sha256]]
    assert changed
    assert set(changed) == {"more-smoke"}


def test_what_is_filled_in_is_what_was_found_at_a_donor() -> None:
    """Score and IoU come from one label that both really found, each model's own."""
    pictures = [labelled(0, 0), labelled(1, 0), labelled(2, 0)]
    ours = found_in([right(0, 0.9)], [right(0, 0.6)], [])
    half = Detection(class_id=0, score=0.3, box_xyxy=(0, 0, 6, 10))
    theirs = found_in([half], [], [])
    one, other = lift(pictures, [ours, theirs], 0, {"s": 1.0}, 0.0)
    missed = pictures[2]
    assert hits_of(missed, one[missed.sha256], 0) == {0: Hit(0.9, pytest.approx(1))}
    assert hits_of(missed, other[missed.sha256], 0) == {0: Hit(0.3, pytest.approx(0.6))}
    assert one[pictures[1].sha256] == ours[pictures[1].sha256]
    assert other[pictures[1].sha256] == ()


def test_without_a_donor_nothing_is_filled() -> None:
    """Where the models found no label in common there is nothing to fill in from."""
    pictures = [labelled(0, 0), labelled(1, 0)]
    models = [found_in([right(0, 0.9)], []), found_in([], [])]
    assert lift(pictures, models, 0, {"s": 1.0}, 0.0) == models


@pytest.mark.parametrize("dropped", SHARES)
def test_false_alarms_go_alike_for_both(dropped: float) -> None:
    """In the pictures without a label that are picked, both lose those of the hazard; no other detection goes."""
    scenes, *models = made_scenes()
    lifted = lift(scenes.rows, models, 1, {}, dropped)
    picked = {p.sha256 for p in scenes.rows if not p.boxes and share_of("drop", p.sha256) < dropped}
    quiet = sum(not p.boxes for p in scenes.rows)
    assert len(picked) == {0.0: 0, 1.0: quiet}.get(dropped, len(picked))
    for was, now in zip(models, lifted, strict=True):
        assert any(d.class_id == 1 for p in scenes.rows if not p.boxes for d in was[p.sha256])
        for picture in scenes.rows:
            sha = picture.sha256
            kept = [d for d in was[sha] if d.class_id != 1 or sha not in picked]
            assert sorted(map(repr, now[sha])) == sorted(map(repr, kept))
