"""Models as a team from elsewhere would bring them: weights and ONNX files, good, odd and evil."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from toy_models import CLASSES

PLAIN = {
    "names": str(dict(enumerate(CLASSES))),
    "imgsz": "[64, 64]",
    "task": "detect",
    "author": "Ultralytics",
}


def own_framework(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the framework's set-up writes, and what it sets, to one test."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_CONFIG_DIR", "YOLO_OFFLINE", "YOLO_AUTOINSTALL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def save_onnx(folder: Path, graph: onnx.ModelProto | bytes) -> str:
    """Write an ONNX file; return its path."""
    path = folder / "team.onnx"
    path.write_bytes(graph if isinstance(graph, bytes) else graph.SerializeToString())
    return str(path)


def save_weights(
    folder: Path,
    names: Mapping[int, str] | None = None,
    *,
    config: str = "yolov8n.yaml",
    args: Mapping[str, Any] | None = None,
    change: Callable[[Any], None] = lambda model: None,
    **more: Any,
) -> str:
    """Write a ``.pt`` file of a random network; return its path.

    Args:
        folder: where to.
        names: the class names; ours by default.
        config: the network.
        args: what it was trained with, by the framework's names.
        change: does something to the network before it is saved.
        more: further entries of the checkpoint.
    """
    from safety_tasks.framework_env import prepare_framework

    prepare_framework()
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(1)
    names = names or dict(enumerate(CLASSES))
    model: Any = DetectionModel(config, ch=3, nc=len(names), verbose=False)
    model.names = dict(names)
    change(model)
    path = folder / "team.pt"
    train_args = {"imgsz": 64} if args is None else args
    torch.save({"model": model.half(), "train_args": train_args, **more}, path)
    return str(path)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)
