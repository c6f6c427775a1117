"""A camera frame to boxes by the FP32 edge variant ÷ ``ultralytics`` predict on the same plain export.

Rule: the framework's own session gets the same options; its defaults are a second figure.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import onnxruntime as ort

from benchmarks.edge_timing import Way, compare, compare_with_defaults, facts, ways, whole_frame
from benchmarks.result import Result, judge
from safety_tasks.framework_env import prepare_framework
from safety_tasks.inference.session import SessionSettings

NAME: Final = "edge_frame_vs_ultralytics"
BAR: Final = 0.91
_WHAT: Final = "camera frame 1280x720 to boxes, FP32 variant / ultralytics predict on the same ONNX"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing.
    """
    where = ways(folder)
    path = folder / "reference.onnx"
    path.write_bytes(where.reference)
    size = where.model.exported.imgsz_px
    frame = where.frames[0]
    with _session_options(SessionSettings().options()):
        same_options = ultralytics_predict(path, size)
        same_options(frame)  # which loads the model
    default_options = ultralytics_predict(path, size)
    ours = whole_frame(where.variant("edge-fp32"))
    (same,) = compare(ours, [same_options], where.frames)
    default = compare_with_defaults(ours, default_options, where.frames)
    extra = facts(where) | {"ratio_to_default_options": judge(NAME, _WHAT, default, BAR).ratio}
    return judge(NAME, _WHAT, same, BAR, extra)


def ultralytics_predict(path: Path, imgsz_px: int, conf: float = 0.25) -> Way:
    """Return the framework's own way from a frame to boxes; it loads the model at the first frame."""
    prepare_framework()
    from ultralytics import YOLO  # type: ignore[attr-defined]

    model = YOLO(str(path), task="detect")
    return lambda frame: model.predict(
        frame, imgsz=imgsz_px, conf=conf, device="cpu", verbose=False, rect=False
    )


@contextmanager
def _session_options(options: ort.SessionOptions) -> Iterator[None]:
    """Open every session of the runtime with these options."""
    real = ort.InferenceSession

    def opened(model: Any, *more: Any, **words: Any) -> Any:
        return real(model, options, providers=["CPUExecutionProvider"])

    ort.InferenceSession = opened
    try:
        yield
    finally:
        ort.InferenceSession = real
