"""Set up the training framework's environment before it is imported, and tell what the machine is.

Rules: weights are loaded without running code from them; nothing is installed, fetched or reported behind the
operator's back; settings and caches stay under this system's own work folder.
"""

import os
import platform
import sys
from pathlib import Path

from safety_tasks.config import work_dir
from safety_tasks.errors import TrainingError


def prepare_framework(folder: Path | None = None) -> None:
    """Set the environment; must run before the first import of the framework in this process.

    Raises:
        TrainingError: the framework is here already, and read another environment: it would load weights that run code.
    """
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
    require_prepared()


def require_prepared() -> None:
    """Refuse a process whose framework, if it is imported, read another environment than this module's.

    Raises:
        TrainingError: it would load weights that run code, or fill the log with lines of its own.
    """
    here = sys.modules.get("ultralytics.utils")
    if here is not None and not (here.SAFE_LOAD and not here.VERBOSE):
        safe, lines = ("on" if each else "off" for each in (here.SAFE_LOAD, here.VERBOSE))
        raise TrainingError(
            "expected ultralytics not to be imported before training sets its environment, found it imported with safe "
            f"loading {safe} and its own log lines {lines}: import it inside functions, after prepare_framework()"
        )


def usable_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_name() -> str:
    """Return the processor's name and architecture."""
    name = _processor_line("model name") or platform.processor() or platform.machine()
    return f"{name} ({platform.machine()})"


def processor_flags() -> frozenset[str]:
    """Return what the processor can do, in Linux's words; none where it is not told."""
    return frozenset((_processor_line("flags") or _processor_line("Features")).split())


def _processor_line(key: str) -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:  # noqa: PTH123 - a device file
            return next((s.partition(":")[2].strip() for s in stream if s.startswith(key)), "")
    except OSError:
        return ""
