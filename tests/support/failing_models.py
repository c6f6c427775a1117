"""Toy models that open as sound ones do, and fail once a frame is in them."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from support.spoilt_graphs import divided_by_zero
from toy_models import toy_graph


def failing_from_grey() -> bytes:
    """Return a model that opens, and fails at a grey frame or a brighter one: its shape follows the brightest byte."""
    model = toy_graph()
    flat = next(tensor for tensor in model.graph.initializer if tensor.name == "flat")
    model.graph.initializer.remove(flat)
    extra = {"s": np.array([1, 3, 16], np.float32), "three": np.array(3, np.float32)}
    model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in extra.items())
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Mul", ["top", "three"], ["more"]),
        helper.make_node("Add", ["s", "more"], ["wrong"]),
        helper.make_node("Cast", ["wrong"], ["flat"], to=TensorProto.INT64),
    ]
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    payload: bytes = model.SerializeToString()
    return payload


def infinite() -> bytes:
    """Return a model of finite weights whose every answer is infinite."""
    model = toy_graph()
    divided_by_zero(model)
    payload: bytes = model.SerializeToString()
    return payload
