"""Write a quantised graph with the runtime's own quantiser, every number of it chosen beforehand.

Rules: weights come as steps and scales and are written as they are; activations have the ranges that were chosen; what
shall stay in float is named, and so does everything behind the heads.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from safety_tasks.export.quantise.observing import Convolution
from safety_tasks.export.quantise.ranges import Range

Scheme = Literal["U8S8", "S8S8"]
KINDS: Final = ("Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool", "Resize", "Split")


@dataclass(frozen=True)
class Weights:
    """A layer's weights as (n, inputs) int8 steps of (n,) scales, and its bias (n,) float32."""

    steps: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


def write_qdq(
    graph: onnx.ModelProto,
    convs: Collection[Convolution],
    weights: Mapping[str, Weights],
    ranges: Mapping[str, Range],
    float_nodes: Collection[str],
    scheme: Scheme,
) -> onnx.ModelProto:
    """Return the quantised graph.

    Args:
        graph: the float edge graph; it is not changed.
        convs: its convolutions.
        weights: by convolution; those that stay in float need none.
        ranges: by tensor.
        float_nodes: names of nodes that stay in float.
        scheme: U8S8 for x86, S8S8 for ARM; the steps are the same, counted from another zero.
    """
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.calibrate import TensorData, TensorsData
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    model = onnx.ModelProto()
    model.CopyFrom(graph)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    kind = QuantType.QUInt8 if scheme == "U8S8" else QuantType.QInt8
    shift = 0 if scheme == "U8S8" else 128
    dtype = np.uint8 if scheme == "U8S8" else np.int8
    overrides: dict[str, list[dict[str, Any]]] = {
        name: [
            {
                "quant_type": kind,
                "scale": np.array(chosen.scale, np.float32),
                "zero_point": np.array(chosen.zero - shift, dtype),
            }
        ]
        for name, chosen in ranges.items()
    }
    for conv in convs:
        if conv.name in float_nodes:
            continue
        mine = weights[conv.name]
        whole = (mine.steps * mine.scales[:, None]).astype(np.float32).reshape(conv.weight.shape)
        tensors[conv.weight_name].CopyFrom(numpy_helper.from_array(whole, conv.weight_name))
        tensors[conv.bias_name].CopyFrom(numpy_helper.from_array(mine.bias, conv.bias_name))
        overrides[conv.weight_name] = [
            {
                "axis": 0,
                "quant_type": QuantType.QInt8,
                "scale": np.array(scale, np.float32),
                "zero_point": np.array(0, np.int8),
            }
            for scale in mine.scales
        ]
    quantiser = QDQQuantizer(
        model,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=kind,
        tensors_range=TensorsData(
            _method(),
            {name: TensorData(lowest=np.float32(0), highest=np.float32(1)) for name in ranges},
        ),
        nodes_to_quantize=[node.name for node in model.graph.node if node.op_type in KINDS],
        nodes_to_exclude=sorted(float_nodes),
        op_types_to_quantize=list(KINDS),
        extra_options={"TensorQuantOverrides": overrides},
    )
    quantiser.quantize_model()
    quantiser.model.topological_sort()
    written: onnx.ModelProto = quantiser.model.model
    return written


def _method() -> Any:
    from onnxruntime.quantization.calibrate import CalibrationMethod

    return CalibrationMethod.MinMax
