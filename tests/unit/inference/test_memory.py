"""The peak is this process's own, not that of whoever started it."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
CODE = "from safety_tasks.inference.memory import peak_rss_bytes\n{}\nprint(peak_rss_bytes())"


def peak_of(work: str) -> int:
    """Return the peak of a fresh process after some work."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(work)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(done.stdout)


def test_a_small_child_of_a_large_process_is_small() -> None:
    """A child that does nothing stays small beside a parent that holds 300 MB; one that uses memory shows it."""
    held = bytearray(b"x") * 300_000_000
    idle, busy = peak_of(""), peak_of("held = bytearray(b'x') * 200_000_000; del held")
    assert len(held) == 300_000_000
    assert idle < 100_000_000
    assert 200_000_000 < busy < 300_000_000
