"""Changes that make a sound toy graph broken, forged or harmful; each is of one thing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Change = Callable[[onnx.ModelProto], None]


def versions(opset: int = 17, ir: int = 8) -> Change:
    """Return a change of what the file says it is written in."""

    def change(model: onnx.ModelProto) -> None:
        model.opset_import[0].version = opset
        model.ir_version = ir

    return change


def weight(value: float, dtype: Any = np.float32) -> Change:
    """Return a change of one weight."""

    def change(model: onnx.ModelProto) -> None:
        weights = numpy_helper.to_array(model.graph.initializer[0]).astype(dtype)
        weights.flat[100] = value
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "kernel"))

    return change


def external(location: str) -> Change:
    """Return a change that reads weights from a file of the device."""

    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", location

    return change


def claiming(dims: list[int], raw: bytes) -> Change:
    """Return a change that adds a weight which claims a size."""

    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer.add()
        tensor.name, tensor.data_type, tensor.raw_data = "claim", TensorProto.FLOAT, raw
        tensor.dims.extend(dims)

    return change


def body(name: str, given: list[onnx.ValueInfoProto]) -> onnx.GraphProto:
    """Return a sub-graph that gives what it takes, or one number."""
    if not given:
        node = helper.make_node("Constant", [], [name], value_floats=[1.0])
        value = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
        return helper.make_graph([node], name, [], [value])
    kind = given[-1].type.tensor_type.elem_type
    node = helper.make_node("Identity", [given[-1].name], [name])
    return helper.make_graph([node], name, given, [helper.make_tensor_value_info(name, kind, None)])


def branching(model: onnx.ModelProto) -> None:
    """Add an If."""
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "flag"))
    branches = {"then_branch": body("then", []), "else_branch": body("else", [])}
    model.graph.node.append(helper.make_node("If", ["flag"], ["either"], **branches))


def looping(model: onnx.ModelProto) -> None:
    """Add a Loop that never ends."""
    given = [
        helper.make_tensor_value_info("count", TensorProto.INT64, []),
        helper.make_tensor_value_info("go", TensorProto.BOOL, []),
    ]
    node = helper.make_node("Loop", ["", ""], [], body=body("more", given))
    model.graph.node.append(node)


def scanning(model: onnx.ModelProto) -> None:
    """Add a Scan."""
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)]
    node = helper.make_node(
        "Scan", ["scores"], ["scanned"], body=body("y", given), num_scan_inputs=1
    )
    model.graph.node.append(node)


def local_function(model: onnx.ModelProto) -> None:
    """Hide an operator in a function of the file's own."""
    node = helper.make_node("Identity", ["x"], ["y"])
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("own", "Clip2", ["x"], ["y"], [node], opsets))


def foreign_operator(model: onnx.ModelProto) -> None:
    """Ask for an operator that other code would have to bring."""
    model.opset_import.append(helper.make_opsetid("com.other", 1))
    model.graph.node.append(helper.make_node("Clip", ["scores"], ["o"], domain="com.other"))


def quantised(scale: float) -> Change:
    """Return a change that puts the input on eight bits."""

    def change(model: onnx.ModelProto) -> None:
        tensors = {"scale": np.array(scale, np.float32), "point": np.array(0, np.uint8)}
        model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in tensors.items())
        nodes = [
            helper.make_node("QuantizeLinear", ["images", "scale", "point"], ["eight"]),
            helper.make_node("DequantizeLinear", ["eight", "scale", "point"], ["again"]),
        ]
        model.graph.node[0].input[0] = "again"
        for node in reversed(nodes):
            model.graph.node.insert(0, node)

    return change


def output_said_to_be(*shape: int) -> Change:
    """Return a change of what the file says of its output."""

    def change(model: onnx.ModelProto) -> None:
        value = helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)
        model.graph.output[0].CopyFrom(value)

    return change


def scores_of_shape(*shape: int) -> Change:
    """Return a change of the shape that scores are brought into, which the picture must give."""

    def change(model: onnx.ModelProto) -> None:
        flat = next(tensor for tensor in model.graph.initializer if tensor.name == "flat")
        model.graph.initializer.remove(flat)
        extra = {"wished": np.array(shape, np.float32)}
        model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in extra.items())
        nodes = [
            helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
            helper.make_node("Mul", ["top", "zero"], ["nothing"]),
            helper.make_node("Add", ["wished", "nothing"], ["sum"]),
            helper.make_node("Cast", ["sum"], ["flat"], to=TensorProto.INT64),
        ]
        for node in reversed(nodes):
            model.graph.node.insert(0, node)

    return change


def divided_by_zero(model: onnx.ModelProto) -> None:
    """Give boxes that are infinite, of finite weights."""
    model.graph.node[3].input[0] = "far"
    model.graph.node.insert(3, helper.make_node("Div", ["boxes", "zero"], ["far"]))


def constant_of(count: int) -> Change:
    """Return a change that asks for so many numbers at once."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.array([count]), "count"))
        model.graph.node[3].output[0] = "small"
        model.graph.node.extend(
            [
                helper.make_node("ConstantOfShape", ["count"], ["many"]),
                helper.make_node("ReduceMax", ["many"], ["most"], keepdims=0),
                helper.make_node("Add", ["small", "most"], ["output0"]),
            ]
        )

    return change


def a_circle(model: onnx.ModelProto) -> None:
    """Let a node need what it gives."""
    model.graph.node[1].input[0] = "scores"


def an_end_missing(model: onnx.ModelProto) -> None:
    """Let a node need what nobody gives."""
    model.graph.node[1].input[0] = "nowhere"


def a_name_twice(model: onnx.ModelProto) -> None:
    """Give one name to two results."""
    model.graph.node[1].output[0] = "cells"


def two_inputs(model: onnx.ModelProto) -> None:
    """Ask for a second input."""
    more = helper.make_tensor_value_info("more", TensorProto.FLOAT, [1])
    model.graph.input.append(more)
