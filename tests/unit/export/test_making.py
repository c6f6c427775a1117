"""Variants of a real YOLOv8n of random weights, judged beside it; the quantiser's graphs are as bad as a test wants."""

import numpy as np
import onnx
import pytest
from support.broken_graphs import MODULES, Harm, Writes, broken
from support.scored import labelled
from support.tiny_yolo import CLASSES, IMGSZ_PX, THRESHOLDS, noise_pictures, tiny_graph
from toy_models import png, toy_graph

from safety_tasks.errors import ArtifactError, ParityError
from safety_tasks.export import making
from safety_tasks.export.making import MIN_FP32_AGREEMENT, Made, VariantMaker
from safety_tasks.export.quantise.search import Search, choose
from safety_tasks.export.val_pictures import Looked, look
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.model_metadata import read_metadata, with_metadata
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.picture import Box
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import Int8Budget

pytestmark = pytest.mark.slow

ORIGIN = {"safety.thresholds": THRESHOLDS, "safety.run_id": "r1", "names": "{0: 'smoke'}"}
QUIET = NoiseFloor(changes={}, ap50=dict.fromkeys(CLASSES, 0.0), map50_95=0.0)


def reference() -> bytes:
    """Return the tiny model with an origin, as an export writes it."""
    return with_metadata(tiny_graph(), CLASSES, IMGSZ_PX, ORIGIN)


def labels(found: Found, side_px: int) -> tuple[Box, ...]:
    """Return labels of what the reference finds, so that it is perfect and whatever differs falls."""
    corners = [(d.class_id, *(value / side_px for value in d.box_xyxy)) for d in found]
    return tuple(
        Box(class_id=n, x_center=(a + c) / 2, y_center=(b + d) / 2, width=c - a, height=d - b)
        for n, a, b, c, d in corners
    )


@pytest.fixture(scope="module")
def val(tmp_path_factory: pytest.TempPathFactory) -> tuple[Looked, PictureReader]:
    """Keep six pictures with labels, looked at by the reference."""
    folder, detector = tmp_path_factory.mktemp("val"), Detector(reference(), what="reference")
    pictures, paths = [], {}
    for number, pixels in enumerate(noise_pictures(6)):
        boxes = labels(detector.detect(pixels), len(pixels))
        picture = labelled(number).model_copy(update={"boxes": boxes})
        paths[picture.sha256] = folder / picture.file
        paths[picture.sha256].write_bytes(png(pixels))
        pictures.append(picture)
    reader = PictureReader(paths)
    return look(detector, pictures, reader), reader


@pytest.fixture
def maker(val: tuple[Looked, PictureReader]) -> VariantMaker:
    """Cut the tiny model."""
    return made_from(reference(), val)


