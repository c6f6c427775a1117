"""The most memory that this process has used.

Not ``ru_maxrss``: that one remembers the size of the process that started this one, since it survives exec.
"""

import re
from pathlib import Path


def peak_rss_bytes() -> int:
    """Return the peak of the resident set since exec, in bytes (``VmHWM`` of proc(5))."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise OSError("/proc/self/status: expected VmHWM, found none. This needs Linux.")
    return int(found[1]) * 1024
