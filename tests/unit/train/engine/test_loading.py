"""Base weights: read without running anything of theirs, and refused when they are not a YOLOv8n detector."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from safety_tasks.errors import BaseWeightsMissing
from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.engine.loading import class_names, load_base, require_same_network

pytestmark = pytest.mark.slow


class Bomb:
    """Runs a shell command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.marker}",)


def _evil(path: Path, marker: Path, form: str) -> None:
    bomb = Bomb(marker)
    if form == "pickle":
        path.write_bytes(pickle.dumps({"model": bomb}))
    else:
        document = {"model": bomb, "w": torch.zeros(3)}
        torch.save(document, path, _use_new_zipfile_serialization=form == "archive")


@pytest.mark.parametrize("form", ["archive", "legacy", "pickle"])
def test_code_in_weights_never_runs(tmp_path: Path, form: str) -> None:
    """An evil .pt in each form is refused by name and does nothing; opened without care it would have."""
    from support.tiny_training import INPUTS, TINY, drawn_dataset

    path, marker = tmp_path / "evil.pt", tmp_path / "ran"
    _evil(path, marker, form)
    data = drawn_dataset(tmp_path / "data", train=1, val=1)
    with pytest.raises(BaseWeightsMissing, match="Nothing of it was run"):
        fit_detector(data, path, TINY, tmp_path / "out", inputs_sha256=INPUTS)
    assert not marker.exists()
    assert not (tmp_path / "out" / "checkpoints").exists()
    if form == "pickle":
        pickle.loads(path.read_bytes())
    else:
        torch.load(path, weights_only=False)
    assert marker.exists()


def _network(name: str = "yolov8n.yaml") -> Any:
    from ultralytics.nn.tasks import DetectionModel

    return DetectionModel(name, ch=3, nc=2, verbose=False)  # type: ignore[no-untyped-call]


def test_an_absent_file_is_named_with_its_place(tmp_path: Path) -> None:
    """It is told from a file that is there and cannot be read."""
    with pytest.raises(BaseWeightsMissing, match=r"expected a file, found none at .*gone\.pt"):
        load_base(tmp_path / "gone.pt")


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 cut"])
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign and cut files."""
    path = tmp_path / "base.pt"
    path.write_bytes(content)
    with pytest.raises(BaseWeightsMissing, match=r"base weights base\.pt: expected the weights"):
        load_base(path)


def test_what_is_no_detector_or_not_finite_is_refused(tmp_path: Path) -> None:
    """Plain tensors and diverged weights are no start."""
    path = tmp_path / "base.pt"
    torch.save({"model": torch.zeros(2)}, path)
    with pytest.raises(BaseWeightsMissing, match="expected a detector, found Tensor"):
        load_base(path)
    model = _network()
    next(model.parameters()).data.fill_(float("inf"))
    torch.save({"model": model}, path)
    with pytest.raises(BaseWeightsMissing, match="finite"):
        load_base(path)


def test_another_network_is_refused(tmp_path: Path) -> None:
    """A larger network of the family does not pass for this one; another number of classes does."""
    ours = _network()
    path = tmp_path / "base.pt"
    torch.save({"model": _network("yolov8s.yaml")}, path)
    with pytest.raises(BaseWeightsMissing, match=r"expected the layers of yolov8n, found \d+"):
        require_same_network(ours, load_base(path), "base.pt")
    ours.names = {0: "smoke", 1: "fire"}
    torch.save({"model": ours}, path)
    require_same_network(_network(), load_base(path), "base.pt")
    assert class_names(load_base(path)) == ("smoke", "fire")


def test_code_in_a_networks_description_never_runs(tmp_path: Path) -> None:
    """The description that comes with weights may name any expression as its activation: it is not used."""
    from support.tiny_training import INPUTS, TINY, drawn_dataset

    path, marker = tmp_path / "base.pt", tmp_path / "ran"
    model = _network()
    model.yaml["activation"] = f"__import__('os').mkdir({str(marker)!r})"
    torch.save({"model": model}, path)
    data = drawn_dataset(tmp_path / "data", train=2, val=1)
    recipe = TINY.model_copy(update={"epochs": 1, "validate_each_epoch": False})
    fit_detector(data, path, recipe, tmp_path / "out", inputs_sha256=INPUTS)
    assert not marker.exists()
