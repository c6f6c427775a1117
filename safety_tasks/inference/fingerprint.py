"""What a time was measured on, and which class of hardware that is.

Rules: a class is what decides how fast eight bits are: the instructions that multiply them; a machine that does not say
what it has is of its architecture's plain class, where nothing is assumed.
"""

import platform
from typing import Final

from safety_tasks.framework_env import machine_name, processor_flags, usable_cores
from safety_tasks.records.timing import Fingerprint

# In Linux's words. On ARM, asimddp are the dot products of eight bits, i8mm their matrix products.
FEATURES: Final = (
    "amx_int8",
    "amx_bf16",
    "avx512_vnni",
    "avx_vnni",
    "avx512f",
    "avx2",
    "i8mm",
    "asimddp",
    "asimd",
)
_CLASSES: Final = (
    ("x86-amx", {"amx_int8"}),
    ("x86-vnni", {"avx512_vnni"}),
    ("x86-vnni", {"avx_vnni"}),
    ("arm-i8mm", {"i8mm"}),
    ("arm-dot", {"asimddp"}),
)


def fingerprint(provider: str = "CPUExecutionProvider") -> Fingerprint:
    """Return this machine's hardware and runtime; ``provider`` is the runtime's backend that is used."""
    # What only reads a fingerprint, such as a page, needs no runtime.
    import cv2
    import onnxruntime as ort

    flags = processor_flags()
    return Fingerprint(
        processor=machine_name(),
        architecture=platform.machine(),
        cores=usable_cores(),
        features=tuple(name for name in FEATURES if name in flags),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        onnxruntime=ort.__version__,
        opencv=cv2.__version__,
        provider=provider,
    )


def hardware_class(found: Fingerprint) -> str:
    """Return the class of hardware that a fingerprint is of: ``x86-vnni``, ``arm-dot``, ``x86`` …"""
    for name, needed in _CLASSES:
        if needed <= set(found.features):
            return name
    machine = found.architecture.lower()
    if machine in ("x86_64", "amd64"):
        return "x86"
    return "arm" if machine in ("aarch64", "arm64") else "other"
