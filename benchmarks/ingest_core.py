"""What ingest does with a picture's bytes, timed on one core beside another way to do the same.

Rules: ours is all of production's work on a picture: read it, its sha256, every check, all perceptual hashes, in a
confined child on the same core; both sides read the same real pictures from the page cache, turn about; imports and
the child's start count on neither side. Seconds are processor time of this process and its children, user and system:
the clock would time whoever shares the core.
"""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from safety_tasks.digests import sha256_bytes
from safety_tasks.ingest.picture_checks import (
    CheckedPicture,
    PictureLimits,
    PictureProblem,
    check_picture,
)
from safety_tasks.ingest.picture_workers import PictureWorkers

PICTURES: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "real" / "images"
LEAST_PICTURES: Final = 1000
_LIMITS: Final = PictureLimits()

Check = Callable[[bytes, str], CheckedPicture | PictureProblem]
Work = Callable[[Sequence[Path]], None]


def compare(name: str, what: str, bar: float, reference: Work) -> Result:
    """Measure ingest's core beside a reference.

    Args:
        name: the benchmark.
        what: the ratio in words.
        bar: what it must not exceed.
        reference: does its own work on the files.

    Raises:
        NoResult: the real pictures are missing, or ingest refuses one of them.
    """
    files = sorted(path for path in PICTURES.rglob("*") if path.suffix == ".jpg")
    if len(files) < LEAST_PICTURES:
        raise NoResult(
            f"{name}: expected ≥ {LEAST_PICTURES} pictures in {PICTURES}, found {len(files)}."
        )
    pairs, bare = [], []
    with one_core(), PictureWorkers(_LIMITS, count=1) as workers:
        for number in range(LEAST_RUNS + 1):
            ours_s = _timed(lambda: _core(name, files, workers.check))
            reference_s = _timed(lambda: reference(files))
            bare_s = _timed(lambda: _core(name, files, _in_process))
            if not number:
                continue  # warms the page cache and whatever is loaded late, on both sides
            pairs.append(Pair(ours_s=ours_s, reference_s=reference_s))
            bare.append(Pair(ours_s=bare_s, reference_s=reference_s))
            ours, inside, other = (
                f"{seconds / len(files) * 1e3:.2f} ms" for seconds in (ours_s, bare_s, reference_s)
            )
            print(f"  ours {ours}, without a child {inside}, reference {other}", file=sys.stderr)
    extra = {
        "pictures": len(files),
        "ratio_without_a_child": judge(name, what, bare, bar).ratio,
        "ours_ms_a_picture": round(median(pair.ours_s for pair in pairs) / len(files) * 1e3, 3),
    }
    return judge(name, what, pairs, bar, extra)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, its threads to come and its children on one core."""
    import cv2

    before, threads = os.sched_getaffinity(0), cv2.getNumThreads()
    os.sched_setaffinity(0, {max(before)})
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        cv2.setNumThreads(threads)


def _core(name: str, files: Sequence[Path], check: Check) -> None:
    for file in files:
        payload = file.read_bytes()
        sha256_bytes(payload)
        checked = check(payload, file.name)
        if isinstance(checked, PictureProblem):
            raise NoResult(
                f"{name}: expected sound pictures, found {file.name}: {checked.observed}."
            )


def _in_process(payload: bytes, name: str) -> CheckedPicture | PictureProblem:
    return check_picture(payload, name, _LIMITS)


def _timed(work: Callable[[], None]) -> float:
    gc.collect()
    start = _spent_s()
    work()
    return _spent_s() - start


def _spent_s() -> float:
    """Return the processor time of this process and its living children, in steps of 10 ms for those."""
    children = psutil.Process().children(recursive=True)
    times = [child.cpu_times() for child in children]
    return time.process_time() + sum(spent.user + spent.system for spent in times)
