"""Weights between two networks: tensor by tensor, and what only one has stays."""

from pathlib import Path

import pytest
import torch
from support.tiny_training import NAMES

from safety_tasks.errors import BaseWeightsMissing
from safety_tasks.train.engine.loading import class_names, load_base
from safety_tasks.train.engine.mixing import mix_weights
from safety_tasks.train.engine.saving import packed_detector

pytestmark = pytest.mark.slow


def network(path: Path, seed: int, names: tuple[str, ...] = NAMES, size: str = "n") -> Path:
    """Write a random network with class names."""
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(seed)
    model = DetectionModel(f"yolov8{size}.yaml", nc=len(names), verbose=False)  # type: ignore[no-untyped-call]
    model.names = dict(enumerate(names))
    path.write_bytes(packed_detector(model, 64))
    return path


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_each_tensor_is_mixed(tmp_path: Path, share: float) -> None:
    """Every number lies between those of the two networks, at the share; the classes are the first one's."""
    one, other = network(tmp_path / "1.pt", 1), network(tmp_path / "2.pt", 2)
    target = tmp_path / "mixed.pt"
    count = mix_weights(one, other, share, target, 96)
    found = load_base(target)
    first, second, mixed = (m.state_dict() for m in (load_base(one), load_base(other), found))
    floats = {name for name, value in first.items() if value.is_floating_point()}
    assert count == len(floats) > 200
    assert any(not torch.equal(first[name], second[name]) for name in floats)
    for name in floats:
        wanted = share * first[name] + (1 - share) * second[name]
        assert torch.allclose(mixed[name], wanted, atol=1e-3), name
    assert class_names(found) == NAMES


def test_layers_of_other_classes_stay(tmp_path: Path) -> None:
    """The official network knows 80 classes: its layers for them are left out, everything before is mixed."""
    one = network(tmp_path / "1.pt", 1)
    other = network(tmp_path / "2.pt", 2, tuple(f"c{number}" for number in range(80)))
    count = mix_weights(one, other, 0.5, tmp_path / "mixed.pt", 64)
    first, mixed = (load_base(path).state_dict() for path in (one, tmp_path / "mixed.pt"))
    same = {name for name in first if torch.equal(first[name], mixed[name])}
    assert 200 < count < len(first)
    assert {"model.22.cv3.0.2.weight", "model.22.cv3.0.2.bias"} <= same
    assert "model.0.conv.weight" not in same
    assert class_names(load_base(tmp_path / "mixed.pt")) == NAMES


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """A larger network, or a file that is none, is named, and nothing is written."""
    one, target = network(tmp_path / "1.pt", 1), tmp_path / "mixed.pt"
    with pytest.raises(BaseWeightsMissing, match="expected the layers of yolov8n"):
        mix_weights(one, network(tmp_path / "s.pt", 2, size="s"), 0.5, target, 64)
    (tmp_path / "x.pt").write_bytes(b"x")
    with pytest.raises(BaseWeightsMissing, match="what the safe loader refuses"):
        mix_weights(one, tmp_path / "x.pt", 0.5, target, 64)
    assert not target.exists()
