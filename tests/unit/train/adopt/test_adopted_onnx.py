"""ONNX files from elsewhere: what does not fit is refused before a runtime opens it, with the rule that it breaks."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from support.team_models import PLAIN, save_onnx
from support.toy_runs import toy_dataset
from toy_models import CLASSES, toy_graph

from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore
from safety_tasks.train.adopt.verb import adopt_model


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Give a small dataset."""
    return toy_dataset(local_store)


@pytest.mark.parametrize(
    ("names", "said", "match"),
    [
        ("{0: 'fire', 1: 'smoke', 2: 'person_down'}", None, "mean other hazards"),
        ("{0: 'Fire', 1: 'c', 2: 'd'}", CLASSES, "--classes cannot rename"),
        (str(dict(enumerate(CLASSES))), ("fire", "smoke", "person_down"), "Correct --classes"),
        ("{0: 'smoke', 2: 'fire', 1: 3}", None, "found none"),
        ("__import__('os').mkdir('ran')", None, "found none"),
        ("[" * 5000, None, "found none"),
        ("{0: '" + "x" * 70000 + "'}", None, "found none"),
    ],
)
def test_onnx_of_other_classes(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: str,
    said: tuple[str, ...] | None,
    match: str,
) -> None:
    """Names in another order are refused whoever says otherwise, and a text of names is never run."""
    monkeypatch.chdir(tmp_path)
    path = save_onnx(tmp_path, toy_graph(metadata={"names": names}))
    with pytest.raises(ClassMapError, match=match):
        adopt_model(local_store, version, path, run_id="a1", classes=said)
    assert not (tmp_path / "ran").exists()
    assert not list(local_store.keys("runs/"))


def _free_size() -> onnx.ModelProto:
    graph = toy_graph(metadata=PLAIN)
    graph.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
    return graph


def _foreign_operator() -> onnx.ModelProto:
    graph = toy_graph(metadata=PLAIN)
    graph.graph.node.append(helper.make_node("If", ["one"], ["x"]))
    return graph


def _external_data() -> onnx.ModelProto:
    graph = toy_graph(metadata=PLAIN)
    tensor = graph.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return graph


def _half_precision() -> onnx.ModelProto:
    graph = toy_graph(metadata=PLAIN)
    graph.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    return graph


def _raw_scores() -> onnx.ModelProto:
    graph = toy_graph(metadata=PLAIN, gains=(9.0, 9.0, 9.0))
    nodes = [node for node in graph.graph.node if node.op_type != "Clip"]
    nodes[1].input[0] = "cells"
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    return graph


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: b"no model", "expected an ONNX model"),
        (_foreign_operator, "expected"),
        (_external_data, "external data"),
        (_free_size, r"found \(1, 3, height, 64\).*dynamic=False"),
        (_half_precision, "FLOAT16"),
        (_raw_scores, "expected scores of 0 to 1"),
        (lambda: toy_graph(metadata=PLAIN, classes=CLASSES[:2]), r"output \(1, 7, N\)"),
        (lambda: toy_graph(metadata=PLAIN, imgsz_px=96), "64 px as its metadata says"),
        (lambda: toy_graph(metadata={**PLAIN, "task": "pose"}), "expected a detector"),
    ],
)
def test_onnx_that_does_not_fit(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    make: Callable[[], onnx.ModelProto | bytes],
    said: str,
) -> None:
    """A forged or odd file is refused with the rule that it breaks, and nothing is stored."""
    with pytest.raises(ArtifactError, match=said):
        adopt_model(local_store, version, save_onnx(tmp_path, make()), run_id="a1")
    assert not list(local_store.keys("runs/"))


def test_a_size_that_contradicts_the_graph(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """An ONNX file has its size, whatever a person says."""
    path = save_onnx(tmp_path, toy_graph(metadata=PLAIN))
    with pytest.raises(ArtifactError, match="96 px as --imgsz says, found an input of 64 px"):
        adopt_model(local_store, version, path, run_id="a1", imgsz_px=96)
