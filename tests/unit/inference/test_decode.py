"""Decoding agrees with a slow reading of its own rules."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from safety_tasks.inference.decode import NMS_IOU, decode

SIDE = 64
CLASSES = 3
Row = tuple[float, float, float, float, float, int]


def overlap(first: Row, second: Row) -> float:
    """Return the intersection over union of two corner boxes, one number at a time."""
    wide = max(0.0, min(first[2], second[2]) - max(first[0], second[0]))
    high = max(0.0, min(first[3], second[3]) - max(first[1], second[1]))
    areas = [(row[2] - row[0]) * (row[3] - row[1]) for row in (first, second)]
    union = sum(areas) - wide * high
    return wide * high / union if union else 0.0


def naive(output: Any, min_score: float) -> list[Row]:
    """Suppress one by one: best first, same class only, overlap above the limit."""
    rows: list[Row] = []
    for x, y, w, h, *scores in output.T.tolist():
        score, class_id = max((s, -i) for i, s in enumerate(scores))
        if score >= min_score:
            rows.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2, score, -class_id))
    kept: list[Row] = []
    for row in sorted(rows, key=lambda r: -r[4]):
        if all(k[5] != row[5] or overlap(k, row) <= NMS_IOU for k in kept):
            kept.append(row)
    return kept


@st.composite
def outputs(draw: st.DrawFn) -> Any:
    """Draw outputs of distinct scores whose boxes overlap a lot, but never at the limit itself."""
    count = draw(st.integers(0, 12))
    centre = draw(arrays(np.float32, (2, count), elements=st.integers(20, 44).map(float)))
    side = draw(arrays(np.float32, (2, count), elements=st.integers(6, 40).map(float)))
    scores = draw(st.permutations(range(1, 1 + CLASSES * count)))
    spread = np.array(scores, np.float32).reshape(CLASSES, count) / (2 + CLASSES * count)
    return np.concatenate([centre, side, spread])


def test_no_anchor_gives_nothing() -> None:
    """An output without anchors decodes to empty arrays of the right shapes."""
    boxes, scores, classes = decode(np.zeros((7, 0), np.float32), 0.25)
    assert (boxes.shape, scores.shape, classes.shape) == ((0, 4), (0,), (0,))


@given(outputs(), st.sampled_from([0.001, 0.25, 0.6]))
def test_agrees_with_the_naive_reading(output: Any, min_score: float) -> None:
    """Boxes, scores and classes are those of the slow reference, in its order."""
    everything = naive(output, 0.0)
    assume(all(abs(overlap(a, b) - NMS_IOU) > 1e-4 for a in everything for b in everything))
    boxes, scores, classes = decode(output, min_score)
    wanted = naive(output, min_score)
    assert classes.tolist() == [row[5] for row in wanted]
    assert scores.tolist() == pytest.approx([row[4] for row in wanted])
    assert boxes.tolist() == [pytest.approx(row[:4]) for row in wanted]


def test_equal_boxes_of_other_classes_both_stay() -> None:
    """Smoke over fire is two hazards, not one."""
    output = np.zeros((7, 2), np.float32)
    output[:4] = [[32], [32], [20], [20]]
    output[4, 0] = output[5, 1] = 0.9
    assert sorted(decode(output, 0.25)[2].tolist()) == [0, 1]


def test_a_score_at_the_threshold_stays() -> None:
    """The threshold itself is high enough; the next number below is not."""
    output = np.zeros((7, 1), np.float32)
    output[:5, 0] = [32, 32, 20, 20, 0.5]
    assert decode(output, 0.5)[0].tolist() == [[22, 22, 42, 42]]
    assert decode(output, float(np.nextafter(np.float32(0.5), np.float32(1))))[0].size == 0


def test_only_the_best_are_returned() -> None:
    """More survivors than the limit are cut from the low end."""
    output = np.zeros((7, 8), np.float32)
    output[0] = np.arange(8) * 8
    output[1:4] = 6
    output[4] = np.arange(1, 9) / 10
    assert decode(output, 0.05, max_detections=3)[1].tolist() == pytest.approx([0.8, 0.7, 0.6])