def made_from(payload: bytes, val: tuple[Looked, PictureReader]) -> VariantMaker:
    """Cut a model."""
    model = onnx.load_model_from_string(payload)
    return VariantMaker(model, read_metadata(model, what="r1"), *val, what="run r1")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search two modules only, without a stem, and end once one step is good."""
    monkeypatch.setattr(Search, "modules", lambda self: MODULES)
    for name, value in {"DEEPEST_STEM": 0, "LEAST_STEPS": 1, "ENOUGH_GOOD": 1}.items():
        monkeypatch.setattr(f"safety_tasks.export.quantise.search.{name}", value)


def int8(maker: VariantMaker, harm: Harm, *, most: int = 2) -> tuple[Writes, tuple[Made, ...]]:
    """Make the INT8 variants with graphs that are broken or not."""
    quantiser = Writes(maker.graph, harm)
    return quantiser, maker.int8(
        quantiser, QUIET, Int8Budget(), most, lambda *call: quantiser.calls.append(call)
    )


def test_another_structure_has_no_variants(val: tuple[Looked, PictureReader]) -> None:
    """A model of other makers says so before anything is measured."""
    with pytest.raises(ArtifactError, match="run r1: expected the six heads"):
        made_from(with_metadata(toy_graph(), CLASSES, 64, ORIGIN), val)


def test_fp32_agrees_and_carries_what_the_reference_does(
    maker: VariantMaker, val: tuple[Looked, PictureReader]
) -> None:
    """Its metadata are ours with layout and name; what the framework reads is gone, since it cannot run it."""
    made = maker.fp32()
    assert (made.name, made.budget, made.step, made.steps) == ("edge-fp32", None, None, ())
    assert made.parity.agreement_f1 >= MIN_FP32_AGREEMENT
    labels = sum(len(picture.boxes) for picture in val[0].pictures)
    assert made.parity.reference_detections == labels > 20
    assert made.parity.pictures == 6
    facts = read_metadata(onnx.load_model_from_string(made.payload), what="made")
    before = read_metadata(onnx.load_model_from_string(reference()), what="reference")
    kept = {k: v for k, v in before.entries.items() if k != "names"}
    assert facts.entries == kept | {"safety.layout": "edge", "safety.variant": "edge-fp32"}
    assert facts.thresholds == dict.fromkeys(CLASSES, 0.5)
    assert Detector(made.payload, what="made").variant == "edge-fp32"


def test_a_wrong_cut_is_not_shipped(
    val: tuple[Looked, PictureReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An FP32 variant that finds something else is an error, which names the picture that differs most."""
    cut = making.cut_graph
    monkeypatch.setattr(making, "cut_graph", lambda *of, **more: broken(cut(*of, **more)))
    wrong = made_from(reference(), val)
    found = look(Detector(wrong._file(wrong.graph, "edge-fp32"), what="w"), val[0].pictures, val[1])
    worst = wrong._parity(found).worst_picture
    assert worst in {picture.file for picture in val[0].pictures}
    with pytest.raises(ParityError, match=r"run r1: expected edge-fp32 to answer .* cut wrongly"):
        wrong.fp32()
    # The detections say so too, which is what a person can look at.
    monkeypatch.setattr(making, "require_raw_parity", lambda *of, **more: None)
    with pytest.raises(
        ParityError,
        match=rf"run r1: expected edge-fp32 .*\(F1 0\.999\), found 0\.\d+; .* in {worst}",
    ):
        wrong.fp32()


@pytest.mark.usefixtures("quick")
def test_int8_is_two_files_of_one_search(maker: VariantMaker) -> None:
    """x86 and ARM take the same float layers, each in its scheme; the search is shown with x86, which it timed."""
    quantiser, (x86, arm) = int8(maker, lambda *of: 0)
    assert quantiser.asked[-2:] == [((), "U8S8", False), ((), "S8S8", False)]
    assert {scheme for _, scheme, _ in quantiser.asked[:-1]} == {"U8S8"}
    for made, name in ((x86, "edge-int8-x86"), (arm, "edge-int8-arm")):
        facts = read_metadata(onnx.load_model_from_string(made.payload), what=name)
        entries = (facts.entries["safety.layout"], facts.entries["safety.variant"])
        assert (made.name, *entries) == (name, "edge", name)
        assert facts.thresholds == dict.fromkeys(CLASSES, 0.5)
        assert facts.entries["safety.run_id"] == "r1"
        assert made.budget is not None
        assert (made.budget.split, made.budget.within, made.budget.reasons) == ("val", True, ())
        assert made.budget.map50_95_drop == pytest.approx(0, abs=1e-3)
        assert made.parity.agreement_f1 > 0.999
    assert (len(x86.steps), arm.steps) == (1, ())
    assert x86.step == arm.step == x86.steps[0] == choose(x86.steps)
    assert quantiser.calls[:2] == [("int8", 1, 2), ("int8", 2, 2)]
    assert {what for what, _, _ in quantiser.calls} == {"int8"}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("only_arm", [False, True])
