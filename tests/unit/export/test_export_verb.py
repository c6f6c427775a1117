"""A real, tiny training of weights that find something, exported with its variants; and what is not made, with why."""

from collections.abc import Callable, Iterator
from typing import Any

import onnx
import pytest
from onnx import helper
from support.tiny_export import SETTINGS, TinyExport
from toy_models import CLASSES, png, toy_picture

from safety_tasks.digests import sha256_bytes
from safety_tasks.export import verb
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import read_metadata
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.picture import Picture
from safety_tasks.records.variants import Int8Budget
from safety_tasks.settings import OperatingPointSettings
from safety_tasks.store.base import get_artifact, put_artifact
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest

pytestmark = pytest.mark.slow
INT8 = ("edge-int8-x86", "edge-int8-arm")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyExport]:
    """Train and export once."""
    with pytest.MonkeyPatch.context() as patch:
        yield TinyExport(tmp_path_factory.mktemp("export"), patch)


class Began(Exception):
    """The export began its work."""


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop an export that begins its work."""

    def begin(*_: object) -> None:
        raise Began

    monkeypatch.setattr(verb, "export_graph", begin)


@pytest.fixture
def same_graph(case: TinyExport, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Export the graph of before, changed as a test wants, without the framework."""

    def take(change: Callable[[onnx.ModelProto], None] = lambda graph: None) -> None:
        graph = onnx.ModelProto.FromString(case.graphs[0][0].SerializeToString())
        del graph.graph.value_info[:]
        change(graph)
        monkeypatch.setattr(verb, "export_graph", lambda *_: (graph, case.graphs[0][1]))

    take()
    return take


def with_pictures(case: TinyExport, name: str, pictures: list[Picture]) -> DatasetVersion:
    """Return the version with other rows."""
    manifest = put_artifact(case.store, f"{name}.parquet", encode_manifest(pictures))
    return case.version.model_copy(update={"manifest": manifest})


def test_the_record_holds_reference_and_variants(case: TinyExport) -> None:
    """All four files, agreed, judged and offered; nothing is left unmade; the record was written last."""
    exported = case.exported
    assert [one.name for one in exported.variants] == ["edge-fp32", *INT8]
    assert [(one.precision, one.scheme) for one in exported.variants] == [
        ("fp32", ""),
        ("int8", "U8S8"),
        ("int8", "S8S8"),
    ]
    assert [one.offered for one in exported.variants] == [True] * 3
    assert exported.not_made == {}
    assert exported.variants[0].parity.agreement_f1 == pytest.approx(1, abs=1e-3)
    assert exported.variants[0].parity.reference_detections > 10
    steps = exported.variants[1].steps
    assert [len(step.float_modules) for step in steps] == list(range(len(steps)))
    assert case.written.index("runs/r1/export.json") == len(case.written) - 1
    stored = case.store.get("runs/r1/export.json").payload
    assert ExportedModel.from_json_bytes(stored, what="stored") == exported


def test_every_file_says_the_same(case: TinyExport) -> None:
    """Classes, size, thresholds and origin are in each, the reference is of the plain form, INT8 is of eight bits."""
    exported = case.exported
    files = {"reference": exported.model} | {one.name: one.model for one in exported.variants}
    origins = set()
    for name, file in files.items():
        payload = get_artifact(case.store, file)
        assert file.key == f"runs/r1/models/{sha256_bytes(payload)[:16]}.onnx"
        model = onnx.load_model_from_string(payload)
        facts = read_metadata(model, what=name)
        assert (facts.classes, facts.imgsz_px, facts.variant) == (CLASSES, 64, name)
        assert facts.thresholds == exported.thresholds
        origins.add((facts.entries["safety.run_id"], facts.entries["safety.recipe_sha256"]))
        eight_bits = any(node.op_type == "QuantizeLinear" for node in model.graph.node)
        assert eight_bits == (name in INT8)
        if name == "reference":
            assert ([o.version for o in model.opset_import], model.ir_version) == ([17], 8)
        Detector(payload, what=name).detect(toy_picture([(1, 5)]))
    assert origins == {("r1", case.run.recipe.digest())}
    assert set(exported.threshold_reasons) == set(exported.thresholds) == set(CLASSES)


def test_pictures_are_of_train_and_val_alone(case: TinyExport) -> None:
    """Parity names the val picture with labels that differs most; calibration takes train; the holdout is not seen."""
    rows = read_manifest(case.store, case.version)
    val = {p.file for p in rows if p.split == "val" and p.boxes}
    assert case.exported.parity is not None
    assert case.exported.parity.pictures == len(val) == 2
    assert case.exported.parity.worst_picture in val
    assert {p.split for p in case.fetched} == {"train", "val"}
    assert sum(p.split == "train" for p in case.fetched) == 12


def test_progress_is_told(case: TinyExport) -> None:
    """The noise floor picture by picture, then the search."""
    noise = [call for call in case.calls if call[0] == "noise floor"]
    assert noise[:2] == [("noise floor", 1, 3), ("noise floor", 2, 3)]
    assert case.calls[0] == noise[0]
    assert {what for what, *_ in case.calls} == {"noise floor", "int8"}


