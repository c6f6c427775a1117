"""A model file is judged before any runtime opens it; each broken rule is named in the refusal."""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from toy_models import strong_model, toy_graph, weak_model

from safety_tasks.errors import ArtifactError
from safety_tasks.inference import model_checks
from safety_tasks.inference.model_checks import check_model

Change = Callable[[onnx.ModelProto], None]


def refuses(change: Change, message: str) -> None:
    """Change a sound model and see it refused with the message, naming the model."""
    model = toy_graph()
    change(model)
    with pytest.raises(ArtifactError, match=f"run 7: .*{message}"):
        check_model(model.SerializeToString(), what="run 7")


@pytest.mark.parametrize(
    "payload", [b"", b"\x00", b"not a model", b"PK\x03\x04" + b"\x00" * 64, strong_model()[:-40]]
)
def test_what_is_no_model_is_refused(payload: bytes) -> None:
    """No bytes, text, an archive and a cut file are no ONNX model."""
    with pytest.raises(ArtifactError, match="expected an ONNX model"):
        check_model(payload, what="run 7")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_the_trees_error(payload: bytes) -> None:
    """Whatever the bytes, no foreign exception leaves the check."""
    with pytest.raises(ArtifactError):
        check_model(payload, what="run 7")


@given(st.integers(0, len(strong_model()) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_judged_or_refused_never_a_crash(position: int, value: int) -> None:
    """A model with one changed byte either keeps the rules or raises the tree's error."""
    payload = bytearray(strong_model())
    payload[position] = value
    with contextlib.suppress(ArtifactError):
        assert check_model(bytes(payload), what="run 7").graph.node


@pytest.mark.parametrize("payload", [strong_model(), weak_model()])
def test_a_sound_model_is_returned(payload: bytes) -> None:
    """The check gives back the parsed model."""
    assert check_model(payload, what="run 7").SerializeToString() == payload


def test_a_file_over_the_limit_is_refused_unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size limit is the first rule; the limit itself is allowed."""
    monkeypatch.setattr(model_checks, "MAX_MODEL_BYTES", len(strong_model()))
    check_model(strong_model(), what="run 7")
    monkeypatch.setattr(model_checks, "MAX_MODEL_BYTES", len(strong_model()) - 1)
    with pytest.raises(ArtifactError, match="expected at most"):
        check_model(strong_model(), what="run 7")


def external(tensor: onnx.TensorProto) -> None:
    """Make a tensor point at a file."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"


def external_in_sparse(model: onnx.ModelProto) -> None:
    """Hide a file reference in a sparse initialiser."""
    values = numpy_helper.from_array(np.ones(1, np.float32), "sparse")
    external(values)
    indices = numpy_helper.from_array(np.zeros(1, np.int64), "sparse_indices")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))


def external_in_constant(model: onnx.ModelProto) -> None:
    """Hide a file reference in a Constant node."""
    tensor = numpy_helper.from_array(np.ones(1, np.float32), "hidden")
    external(tensor)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=tensor))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: external(model.graph.initializer[0]), "external data 'kernel'"),
        (external_in_constant, "external data|expected an ONNX model"),
        (external_in_sparse, "sparse|expected an ONNX model"),
    ],
)
def test_weights_in_other_files_are_refused(change: Change, message: str) -> None:
    """A model may not make the runtime read a file, wherever the reference is hidden."""
    refuses(change, message)


def branch() -> onnx.GraphProto:
    """Return a sub-graph that gives one number."""
    value = helper.make_tensor_value_info("branch", TensorProto.FLOAT, [1])
    node = helper.make_node("Constant", [], ["branch"], value_floats=[1.0])
    return helper.make_graph([node], "branch", [], [value])


def add_if(model: onnx.ModelProto) -> None:
    """Add an If node."""
    flag = numpy_helper.from_array(np.array(True), "flag")
    model.graph.initializer.append(flag)
    node = helper.make_node("If", ["flag"], ["b"], then_branch=branch(), else_branch=branch())
    model.graph.node.append(node)


def add_loop(model: onnx.ModelProto) -> None:
    """Add a Loop node that could run for ever."""
    flag = helper.make_tensor_value_info("go", TensorProto.BOOL, [])
    count = helper.make_tensor_value_info("count", TensorProto.INT64, [])
    more = helper.make_tensor_value_info("more", TensorProto.BOOL, [])
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["more"])], "b", [count, flag], [more]
    )
    model.graph.node.append(helper.make_node("Loop", ["", ""], [], body=body))


def add_scan(model: onnx.ModelProto) -> None:
    """Add a Scan node."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    body = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "b", [value], [result])
    node = helper.make_node("Scan", ["scores"], ["scanned"], body=body, num_scan_inputs=1)
    model.graph.node.append(node)


@pytest.mark.parametrize("change", [add_if, add_loop, add_scan])
def test_control_flow_is_refused(change: Change) -> None:
    """If, Loop and Scan are no operators of a detector."""
    refuses(change, "expected only known operators|expected an ONNX model")


def test_control_flow_is_refused_by_the_allowlist_itself() -> None:
    """A well-formed If node falls to this project's rule, not only to the format's checker."""
    refuses(add_if, "expected only known operators, found :If")


def test_foreign_operators_are_refused() -> None:
    """An operator of another domain would load other code."""

    def change(model: onnx.ModelProto) -> None:
        model.opset_import.append(helper.make_opsetid("com.other", 1))
        model.graph.node.append(helper.make_node("Clip", ["scores"], ["o"], domain="com.other"))

    refuses(change, "expected only known operators, found com.other:Clip")


def test_local_functions_are_refused() -> None:
    """A function could hide operators from the allowlist."""

    def change(model: onnx.ModelProto) -> None:
        opset = [helper.make_opsetid("", 17)]
        node = helper.make_node("Identity", ["x"], ["y"])
        model.functions.append(helper.make_function("", "Clip2", ["x"], ["y"], [node], opset))

    refuses(change, "expected no local functions")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_weights_that_are_no_numbers_are_refused(value: float, dtype: Any) -> None:
    """One NaN or infinity among the weights refuses the model and says what to lower."""

    def change(model: onnx.ModelProto) -> None:
        weights = numpy_helper.to_array(model.graph.initializer[0]).astype(dtype)
        weights.flat[100] = value
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "kernel"))

    refuses(change, "expected finite weights, found NaN or infinity in kernel.*lower lr0")


def test_weights_in_constant_nodes_must_be_numbers_too() -> None:
    """A weight that an optimiser folded into a Constant node is judged as any other."""

    def change(model: onnx.ModelProto) -> None:
        tensor = numpy_helper.from_array(np.array([np.nan], np.float32), "folded")
        model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=tensor))

    refuses(change, "expected finite weights, found NaN or infinity in folded")


def test_weights_of_another_size_than_said_are_refused() -> None:
    """A tensor whose bytes do not fill its shape is a broken file, not a crash."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer[0].raw_data = b"\x00" * 12

    refuses(change, "expected")


@pytest.mark.parametrize("side", ["input", "output"])
def test_one_input_and_no_more_outputs_than_a_detector_has(side: str) -> None:
    """A second input or a fourth output is another kind of model."""

    def change(model: onnx.ModelProto) -> None:
        names = ("scores", "clipped", "cells") if side == "output" else ("more",)
        for name in names:
            value = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 16])
            getattr(model.graph, side).append(value)

    refuses(change, "expected one input and 1 to 3 outputs")
