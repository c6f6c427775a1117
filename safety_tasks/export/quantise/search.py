"""Find which layers stay in float: those that cost the most accuracy for the time they save.

Rules: what a module costs is measured, not guessed: the graph is written with it in float, and both its time and what
moves where the float graph sees something are compared, turn by turn. First the stem, whose error runs through all
that follows and which is often faster in float, since nothing has to be converted before it; then, on top of it, the
other modules in order of the loss that a millisecond of float buys back. Each step of that way is judged on val; the
fastest within the budget is chosen, or one at most 3 % slower that agrees better, since val is small.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx

from safety_tasks.export.quantise.moving import (
    answers,
    how_far,
    median_ms,
    network_of,
    slower_ms,
    turn_by_turn,
)
from safety_tasks.export.quantise.quantiser import Quantiser, head_convolutions
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.networks import EdgeNetwork

DEEPEST_STEM: Final = 5
STEM_SLACK: Final = 0.01
ENOUGH_GOOD: Final = 2
LEAST_STEPS: Final = 5  # so that the frontier can be seen, also where the first step is good enough
_LEAST_MS: Final = 0.02
_AS_FAST: Final = 1.03

Squares = Sequence[npt.NDArray[np.uint8]]
Wrap = Callable[[onnx.ModelProto], Detector]


@dataclass(frozen=True)
class Step:
    """A quantised graph on the way: what is in float, how far it moved, how long it takes, and how it was judged.

    ``time_ratio`` is its run ÷ the float graph's, paired medians; ``within`` tells whether it keeps the budget on val.
    """

    float_modules: tuple[str, ...]
    loss: float
    time_ratio: float
    agreement_f1: float
    map50_95_drop: float | None
    within: bool
    why: str


@dataclass(frozen=True)
class Judged:
    """What val says of a graph."""

    agreement_f1: float
    map50_95_drop: float | None
    within: bool
    why: str


def module_of(name: str) -> str:
    """Return the part of the network that a node is of: ``model.4``, or of the head ``model.22/cv2.0``."""
    parts = name.strip("/").split("/")
    return "/".join(parts[:2]) if parts[0] == "model.22" else parts[0]


class Search:
    """The way from a fully quantised graph to one that keeps the budget."""

    def __init__(self, quantiser: Quantiser, wrap: Wrap, squares: Squares) -> None:
        """Prepare.

        Args:
            quantiser: writes the graphs.
            wrap: makes a detector of a graph.
            squares: val pictures, letterboxed, on which losses and times are measured.
        """
        self._quantiser, self._wrap, self._squares = quantiser, wrap, squares
        self.heads = head_convolutions(quantiser.graph, quantiser.convs)
        self._float = network_of(wrap(quantiser.graph))
        self._seen = [answers(self._float, square) for square in squares]

    def modules(self) -> tuple[str, ...]:
        """Return the modules that may be quantised, in the graph's order."""
        names = (c.name for c in self._quantiser.convs if c.name not in self.heads)
        return tuple(dict.fromkeys(map(module_of, names)))

    def float_convs(self, modules: Sequence[str]) -> tuple[str, ...]:
        """Return the convolutions that are in float when some modules are."""
        return tuple(
            c.name
            for c in self._quantiser.convs
            if c.name in self.heads or module_of(c.name) in modules
        )

    def stem(self) -> tuple[str, ...]:
        """Return the first modules that are best left in float: the least loss among the fastest depths."""
        modules = self.modules()
        base = self._open(())
        tried = []
        for depth in range(min(DEEPEST_STEM, len(modules)) + 1):
            network = self._open(modules[:depth])
            tried.append((slower_ms(network, base, self._squares[0]), self._loss(network), depth))
        bound = min(ms for ms, _, _ in tried) + STEM_SLACK * median_ms(base, self._squares[0])
        _, depth = min((loss, depth) for ms, loss, depth in tried if ms <= bound)
        return modules[:depth]

    def rank(self, taken: Sequence[str], progress: Callable[[int, int], None]) -> tuple[str, ...]:
        """Return the other modules in falling order of the loss that a millisecond of float buys back.

        Args:
            taken: modules that are in float already.
            progress: called with modules done and their number.
        """
        base = self._open(taken)
        loss = self._loss(base)
        others = [module for module in self.modules() if module not in taken]
        worth = []
        for number, module in enumerate(others, start=1):
            network = self._open((*taken, module))
            saved = loss - self._loss(network)
            # A module that is faster in float costs nothing: it is worth most.
            more_ms = max(_LEAST_MS, slower_ms(network, base, self._squares[0]))
            worth.append((-saved / more_ms, module))
            progress(number, len(others))
        return tuple(module for _, module in sorted(worth))

    def walk(
        self, judge: Callable[[Detector], Judged], most: int, progress: Callable[[int, int], None]
    ) -> tuple[Step, ...]:
        """Judge all in eight bits, then the stem in float, then one more module each time, until some are good.

        Args:
            judge: what val says of a detector.
            most: how many modules beside the stem may be in float.
            progress: called with what was done and its largest number, first of the ranking, then of the steps.
        """
        stem = self.stem()
        ranked = self.rank(stem, progress)
        ways = [(), *((*stem, *ranked[:count]) for count in range(min(most, len(ranked)) + 1))]
        ways = list(dict.fromkeys(ways))  # an empty stem is all in eight bits again
        steps: list[Step] = []
        for number, modules in enumerate(ways, start=1):
            steps.append(self._step(modules, judge))
            progress(number, len(ways))
            if number >= LEAST_STEPS and sum(step.within for step in steps) >= ENOUGH_GOOD:
                break
        return tuple(steps)

    def _step(self, modules: Sequence[str], judge: Callable[[Detector], Judged]) -> Step:
        detector = self._wrap(self._quantiser.write(self.float_convs(modules)))
        network, verdict = network_of(detector), judge(detector)
        return Step(
            float_modules=tuple(m for m in self.modules() if m in modules),
            loss=self._loss(network),
            time_ratio=self._ratio(network),
            agreement_f1=verdict.agreement_f1,
            map50_95_drop=verdict.map50_95_drop,
            within=verdict.within,
            why=verdict.why,
        )

    def _open(self, modules: Sequence[str]) -> EdgeNetwork:
        return network_of(self._wrap(self._quantiser.write(self.float_convs(modules))))

    def _loss(self, network: EdgeNetwork) -> float:
        return how_far(network, self._squares, self._seen)

    def _ratio(self, network: EdgeNetwork) -> float:
        ours, other = turn_by_turn(network, self._float, self._squares[0])
        return float(np.median(ours / other))


def choose(steps: Sequence[Step]) -> Step | None:
    """Return the fastest step within the budget, or one hardly slower that agrees better; None if none keeps it."""
    good = [step for step in steps if step.within]
    if not good:
        return None
    fastest = min(step.time_ratio for step in good)
    near = [step for step in good if step.time_ratio <= fastest * _AS_FAST]
    return max(near, key=lambda step: (step.agreement_f1, -step.time_ratio))