@pytest.mark.usefixtures("no_work")
def test_asked_again_it_is_there(case: TinyExport) -> None:
    """The same settings, rule and budget return the record without any work."""
    assert case.export(case.version, "r1", SETTINGS) == case.exported


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    "other",
    [
        {"settings": SETTINGS.model_copy(update={"max_float_modules": 2})},
        {"point": OperatingPointSettings(recall=0.8)},
        {"budget": Int8Budget()},
    ],
)
def test_asked_for_another_it_begins_anew(case: TinyExport, other: dict[str, Any]) -> None:
    """Another setting, rule or budget is another export."""
    with pytest.raises(Began):
        case.export(case.version, "r1", **({"settings": SETTINGS} | other))


@pytest.mark.usefixtures("no_work")
def test_other_code_begins_anew(case: TinyExport, monkeypatch: pytest.MonkeyPatch) -> None:
    """What older code exported is not taken for what this code would."""
    monkeypatch.setattr(verb, "code_digest", lambda: "9" * 64)
    with pytest.raises(Began):
        case.export(case.version, "r1", SETTINGS)


@pytest.mark.usefixtures("same_graph")
def test_made_anew_the_record_is_the_new_one(case: TinyExport) -> None:
    """Without INT8 only FP32 is made, the reason is told, and the record says so until it is asked for otherwise."""
    first = case.export(case.version, "anew")
    assert [one.name for one in first.variants] == ["edge-fp32"]
    assert first.not_made == dict.fromkeys(INT8, "export.int8 is off in the settings")
    point = OperatingPointSettings(rule="false_alarms")
    second = case.export(case.version, "anew", point=point)
    assert second.settings_sha256 != first.settings_sha256
    assert second.threshold_reasons != first.threshold_reasons
    assert "of 1 pictures of val without labels" in second.threshold_reasons["smoke"]
    stored = case.store.get("runs/anew/export.json").payload
    assert ExportedModel.from_json_bytes(stored, what="stored") == second


@pytest.mark.usefixtures("same_graph")
def test_too_few_to_calibrate_on(case: TinyExport) -> None:
    """With seven train pictures eight bits are not guessed, with eight they are made."""
    rows = read_manifest(case.store, case.version)
    train = [p for p in rows if p.split == "train"]
    fewer = with_pictures(case, "fewer", [p for p in rows if p not in train[7:]])
    exported = case.export(fewer, "fewer", SETTINGS)
    why = "expected at least 8 train pictures to calibrate on, found 7"
    assert exported.not_made == dict.fromkeys(INT8, why)
    assert [one.name for one in exported.variants] == ["edge-fp32"]


def background(case: TinyExport, number: int) -> Picture:
    """Store a val picture of its own scene that labels nothing."""
    payload = png(toy_picture([], grey=number))
    row = next(p for p in read_manifest(case.store, case.version) if p.split == "val")
    changes = {"sha256": sha256_bytes(payload), "scene": f"a{number:02d}", "boxes": ()}
    picture = row.model_copy(update=changes)
    case.store.put(picture.key, payload)
    return picture


@pytest.mark.usefixtures("same_graph")
def test_without_a_hazard_nobody_could_judge(case: TinyExport) -> None:
    """Where the val pictures that INT8 would be judged on label nothing, it is not made."""
    rows = list(read_manifest(case.store, case.version))
    blank = with_pictures(case, "blank", rows + [background(case, n) for n in range(16)])
    exported = case.export(blank, "blank", SETTINGS)
    why = "val holds no hazard, so nobody could tell what INT8 costs"
    assert exported.not_made == dict.fromkeys(INT8, why)
    assert exported.variants[0].parity.pictures == 16


def two_users(graph: onnx.ModelProto) -> None:
    """Let something else look at the input too."""
    node = helper.make_node("Identity", [graph.graph.input[0].name], ["seen"])
    graph.graph.node.insert(0, node)


def dilated(graph: onnx.ModelProto) -> None:
    """Say that a kernel of one pixel is spread, which changes nothing but that it is no plain one."""
    kinds = {"kernel_shape": [1, 1]}
    for node in graph.graph.node:
        facts = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Conv" and facts | kinds == facts:
            next(a for a in node.attribute if a.name == "dilations").ints[:] = [2, 2]
            return


@pytest.mark.parametrize(
    ("change", "made", "why"),
    [
        (two_users, [], "run foreign: expected one convolution on the input"),
        (dilated, ["edge-fp32"], "run foreign: expected plain convolutions"),
    ],
)
def test_a_foreign_structure_is_exported_all_the_same(
    case: TinyExport,
    same_graph: Callable[..., None],
    change: Callable[[onnx.ModelProto], None],
    made: list[str],
    why: str,
) -> None:
    """What cannot be cut, or not quantised, has its reason, and the reference serves every device."""
    same_graph(change)
    case.store.delete("runs/foreign/export.json")
    exported = case.export(case.version, "foreign", SETTINGS)
    assert [one.name for one in exported.variants] == made
    assert set(exported.not_made) == {"edge-fp32", *INT8} - set(made)
    assert all(reason.startswith(why) for reason in exported.not_made.values())
    detector = Detector(get_artifact(case.store, exported.model), what="foreign")
    assert detector.thresholds == exported.thresholds
