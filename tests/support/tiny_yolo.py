"""A real YOLOv8n of random weights, exported by the framework: the structure that edge variants are cut from.

Rules: seeded, so that every process has the same; scores spread widely, so that there is something to compare; the file
is written once and read by all test processes.
"""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import onnx

from safety_tasks.config import code_digest
from safety_tasks.framework_env import prepare_framework
from safety_tasks.inference.model_metadata import META_THRESHOLDS, with_metadata

CLASSES = ("smoke", "fire", "person_down")
IMGSZ_PX = 64
THRESHOLDS = '{"smoke": 0.5, "fire": 0.5, "person_down": 0.5}'


@cache
def tiny_yolo() -> bytes:
    """Return the reference model's file: 64 px, each threshold a half."""
    path = Path(tempfile.gettempdir()) / f"tiny-yolo-{code_digest()[:16]}.onnx"
    if not path.is_file():
        staged = path.with_suffix(f".{os.getpid()}")
        staged.write_bytes(_export())
        staged.replace(path)
    return path.read_bytes()


def tiny_graph() -> onnx.ModelProto:
    """Return the model, to be changed."""
    return onnx.load_model_from_string(tiny_yolo())


def noise_pictures(
    count: int, side_px: int = 96
) -> list["np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"]:
    """Return pictures of coarse noise, (side, side, 3) uint8, each another one."""
    rng = np.random.default_rng(7)
    return [
        np.kron(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))[
            :side_px, :side_px
        ]
        for _ in range(count)
    ]


def _blobs(count: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    pictures = np.stack([p[:IMGSZ_PX, :IMGSZ_PX] for p in noise_pictures(count)])
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).astype(np.float32) / 255


def _export() -> bytes:
    prepare_framework()
    import torch
    from ultralytics import YOLO
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(0)
    network = DetectionModel("yolov8n.yaml", nc=len(CLASSES), verbose=False)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.7, 1.1)
            module.bias.data.uniform_(-0.3, 0.3)
            module.momentum = 0.5
    with torch.no_grad():  # so that what goes in changes what comes out, all the way down
        for _ in range(12):
            network.train()(torch.from_numpy(_blobs(8)))
    for branch in network.model[-1].cv3:
        branch[-1].weight.data *= 0.35
        branch[-1].bias.data.fill_(-2.0)
    folder = Path(tempfile.mkdtemp(prefix="tiny-yolo-"))
    try:
        model = YOLO("yolov8n.yaml", verbose=False)
        model.model = network.eval()
        model.model.task = "detect"
        model.model.args = {"imgsz": IMGSZ_PX, "task": "detect", "data": ""}
        model.model.pt_path = str(folder / "tiny.pt")
        written = model.export(
            format="onnx",
            imgsz=IMGSZ_PX,
            opset=17,
            simplify=True,
            batch=1,
            device="cpu",
            verbose=False,
        )
        graph = onnx.load_model(written)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    graph.ir_version = 8
    return with_metadata(graph, CLASSES, IMGSZ_PX, {META_THRESHOLDS: THRESHOLDS})
