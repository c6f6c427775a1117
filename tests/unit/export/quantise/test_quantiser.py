"""Quantised graphs of a real YOLOv8n: what is in float, what the steps are, and that the search can be trusted."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from support.tiny_yolo import CLASSES, IMGSZ_PX, noise_pictures, tiny_graph

from safety_tasks.errors import ArtifactError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.export.quantise import search as search_module
from safety_tasks.export.quantise.moving import network_of
from safety_tasks.export.quantise.observing import convolutions, patches, with_own_weights
from safety_tasks.export.quantise.quantiser import Quantiser, head_convolutions
from safety_tasks.export.quantise.search import Judged, Search, Step, choose, module_of
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.fingerprint import fingerprint, hardware_class
from safety_tasks.inference.letterbox import letterbox
from safety_tasks.inference.model_metadata import META_LAYOUT, META_VARIANT, with_metadata

pytestmark = pytest.mark.slow
SQUARES = [letterbox(picture, IMGSZ_PX)[0] for picture in noise_pictures(16)]


@pytest.fixture(scope="module")
def quantiser() -> Quantiser:
    """Observe the tiny model once."""
    return Quantiser(cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny"), SQUARES, what="tiny")


@pytest.fixture(scope="module")
def corrected(quantiser: Quantiser) -> onnx.ModelProto:
    """Write it once with its biases corrected."""
    heads = head_convolutions(quantiser.graph, quantiser.convs)
    return quantiser.write(heads, corrected=True)


def wrap(graph: onnx.ModelProto) -> Detector:
    """Open a graph as an edge variant."""
    model = onnx.ModelProto()
    model.CopyFrom(graph)
    more = {META_LAYOUT: "edge", META_VARIANT: "edge-int8-x86"}
    return Detector(with_metadata(model, CLASSES, IMGSZ_PX, more), what="int8")


def test_the_heads_are_found(quantiser: Quantiser) -> None:
    """The six last convolutions, which answer nothing with eight bits."""
    heads = head_convolutions(quantiser.graph, quantiser.convs)
    assert len(heads) == 6
    assert all(name.startswith("/model.22/") for name in heads)
    assert {module_of(name) for name in heads} == {
        f"model.22/{side}.{number}" for side in ("cv2", "cv3") for number in range(3)
    }


def test_eight_bits_find_what_float_finds(quantiser: Quantiser) -> None:
    """Random weights amplify every error, so all moves; with coarse steps for the weights it moves far more."""
    search = Search(quantiser, wrap, SQUARES)
    fine = search._loss(search._open(("model.0", "model.1", "model.2")))
    assert 0 < fine < 0.5
    weights = quantiser._weights
    try:
        quantiser._weights = {
            name: type(w)((w.steps // 32 * 32).astype(np.int8), w.scales, w.bias)
            for name, w in weights.items()
        }
        assert search._loss(search._open(("model.0", "model.1", "model.2"))) > 1.5 * fine
    finally:
        quantiser._weights = weights


def test_steps_and_scales_are_written_as_chosen(quantiser: Quantiser) -> None:
    """The runtime's quantiser writes the very steps that were chosen, one scale a channel."""
    heads = head_convolutions(quantiser.graph, quantiser.convs)
    graph = quantiser.write(heads)
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.graph.initializer}
    checked = 0
    for conv in quantiser.convs:
        if conv.name in heads:
            assert f"{conv.weight_name}_quantized" not in tensors
            continue
        written = tensors[f"{conv.weight_name}_quantized"]
        mine = quantiser._weights[conv.name]
        assert written.dtype == np.int8
        assert np.array_equal(written.reshape(len(written), -1), mine.steps)
        assert tensors[f"{conv.weight_name}_scale"] == pytest.approx(mine.scales)
        checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    ("scheme", "kind"), [("U8S8", TensorProto.UINT8), ("S8S8", TensorProto.INT8)]
)
def test_both_schemes_are_as_good(quantiser: Quantiser, scheme: str, kind: int) -> None:
    """The steps are the same, counted from another zero, so both move as far; activations have the scheme's type.

    Where a processor's own instructions for eight bits are missing, products of U8S8 overflow, and it moves farther.
    """
    heads = head_convolutions(quantiser.graph, quantiser.convs)
    graph = quantiser.write(heads, "U8S8" if scheme == "U8S8" else "S8S8")
    zeros = {t.name: t for t in graph.graph.initializer if t.name.endswith("_zero_point")}
    activations = {node.input[2] for node in graph.graph.node if node.op_type == "QuantizeLinear"}
    assert activations
    assert {zeros[name].data_type for name in activations} == {kind}
    search = Search(quantiser, wrap, SQUARES)
    loss, u8s8 = [search._loss(network_of(wrap(g))) for g in (graph, quantiser.write(heads))]
    if hardware_class(fingerprint()) == "x86" and scheme == "S8S8":
        assert loss < u8s8
    else:
        assert loss == pytest.approx(u8s8, rel=0.15)


