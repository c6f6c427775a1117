"""How far a quantised graph moves from the float one, and how much longer one graph runs than another.

Rules: only places count where the float graph sees something, since elsewhere nothing is decided; runs that are
compared take turns, and medians of pairs count.
"""

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.networks import EdgeNetwork

MATTERS: Final = 0.02
TIMED_RUNS: Final = 21

Square = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Answer = tuple[npt.NDArray[np.int64], Floats, Floats]


def how_far(network: EdgeNetwork, squares: Sequence[Square], seen: Sequence[Answer]) -> float:
    """Return how far scores (0-1) and boxes (1 - IoU) moved, on average over the places that see something.

    Args:
        network: the quantised graph.
        squares: (S, S, 3) uint8 BGR pictures.
        seen: the float graph's ``answers`` on them.
    """
    moved: list[Floats] = []
    for square, (places, scores, corners) in zip(squares, seen, strict=True):
        network.load(square)
        network.run()
        ours, boxes = network.heads.at(places)
        moved.append(np.abs(ours - scores).max(axis=0) + 1 - pair_iou(boxes, corners))
    return float(np.concatenate(moved).mean()) if any(map(len, moved)) else 0.0


def network_of(detector: Detector) -> EdgeNetwork:
    """Return a detector's network, which must be an edge variant's."""
    if not isinstance(detector.network, EdgeNetwork):
        raise TypeError(f"expected an edge variant, found {detector.variant}")
    return detector.network


def answers(network: EdgeNetwork, square: Square) -> Answer:
    """Return the places that see something, and their scores (classes, n) and corners (n, 4)."""
    network.load(square)
    network.run()
    places = network.heads.places(MATTERS)
    return places, *network.heads.at(places)


def turn_by_turn(
    first: EdgeNetwork, second: EdgeNetwork, square: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the milliseconds of paired runs."""
    times = np.zeros((TIMED_RUNS + 3, 2))
    for network in (first, second):
        network.load(square)
    for row in times:
        for side, network in enumerate((first, second)):
            start = time.perf_counter_ns()
            network.run()
            row[side] = (time.perf_counter_ns() - start) / 1e6
    return times[3:, 0], times[3:, 1]


def median_ms(network: EdgeNetwork, square: Square) -> float:
    """Return how long a run takes."""
    return float(np.median(turn_by_turn(network, network, square)[0]))


def slower_ms(ours: EdgeNetwork, other: EdgeNetwork, square: Square) -> float:
    """Return how much longer a graph runs than another (negative: shorter)."""
    mine, theirs = turn_by_turn(ours, other, square)
    return float(np.median(mine - theirs))


def pair_iou(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the overlap (n,) of boxes (n, 4) pair by pair."""
    sides = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    common = np.clip(sides, 0, None).prod(axis=1)
    areas = [np.clip(b[:, 2:] - b[:, :2], 0, None).prod(axis=1) for b in (first, second)]
    union = areas[0] + areas[1] - common
    share: npt.NDArray[np.float32] = np.divide(
        common, union, out=np.ones_like(common), where=union > 0
    )
    return share
