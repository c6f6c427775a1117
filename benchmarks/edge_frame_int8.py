"""A camera frame to boxes by the INT8 variant that kept its accuracy budget ÷ the bare run of the plain export."""

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
from safety_tasks.inference.fingerprint import fingerprint, hardware_class

NAME: Final = "edge_frame_int8"
_WHAT: Final = (
    "camera frame 1280x720 to boxes, INT8 variant / bare session.run of the plain FP32 export"
)
_BAR_EIGHT_BITS: Final = 0.58
_BAR: Final = 1.0


def run(folder: Path) -> Result:
    """Measure; the bar is that of processors that multiply eight bits (VNNI, AMX), else only not to be slower.

    Raises:
        NoResult: pictures or weights are missing, or no INT8 variant kept its budget.
    """
    where = ways(folder)
    size = where.model.exported.imgsz_px
    hardware = hardware_class(fingerprint())
    bar = _BAR_EIGHT_BITS if hardware in ("x86-vnni", "x86-amx") else _BAR
    ours = whole_frame(where.variant("edge-int8-x86"))
    same, fp32 = compare(
        ours,
        [bare_run(where.reference, size), whole_frame(where.variant("edge-fp32"))],
        where.frames,
    )
    default = compare_with_defaults(
        ours, bare_run(where.reference, size, ort.SessionOptions()), where.frames
    )
    chosen = next(v for v in where.model.exported.variants if v.name == "edge-int8-x86")
    extra = facts(where) | {
        "hardware": hardware,
        "ratio_to_default_options": judge(NAME, _WHAT, default, bar).ratio,
        "ratio_to_fp32_variant": judge(NAME, _WHAT, fp32, bar).ratio,
        "float_modules": ", ".join(chosen.float_modules),
        "agreement_f1_on_val": round(chosen.parity.agreement_f1, 4),
    }
    return judge(NAME, _WHAT, same, bar, extra)
