"""Our scores against COCO's own code, pycocotools, and against faster-coco-eval: equal to 1e-8 in every case."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scored import CLASSES, SIDE_PX, found_in, labelled, right, wrong

from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.average_precision import AveragePrecision, average_precision
from safety_tasks.scoring.coco_documents import coco_documents
from safety_tasks.scoring.match_table import match_table
from safety_tasks.scoring.table_scores import table_scores

Found = Mapping[str, Sequence[Detection]]
Scores = tuple[float, float, float] | None
CLOSE = 1e-8


def by_coco(which: str, pictures: Sequence[Picture], found: Found) -> list[Scores]:
    """Return AP50, AP50-95 and AR@100 of each hazard as a public scorer sees it with its own settings."""
    truth, results = coco_documents(pictures, found, CLASSES)
    coco: Any
    with contextlib.redirect_stdout(io.StringIO()):
        if which == "pycocotools":
            from pycocotools.coco import COCO
            from pycocotools.cocoeval import COCOeval

            coco = COCO()
            coco.dataset = truth
            coco.createIndex()
            evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        else:
            import faster_coco_eval

            coco = faster_coco_eval.COCO(truth)
            evaluation = faster_coco_eval.COCOeval_faster(coco, coco.loadRes(results), "bbox")
        evaluation.params.catIds = [1, 2, 3]
        evaluation.evaluate()
        evaluation.accumulate()
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    each: list[Scores] = []
    for k in range(len(CLASSES)):
        ap, ar = precision[:, :, k, 0, -1], recall[:, k, 0, -1]
        each.append(None if (ap < 0).all() else (ap[0].mean(), ap.mean(), ar.mean()))
    return each


def by_table(
    pictures: Sequence[Picture], found: Found, weights: np.ndarray | None = None
) -> list[Scores]:
    """Return the same of the match table."""
    each = [table_scores(match_table(pictures, found, k), weights) for k in range(len(CLASSES))]
    return [None if s is None else (s.ap50, s.ap50_95, s.ar) for s in each]


def by_average_precision(result: AveragePrecision) -> list[Scores]:
    """Return the same of the result that is reported."""
    each: list[Scores] = []
    for name in CLASSES:
        ap50, ap50_95, ar = result.ap50[name], result.ap50_95[name], result.ar[name]
        known = ap50 is not None and ap50_95 is not None and ar is not None
        each.append((ap50, ap50_95, ar) if known else None)
    return each


def same(first: list[Scores], second: list[Scores]) -> bool:
    """Tell whether scores agree, and are None together."""
    return all(
        (a is None) == (b is None) and (a is None or np.allclose(a, b, rtol=0, atol=CLOSE))
        for a, b in zip(first, second, strict=True)
    )


def boxed(index: int, boxes: Sequence[tuple[int, int, int, int, int]]) -> Picture:
    """Return picture ``index`` with labels (class, x, y, width, height) in tenths of the picture."""
    labels = tuple(
        Box(
            class_id=k,
            x_center=(x + w / 2) / 20,
            y_center=(y + h / 2) / 20,
            width=w / 20,
            height=h / 20,
        )
        for k, x, y, w, h in boxes
    )
    return labelled(index).model_copy(update={"boxes": labels})


def seen(values: tuple[int, int, int, int, int, int]) -> Detection:
    """Return a detection (class, x, y, width, height in twentieths of the picture, score in tenths)."""
    k, x, y, w, h, score = values
    side = SIDE_PX / 20
    box = (x * side, y * side, (x + w) * side, (y + h) * side)
    return Detection(class_id=k, score=score / 10, box_xyxy=box)


# Few places, sizes and scores: so that overlaps and scores tie often, within pictures and across them.
PLACE = (
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 6),
    st.integers(1, 6),
)
LABELS = st.lists(st.tuples(*PLACE), max_size=5)
SEEN = st.lists(st.tuples(*PLACE, st.integers(0, 10)).map(seen), max_size=12)
CASES = st.lists(st.tuples(LABELS, SEEN), min_size=1, max_size=5)
Case = list[tuple[list[tuple[int, int, int, int, int]], list[Detection]]]


def laid_out(case: Case) -> tuple[list[Picture], dict[str, list[Detection]]]:
    """Return the pictures and detections of a made case."""
    pictures = [boxed(index, labels) for index, (labels, _) in enumerate(case)]
    return pictures, {p.sha256: found for p, (_, found) in zip(pictures, case, strict=True)}


@settings(max_examples=150)
@given(CASES)
def test_made_cases(case: Case) -> None:
    """Ties of scores and overlaps, empty pictures, hazards without labels: all three scorers and both of ours agree."""
    pictures, found = laid_out(case)
    mine = by_table(pictures, found)
    assert same(by_average_precision(average_precision(pictures, found, CLASSES)), mine)
    if not any(found.values()):
        return  # neither public scorer takes a document without results
    assert same(by_coco("pycocotools", pictures, found), mine)
    assert same(by_coco("faster-coco-eval", pictures, found), mine)


@settings(max_examples=150)
@given(CASES, st.data())
def test_left_out_by_weight(case: Case, data: st.DataObject) -> None:
    """Weight 0 equals a picture that is not there."""
    pictures, found = laid_out(case)
    size = len(pictures)
    weights = np.array(data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))
    kept = [p for p, weight in zip(pictures, weights, strict=True) if weight]
    assert same(by_table(pictures, found, weights), by_table(kept, found))


@settings(max_examples=100)
@given(CASES, st.data())
def test_repeated_by_weight(case: Case, data: st.DataObject) -> None:
    """Weight n equals n copies of a picture, where its own scores do not tie."""
    pictures, found = laid_out(case)
    found = {
        sha: [d.model_copy(update={"score": d.score / 2 + n / 100}) for n, d in enumerate(each)]
        for sha, each in found.items()
    }
    found = {sha: list({d.score: d for d in each}.values()) for sha, each in found.items()}
    size = len(pictures)
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)))
    copies = [p for p, weight in zip(pictures, weights, strict=True) for _ in range(weight)]
    assert same(by_table(pictures, found, weights), by_table(copies, found))


def crowded(seed: int, pictures: int, labels: int, detections: int) -> tuple[list[Picture], Found]:
    """Return random pictures whose detections partly lie near labels, with rounded scores."""
    random = np.random.default_rng(seed)
    made, found = [], {}
    for index in range(pictures):
        places = random.integers(
            (0, 0, 0, 2, 2), (3, 14, 14, 7, 7), (random.integers(labels + 1), 5)
        )
        made.append(boxed(index, [tuple(place) for place in places.tolist()]))
        mine = []
        for _ in range(random.integers(detections + 1)):
            k, x, y, w, h = random.integers((0, 0, 0, 2, 2), (3, 14, 14, 7, 7))
            if len(places) and random.random() < 0.6:
                k, x, y, w, h = places[random.integers(len(places))]
            x, y, w, h = np.array([x, y, w, h]) * 5 + random.normal(0, 1.5, 4)
            box = (float(x), float(y), float(x + abs(w)), float(y + abs(h)))
            score = round(float(random.random()), 2)
            mine.append(Detection(class_id=int(k), score=score, box_xyxy=box))
        found[made[-1].sha256] = mine
    return made, found


@pytest.mark.parametrize(
    ("pictures", "labels", "detections"), [(300, 4, 20), (3, 30, 600)], ids=["many", "over 100"]
)
def test_large_cases(pictures: int, labels: int, detections: int) -> None:
    """Many pictures, and more than the 100 detections a picture and hazard that count."""
    made, found = crowded(20240, pictures, labels, detections)
    mine = by_table(made, found)
    assert all(mine)
    assert same(by_coco("pycocotools", made, found), mine)
    assert same(by_coco("faster-coco-eval", made, found), mine)
    assert same(by_average_precision(average_precision(made, found, CLASSES)), mine)


def test_scoring_leaves_the_documents_alone() -> None:
    """What is scored can be written as COCO's results afterwards: the scorer's marks are not in it."""
    from safety_tasks.scoring.average_precision import score_documents

    made, found = crowded(1, 5, 4, 20)
    documents = coco_documents(made, found, CLASSES)
    score_documents(*documents)
    assert documents == coco_documents(made, found, CLASSES)
    assert set(documents[1][0]) == {"image_id", "category_id", "bbox", "score"}


@pytest.mark.parametrize(("before", "expected"), [(0, 1), (99, 0.01), (100, 0)])
def test_the_hundredth_detection_counts_and_the_next_does_not(before: int, expected: float) -> None:
    """A hit behind 99 false alarms has a precision of 1/100; behind 100 of the same score it is not looked at."""
    pictures = [labelled(0, 0)]
    found = found_in([*[wrong(0.5)] * before, right(0, 0.5)])
    mine = by_table(pictures, found)
    assert mine[0] == pytest.approx((expected, expected, float(expected > 0)))
    assert same(by_average_precision(average_precision(pictures, found, CLASSES)), mine)
    assert same(by_coco("pycocotools", pictures, found), mine)
