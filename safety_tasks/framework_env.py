"""Set up the training framework's environment before it is imported, and tell what the machine is.

Rules: weights are loaded without running code from them; nothing is installed, fetched or reported behind the
operator's back; settings and caches stay under this system's own work folder.
"""

import os
import platform
from pathlib import Path

from safety_tasks.config import work_dir


def prepare_framework(folder: Path | None = None) -> None:
    """Set the environment; must run before the first import of the framework in this process."""
    home = (folder or work_dir()) / "framework"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        ULTRALYTICS_SAFE_LOAD="1",
        YOLO_CONFIG_DIR=str(home),
        YOLO_OFFLINE="true",
        YOLO_AUTOINSTALL="false",
        YOLO_VERBOSE="false",
        MPLBACKEND="Agg",
    )
    # Threads that spin while they wait make a busy machine several times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def usable_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_name() -> str:
    """Return the processor's name and architecture."""
    name = _processor_line("model name") or platform.processor() or platform.machine()
    return f"{name} ({platform.machine()})"


def processor_flags() -> frozenset[str]:
    """Return what the processor can do, in Linux's words; none where it is not told."""
    return frozenset(_processor_line("flags").split())


def _processor_line(key: str) -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:  # noqa: PTH123 - a device file
            return next((s.partition(":")[2].strip() for s in stream if s.startswith(key)), "")
    except OSError:
        return ""