def test_equal_input_gives_equal_bytes(corrected: onnx.ModelProto) -> None:
    """Observed again, the same pictures give the same file."""
    again = Quantiser(cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny"), SQUARES, what="tiny")
    second = again.write(head_convolutions(again.graph, again.convs), corrected=True)
    assert corrected.SerializeToString(deterministic=True) == second.SerializeToString(
        deterministic=True
    )


def test_corrected_bias_brings_the_means_back(
    quantiser: Quantiser, corrected: onnx.ModelProto
) -> None:
    """With the first layers corrected, their channels' means are nearer to the float graph's."""
    from safety_tasks.export.quantise.bias import channel_means

    heads = head_convolutions(quantiser.graph, quantiser.convs)
    given = [conv.given for conv in quantiser.convs[:5]]

    def off(graph: onnx.ModelProto) -> float:
        # One at a time: a tensor that is looked at is made in float, and those before it must not be.
        means = {name: channel_means(graph, [name], SQUARES, what="m")[name] for name in given}
        return max(float(np.abs(means[name] - quantiser._wanted[name]).max()) for name in given)

    assert off(corrected) < off(quantiser.write(heads)) * 0.7


def test_no_two_layers_share_their_weights() -> None:
    """Weights that an exporter stored once for two layers are two, so that each may be rounded by itself."""
    graph = cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny")
    first, second = [n for n in graph.graph.node if n.op_type == "Conv"][5:7]
    second.input[2] = first.input[2]
    convs = convolutions(with_own_weights(graph), what="tiny")
    assert len({c.bias_name for c in convs}) == len({c.weight_name for c in convs}) == len(convs)


def test_a_convolution_of_groups_is_refused(quantiser: Quantiser) -> None:
    """What the quantiser does not know is named, not written wrongly."""
    graph = onnx.ModelProto()
    graph.CopyFrom(quantiser.graph)
    node = next(n for n in graph.graph.node if n.op_type == "Conv")
    next(a for a in node.attribute if a.name == "group").i = 3
    with pytest.raises(
        ArtifactError, match=r"tiny: expected plain convolutions .* no INT8 variant"
    ):
        convolutions(graph, what="tiny")


def test_patches_are_what_a_convolution_sees(quantiser: Quantiser) -> None:
    """Weights times patches are the convolution's own output at those places."""
    conv = next(c for c in quantiser.convs if c.weight.shape[2] == 3 and c.stride == 2)
    rng = np.random.default_rng(0)
    taken = rng.normal(0, 1, (conv.weight.shape[1], 10, 12)).astype(np.float32)
    rows = patches(taken, conv, np.random.default_rng(1))
    padded = np.pad(taken, ((0, 0), (1, 1), (1, 1)))
    every = {
        tuple(np.round(padded[:, y : y + 3, x : x + 3].reshape(-1), 5))
        for y in range(0, 10, 2)
        for x in range(0, 12, 2)
    }
    assert len(rows) == 30
    assert {tuple(np.round(row, 5)) for row in rows} == every


def test_the_search_walks_from_eight_bits_to_float(
    quantiser: Quantiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in eight bits first, then the stem, then one module more a step; it ends when two steps are good."""
    monkeypatch.setattr(search_module, "LEAST_STEPS", 1)
    search = Search(quantiser, wrap, SQUARES[:3])
    monkeypatch.setattr(search, "modules", lambda: ("model.0", "model.1", "model.2"))
    judged = iter([0.90, 0.95, 0.98, 0.99, 0.999])

    def judge(detector: Detector) -> Judged:
        f1 = next(judged)
        return Judged(f1, 0.0, f1 >= 0.97, "" if f1 >= 0.97 else "too low")

    monkeypatch.setattr(search, "stem", lambda: ("model.0",))
    steps = search.walk(judge, 5, lambda done, total: None)
    assert [len(step.float_modules) for step in steps] == [0, 1, 2, 3]
    assert [step.within for step in steps] == [False, False, True, True]
    assert all(step.time_ratio > 0 and step.loss >= 0 for step in steps)


def test_a_stem_is_a_beginning(quantiser: Quantiser) -> None:
    """What stays in float for the stem is the first modules, in order, and not too many."""
    search = Search(quantiser, wrap, SQUARES[:2])
    stem = search.stem()
    assert stem == search.modules()[: len(stem)]
    assert len(stem) <= search_module.DEEPEST_STEM


def step(ratio: float, f1: float, *, within: bool = True) -> Step:
    """Make a step."""
    return Step(("model.0",), 0.0, ratio, f1, 0.0, within, "")


@pytest.mark.parametrize(
    ("steps", "chosen"),
    [
        ([], None),
        ([step(0.5, 0.99, within=False)], None),
        ([step(0.5, 0.95, within=False), step(0.6, 0.98)], 1),
        ([step(0.6, 0.98), step(0.5, 0.975)], 1),
        ([step(0.50, 0.975), step(0.51, 0.99)], 1),
        ([step(0.50, 0.975), step(0.53, 0.99)], 0),
        ([step(0.51, 0.98), step(0.50, 0.98)], 1),
    ],
)
def test_the_fastest_within_the_budget_is_chosen(steps: list[Step], chosen: int | None) -> None:
    """Nothing outside the budget; among equals in time the one that agrees better, and of those the faster."""
    found = choose(steps)
    assert found is (None if chosen is None else steps[chosen])
