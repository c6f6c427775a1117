"""A camera frame to boxes by the FP32 edge variant ÷ the bare run of the plain export's graph."""

from pathlib import Path
from typing import Final

import onnxruntime as ort

from benchmarks.edge_timing import (
    bare_run,
    compare,
    compare_with_defaults,
    facts,
    ways,
    whole_frame,
)
from benchmarks.result import Result, judge

NAME: Final = "edge_frame_fp32"
BAR: Final = 0.97
_WHAT: Final = "camera frame 1280x720 to boxes, FP32 variant / bare session.run of the plain export"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing.
    """
    where = ways(folder)
    size = where.model.exported.imgsz_px
    ours = whole_frame(where.variant("edge-fp32"))
    (same,) = compare(ours, [bare_run(where.reference, size)], where.frames)
    default = compare_with_defaults(
        ours, bare_run(where.reference, size, ort.SessionOptions()), where.frames
    )
    extra = facts(where) | {"ratio_to_default_options": judge(NAME, _WHAT, default, BAR).ratio}
    return judge(NAME, _WHAT, same, BAR, extra)
