"""What lies of itself or is no number is the tree's error, wherever in a file or an answer it hides."""

import json
import sys
import threading

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from toy_models import CLASSES, strong_model, toy_graph, toy_model, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.heads import BEST, Heads, head_shapes
from safety_tasks.inference.hot_swap import SwappableDetector
from safety_tasks.inference.model_checks import check_model
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import Int8Budget, VariantParity
from safety_tasks.scoring.average_precision import AveragePrecision
from safety_tasks.scoring.variant_budget import judge_budget

LEAST = {"safety.classes": json.dumps(CLASSES), "safety.imgsz_px": "64"}
FRAME = toy_picture([(0, 3), (2, 9)])


def ends_in_artifact_error(payload: bytes) -> None:
    """Open a model and run it: it ends in the tree's error, with its name."""
    with pytest.raises(ArtifactError, match=r"^m: "):
        Detector(payload, what="m").detect(FRAME)


def test_a_key_that_is_no_utf8_where_an_entry_is_missing() -> None:
    """A key that is no text is named like any other."""
    payload = toy_model(metadata={"safety.classes": json.dumps(CLASSES), "ABCDEFGH": "64"})
    ends_in_artifact_error(payload.replace(b"ABCDEFGH", b"\xff\xfe\xfd\xfc\xff\xff\xff\xff"))


def test_a_threshold_that_is_a_huge_whole_number() -> None:
    """A number that no float holds is a malformed threshold."""
    wrong = '{"smoke": 1%s, "fire": 0.5, "person_down": 0.5}' % ("0" * 400)
    ends_in_artifact_error(toy_model(metadata=LEAST | {"safety.thresholds": wrong}))


def test_a_name_with_half_a_surrogate() -> None:
    """A class name that is no text has no digest to compare."""
    names = '["\\ud800", "fire", "person_down"]'
    more = {"safety.classes": names, "safety.classes_sha256": "0" * 64}
    ends_in_artifact_error(toy_model(metadata=LEAST | more))


def test_an_input_that_has_a_value_of_its_own() -> None:
    """An input that nobody has to give is no camera."""
    model = toy_graph()
    pixels = np.zeros((1, 3, 64, 64), np.float32)
    model.graph.initializer.append(numpy_helper.from_array(pixels, "images"))
    ends_in_artifact_error(model.SerializeToString())


def test_a_model_without_hazards() -> None:
    """A class map without a name detects nothing, and says so when it is opened."""
    model = toy_graph(metadata={"safety.classes": "[]", "safety.imgsz_px": "64"})
    del model.graph.node[:]
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
            helper.make_node("Mul", ["top", "zero"], ["nothing"]),
            helper.make_node("Add", ["boxes", "nothing"], ["output0"]),
        ]
    )
    value = helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 4, 16])
    model.graph.output[0].CopyFrom(value)
    ends_in_artifact_error(model.SerializeToString())


@pytest.mark.parametrize("shape", [[1, 4, 28], [1, 1, 112], [1, 16, 7], [1, 112, 1], [2, 7, 8]])
def test_an_output_whose_shape_shows_only_at_run_time(shape: list[int]) -> None:
    """Rows that are not the class map's are refused, never read as other hazards."""
    model = toy_graph()
    model.graph.node[-1].output[0] = "honest"
    model.graph.initializer.append(numpy_helper.from_array(np.array(shape, np.float32), "wished"))
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
            helper.make_node("Mul", ["top", "zero"], ["nothing"]),
            helper.make_node("Add", ["wished", "nothing"], ["sum"]),
            helper.make_node("Cast", ["sum"], ["shape"], to=TensorProto.INT64),
            helper.make_node("Reshape", ["honest", "shape"], ["output0"]),
        ]
    )
    ends_in_artifact_error(model.SerializeToString())


