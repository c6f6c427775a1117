"""Decide whether an ONNX file may be loaded at all.

Rules: no external data, no control flow, no operator outside the allowlist, finite weights, one
image input, and as many outputs as a detector has. A file is judged before any runtime opens it.
"""

from typing import Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from safety_tasks.errors import ArtifactError

MAX_MODEL_BYTES: Final = 256 * 1024 * 1024
MAX_OUTPUTS: Final = 3  # of an edge variant
ALLOWED_OPERATORS: Final = frozenset(
    name
    for line in (
        "Add Cast Clip Concat Constant ConstantOfShape Conv DequantizeLinear Div Equal Expand",
        "Flatten Gather Gemm GlobalAveragePool Identity MatMul MaxPool Mul Pad Pow QuantizeLinear",
        "Range ReduceMax ReduceMean Relu Reshape Resize Shape Sigmoid Slice Softmax Split Sqrt",
        "Squeeze Sub Tile Transpose Unsqueeze Where",
    )
    for name in line.split()
)


def check_model(payload: bytes, *, what: str) -> onnx.ModelProto:
    """Parse and judge a model.

    Raises:
        ArtifactError: the file breaks a rule; the message names the rule.
    """
    if len(payload) > MAX_MODEL_BYTES:
        raise ArtifactError(
            f"{what}: expected at most {MAX_MODEL_BYTES} bytes, found {len(payload)}."
        )
    try:
        model = onnx.load_model_from_string(payload)
        for tensor in model.graph.initializer:
            if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
                raise ArtifactError(
                    f"{what}: expected all weights inside, found external data {tensor.name!r}."
                )
        # The bytes, not the parsed model, which it would write out again: that takes ten times as long, and
        # meanwhile no other thread runs, such as a camera's.
        onnx.checker.check_model(payload)
        _check_graph(model, what)
    except (
        DecodeError,
        onnx.checker.ValidationError,
        # What the parser's own helpers raise on altered bytes: text that is no UTF-8, a tensor of an
        # unknown type, or one whose bytes do not fill its shape.
        ValueError,
        KeyError,
        TypeError,
    ) as problem:
        raise ArtifactError(f"{what}: expected an ONNX model, found: {problem}.") from problem
    return model


def _check_graph(model: onnx.ModelProto, what: str) -> None:
    if model.functions:
        raise ArtifactError(f"{what}: expected no local functions, found {len(model.functions)}.")
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in ALLOWED_OPERATORS:
            raise ArtifactError(
                f"{what}: expected only known operators, found {node.domain}:{node.op_type}. "
                "Export the model with this project's export stage."
            )
        for attribute in node.attribute:
            if attribute.HasField("g") or attribute.graphs:
                raise ArtifactError(f"{what}: expected no sub-graphs, found one in {node.name}.")
            if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
                raise ArtifactError(f"{what}: expected no sparse weights, found {node.name}.")
            if not np.isfinite([attribute.f, *attribute.floats]).all():
                raise _not_finite(what, node.name)
            for tensor in (*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors):
                if tensor.external_data:
                    raise ArtifactError(f"{what}: expected no external data, found {node.name}.")
                _check_finite(tensor, what)
    if model.graph.sparse_initializer:
        raise ArtifactError(f"{what}: expected no sparse weights, found some in the graph.")
    for tensor in model.graph.initializer:
        _check_finite(tensor, what)
    own = {tensor.name for tensor in model.graph.initializer}
    if any(value.name in own for value in model.graph.input):
        raise ArtifactError(f"{what}: expected an input that is given, found one with a value.")
    if len(model.graph.input) != 1 or not 1 <= len(model.graph.output) <= MAX_OUTPUTS:
        raise ArtifactError(
            f"{what}: expected one input and 1 to {MAX_OUTPUTS} outputs, found "
            f"{len(model.graph.input)} and {len(model.graph.output)}."
        )


def _check_finite(tensor: onnx.TensorProto, what: str) -> None:
    values = numpy_helper.to_array(tensor)
    if (
        values.dtype.kind == "V"
    ):  # bfloat16 and eight-bit floats, which numpy does not know as numbers
        values = values.astype(np.float32)
    if values.dtype.kind in "fc" and not np.isfinite(values).all():
        raise _not_finite(what, tensor.name)


def _not_finite(what: str, where: str) -> ArtifactError:
    return ArtifactError(
        f"{what}: expected finite weights, found NaN or infinity in {where}. "
        "Training diverged: lower lr0."
    )
