"""Set up the training framework's environment before it is imported.

Rules: weights are loaded without running code from them; nothing is installed, fetched or reported behind the
operator's back; settings and caches stay under this system's own work folder.
"""

import os
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