def test_a_size_that_no_memory_holds() -> None:
    """A square that no device has memory for is refused before it is made."""
    side = 10**9
    model = toy_graph(metadata=LEAST | {"safety.imgsz_px": str(side)})
    del model.graph.node[:]
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
            helper.make_node("Mul", ["top", "zero"], ["nothing"]),
            helper.make_node("Add", ["all", "nothing"], ["output0"]),
        ]
    )
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])
    model.graph.input[0].CopyFrom(given)
    zeros = numpy_helper.from_array(np.zeros((1, 7, 16), np.float32), "all")
    model.graph.initializer.append(zeros)
    with pytest.raises(ArtifactError):
        Detector(model.SerializeToString(), what="m")


@pytest.mark.parametrize("more", [{"value_float": np.nan}, {"value_floats": [1.0, np.inf]}])
def test_a_weight_in_a_constants_own_attribute(more: dict[str, object]) -> None:
    """A number inside a node counts as a weight."""
    model = toy_graph()
    model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], **more))
    with pytest.raises(ArtifactError, match="expected finite weights"):
        check_model(model.SerializeToString(), what="m")


def test_a_weight_of_bfloat16() -> None:
    """A number format that numpy does not know is looked at all the same."""
    model = toy_graph()
    model.graph.initializer.append(helper.make_tensor("b", TensorProto.BFLOAT16, [1], [np.nan]))
    with pytest.raises(ArtifactError, match="expected finite weights"):
        check_model(model.SerializeToString(), what="m")


def test_two_cameras_of_one_process_swap_at_once() -> None:
    """The interpreter's manners are as they were when the last swap is done."""
    usual = sys.getswitchinterval()
    cameras = [SwappableDetector(Detector(strong_model(), what="m")) for _ in range(2)]
    inside, go_on = ([threading.Event() for _ in cameras] for _ in range(2))

    def swap(n: int) -> None:
        def load() -> Detector:
            inside[n].set()
            assert go_on[n].wait(30)
            return Detector(strong_model(), what="m")

        cameras[n].swap(load, what="m")

    threads = [threading.Thread(target=swap, args=(n,)) for n in range(2)]
    try:
        for n, thread in enumerate(threads):
            thread.start()
            assert inside[n].wait(30)
        for n, thread in enumerate(threads):
            go_on[n].set()
            thread.join(30)
        assert sys.getswitchinterval() == usual
    finally:
        sys.setswitchinterval(usual)


def test_a_best_logit_that_is_no_number() -> None:
    """NaN where only the best is told is an error, not silence."""
    outputs = {name: np.zeros(shape, np.float32) for name, shape in head_shapes(64, 3).items()}
    outputs[BEST][:] = np.nan
    with pytest.raises(ArtifactError, match="finite"):
        Heads(outputs, 64).boxes(0.25, what="m")


def judged(reference: AveragePrecision, variant: AveragePrecision) -> tuple[str, ...]:
    """Return the reasons of a budget."""
    parity = VariantParity(
        pictures=1, reference_detections=1, variant_detections=1, matched=1, agreement_f1=1.0,
        max_box_difference_px=0, max_score_difference=0,
    )  # fmt: skip
    noise = NoiseFloor(changes={}, ap50={"smoke": 0.0}, map50_95=0.0)
    return judge_budget("val", Int8Budget(), parity, variant, reference, noise).reasons


def scores(overall: float | None, smoke: float | None) -> AveragePrecision:
    """Make scores of one hazard."""
    return AveragePrecision({"smoke": smoke}, {"smoke": smoke}, None, overall, {}, None)


def test_a_drop_of_exactly_the_budget_in_decimals() -> None:
    """A fall of just the budget is within it, whatever binary makes of the decimals."""
    assert judged(scores(0.605, 0.8), scores(0.6, 0.8)) == ()


def test_a_hazard_that_only_the_variant_cannot_score() -> None:
    """A score that the reference has and the variant has not is a reason."""
    assert judged(scores(0.6, 0.8), scores(0.6, None)) != ()


def test_a_wished_score_of_0_keeps_what_scores_0() -> None:
    """With a threshold of 0 every place is kept, also where it scores just 0."""
    assert len(Detector(strong_model(), what="m").detect(FRAME, 0.0)) == 16
