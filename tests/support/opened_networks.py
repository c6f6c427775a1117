"""Toy graphs opened as the networks of their form, and the answer of a network to a picture."""

import numpy as np
import numpy.typing as npt
import onnx
from support.toy_edge_graph import SIDE, edge_graph
from toy_models import toy_graph, toy_picture

from safety_tasks.inference.networks import EdgeNetwork, Network, ReferenceNetwork
from safety_tasks.inference.session import SessionSettings, open_session

RED_TOP, BLUE_MIDDLE = toy_picture([(0, 3)]), toy_picture([(2, 9)])


def reference(
    model: onnx.ModelProto | None = None, side_px: int = SIDE, classes: int = 3
) -> ReferenceNetwork:
    """Open a reference graph."""
    payload = (model or toy_graph()).SerializeToString()
    session = open_session(payload, SessionSettings(), what="run 7")
    return ReferenceNetwork(session, side_px, classes, what="run 7")


def edge(
    model: onnx.ModelProto | None = None, side_px: int = SIDE, classes: int = 3
) -> EdgeNetwork:
    """Open an edge graph."""
    payload = (model or edge_graph()).SerializeToString()
    session = open_session(payload, SessionSettings(), what="run 7")
    return EdgeNetwork(session, side_px, classes, what="run 7")


def answer(
    network: Network, picture: npt.NDArray[np.uint8], min_score: float = 0.5
) -> tuple[list[list[float]], list[float], list[int]]:
    """Put a picture through a network."""
    network.load(picture)
    network.run()
    xyxy, scores, classes = network.boxes(min_score)
    return xyxy.tolist(), scores.tolist(), classes.tolist()
