"""Toy models as detectors: strong, weak, of other hazards, with thresholds, never loading, holding a frame."""

import json
import threading
from typing import Any

from toy_models import CLASSES, strong_model, toy_graph, toy_model, toy_picture, weak_model

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import with_metadata

WAIT_S = 30
EVERY_HAZARD = toy_picture([(0, 0), (1, 5), (2, 10)])


def strong() -> Detector:
    """Load the model whose boxes are whole cells."""
    return Detector(strong_model(), what="strong")


def weak() -> Detector:
    """Load the model whose boxes are half as large, and score less."""
    return Detector(weak_model(), what="weak")


def knowing(*classes: str) -> Detector:
    """Load a model of some hazards."""
    model = toy_model(classes=classes, gains=(1.0,) * len(classes))
    return Detector(model, what="other")


def gone() -> Detector:
    """Fail as a missing file does."""
    raise OSError("the disk is gone")


def with_thresholds(**thresholds: float) -> bytes:
    """Return a model whose cells score 0.3, 0.9 and 0.6 for its three hazards, with operating thresholds."""
    graph = toy_graph(gains=(0.3, 0.9, 0.6))
    return with_metadata(graph, CLASSES, 64, {"safety.thresholds": json.dumps(thresholds)})


class HeldNetwork:
    """A network whose frames stay in it until they are let go."""

    def __init__(self, network: Any) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()
        self.load, self.boxes = network.load, network.boxes
        self._run = network.run

    def run(self) -> None:
        """Run once somebody lets go."""
        self.entered.set()
        assert self.let_go.wait(WAIT_S)
        self._run()
