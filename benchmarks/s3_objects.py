"""Many small objects into a distant bucket: ``put_all`` against a plain boto3 loop, per object.

Rules: a MiniStack server behind a proxy that adds 20 ms a request; each measurement is a process of its own, tied to
one core, and times the writing alone; both write the same sizes from one seed, made on the way, under keys that were
never used; ours proves each write (a checksum, a condition), the loop is what a person writes first: one thread, all
defaults. The loop writes a fifth as many objects and its time is scaled by their number, so its first write, which also
connects, is not timed; ours is timed with all its connections.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from safety_tasks.demo.services import Service, answers, free_port
from safety_tasks.demo.stack import BUCKET, CHECKOUT, MiniStack
from safety_tasks.inference.memory import peak_rss_bytes
from safety_tasks.settings import StoreSettings

NAME: Final = "s3_objects"
BAR: Final = 0.15
OBJECTS: Final = 2000
LOOP_OBJECTS: Final = 400
DELAY_S: Final = 0.020
SIZE_BYTES: Final = (4_000, 40_000)
_WHAT: Final = (
    f"put_all of {OBJECTS} objects of 4-40 kB, 20 ms a request / plain boto3 put_object loop "
    f"({LOOP_OBJECTS} objects, scaled); one core"
)


def run(folder: Path) -> Result:
    """Measure.

    Args:
        folder: scratch space, emptied first.

    Raises:
        NoResult: a measurement failed.
        StackError: the server did not start.
    """
    shutil.rmtree(folder, ignore_errors=True)
    server, port = MiniStack(folder), free_port()
    command = [sys.executable, "-m", "benchmarks.slow_proxy"]
    command += [str(port), str(server.port), str(DELAY_S)]
    env = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    proxy = Service("proxy", command, folder / "logs" / "proxy.log", env)
    pairs, ours_mb, loop_mb = [], 0.0, 0.0
    try:
        server.service.start()
        proxy.start()
        server.wait()
        proxy.wait_until(lambda: answers(port), 10.0)
        for number in range(1, LEAST_RUNS + 1):
            ours_s, mb = _measured("ours", port, number, OBJECTS)
            ours_mb = max(ours_mb, mb)
            loop_s, mb = _measured("loop", port, number, LOOP_OBJECTS)
            loop_mb = max(loop_mb, mb)
            pairs.append(Pair(ours_s, loop_s * OBJECTS / LOOP_OBJECTS))
            print(f"  run {number}: {pairs[-1].ratio:.4f}", file=sys.stderr, flush=True)
    finally:
        proxy.stop()
        server.service.stop()
    extra: dict[str, float | str] = {
        "ours_peak_rss_mb": ours_mb,
        "reference_peak_rss_mb": loop_mb,
        "ours_objects": OBJECTS,
        "reference_objects_measured": LOOP_OBJECTS,
        "added_latency_ms": DELAY_S * 1000,
        "cores": "the uploading process is tied to one; the server and the proxy are not",
    }
    return judge(NAME, _WHAT, pairs, BAR, extra)


def _measured(way: str, port: int, number: int, count: int) -> tuple[float, float]:
    """Return the seconds that a fresh process wrote for, and its peak memory in MB."""
    words = [sys.executable, "-m", "benchmarks.s3_objects", way, str(port), str(number), str(count)]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoResult(f"{NAME}: {way} ended with status {done.returncode}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    return found["seconds"], found["peak_rss_mb"]


def _items(way: str, number: int, count: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(number)
    for index in range(count):
        yield f"bench/{way}-{number}/{index:05d}", chance.randbytes(chance.randint(*SIZE_BYTES))


def _upload(way: str, port: int, number: int, count: int) -> None:
    """Write as one way does, and print the seconds and the peak memory as JSON."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    settings = StoreSettings(uri=f"s3://{BUCKET}", endpoint_url=f"http://127.0.0.1:{port}")
    items = _items(way, number, count)
    if way == "ours":
        from safety_tasks.store.bulk import put_all
        from safety_tasks.store.opening import open_store

        store = open_store(settings)
        started = time.perf_counter()
        put_all(store, items)
    else:
        import boto3

        client = boto3.client("s3", endpoint_url=settings.endpoint_url, region_name=settings.region)
        client.put_object(Bucket=BUCKET, Key=f"bench/first-{number}", Body=b"")
        started = time.perf_counter()
        for key, payload in items:
            client.put_object(Bucket=BUCKET, Key=key, Body=payload)
    seconds = time.perf_counter() - started
    peak_mb = peak_rss_bytes() / 2**20
    print(json.dumps({"seconds": seconds, "peak_rss_mb": round(peak_mb, 1)}))


if __name__ == "__main__":
    _upload(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