def test_each_file_is_judged_by_itself(maker: VariantMaker, only_arm: bool) -> None:
    """One scheme may miss the budget that the other keeps."""
    _, variants = int8(maker, lambda modules, scheme, on: (scheme == "S8S8") != only_arm)
    within = [made.budget is not None and made.budget.within for made in variants]
    assert within == [not only_arm, only_arm]


@pytest.mark.usefixtures("quick")
def test_what_misses_its_budget_has_every_reason(maker: VariantMaker) -> None:
    """Nothing within the budget: the step that agrees most is kept all the same, with all that speaks against it."""
    _, (x86, arm) = int8(maker, lambda modules, *of: 0.05 if modules == MODULES[:1] else 1)
    assert [step.within for step in x86.steps] == [False] * 3
    assert x86.step == x86.steps[1] == max(x86.steps, key=lambda step: step.agreement_f1)
    for made in (x86, arm):
        assert made.budget is not None
        assert not made.budget.within
        said = "; ".join(made.budget.reasons)
        assert "AP50-95 falls by" in said
        assert "agreement with the reference is F1 0." in said
        assert "AP50 of smoke falls by" in said
    assert x86.budget is not None
    told = (x86.parity.agreement_f1, x86.budget.map50_95_drop, "; ".join(x86.budget.reasons))
    assert (x86.step.agreement_f1, x86.step.map50_95_drop, x86.step.why) == told


@pytest.mark.usefixtures("quick")
def test_the_float_layers_of_the_search_are_written(maker: VariantMaker) -> None:
    """Only with both modules in float it is good: that step is taken, by both schemes."""
    quantiser, (x86, arm) = int8(maker, lambda modules, *of: modules != MODULES)
    assert [step.within for step in x86.steps] == [False, False, True]
    assert x86.step == arm.step == x86.steps[2]
    assert x86.step is not None
    assert x86.step.float_modules == MODULES
    assert quantiser.asked[-2:] == [(MODULES, "U8S8", False), (MODULES, "S8S8", False)]


@pytest.mark.usefixtures("quick")
def test_the_choice_is_the_searchs(maker: VariantMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it chooses is taken, though another step agrees better; no more modules than asked for are tried."""
    monkeypatch.setattr(making, "choose", lambda steps: steps[0])
    _, (x86, _) = int8(maker, lambda modules, *of: modules != MODULES, most=1)
    assert [step.within for step in x86.steps] == [False, False]
    _, (x86, _) = int8(maker, lambda modules, *of: not modules)
    assert [step.within for step in x86.steps] == [False, True]
    assert x86.step == x86.steps[0]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("plain", "corrected", "chosen"),
    [(1, 1, False), (0, 0, False), (0, 1, False), (0.05, 1, False), (1, 0, True), (1, 0.05, True)],
)
def test_the_bias_is_corrected_only_where_that_is_better(
    maker: VariantMaker, plain: float, corrected: float, chosen: bool
) -> None:
    """Val decides, also outside the budget; where both are as good the plain one stays, which is made much quicker."""
    quantiser, variants = int8(maker, lambda modules, scheme, on: corrected if on else plain)
    assert [on for *_, on in quantiser.asked[-4:]] == [False, True, chosen, chosen]
    kept = [made.budget is not None and made.budget.within for made in variants]
    assert kept == [0 in (plain, corrected)] * 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("most", "count"), [(1, 1), (2, 2), (4, 4), (48, 6)])
def test_a_search_looks_at_so_many_pictures(
    maker: VariantMaker, monkeypatch: pytest.MonkeyPatch, most: int, count: int
) -> None:
    """Losses are measured on pictures spread over val, at most so many, letterboxed."""
    monkeypatch.setattr(making, "_SEARCH_PICTURES", most)
    found = maker._squares()
    assert [square.shape for square in found] == [(IMGSZ_PX, IMGSZ_PX, 3)] * count
    spread = making.squares(maker._seen.pictures, maker._reader, IMGSZ_PX)[:: max(1, 6 // most)]
    assert all(np.array_equal(mine, other) for mine, other in zip(found, spread, strict=False))
