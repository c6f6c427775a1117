"""An ingest killed by SIGKILL at any rename, fsync or request: run again, it gives the same version."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLE = 6
Deliver = Callable[..., None]
MakePicture = Callable[..., bytes]


def put_batch(store: ObjectStore, deliver: Deliver, make_picture: MakePicture, name: str) -> None:
    """Deliver a dozen pictures, one of which cannot be believed and one of which is there twice."""
    pictures = {f"{n}.jpg": (make_picture(n), f"{n % 3} .5 .5 .2 .2") for n in range(11)}
    pictures["twin.jpg"] = pictures["0.jpg"]
    pictures["odd.jpg"] = (make_picture(99), "9 .5 .5 .2 .2")
    deliver(store, name, pictures)


def ingests(kind: str, where: str, batch: str, points: list[int], work: Path) -> list[Any]:
    """Run the ingest once for each crash point; return what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "support.crash_ingest", kind, where, batch, *map(str, points)],
        env=os.environ
        | {"PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'tests'}", "SAFETY_TASKS_WORK_DIR": str(work)},
        capture_output=True,
        text=True,
        timeout=840,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def chosen(steps: int, full_counts: bool, seed: int) -> list[int]:
    """Return all crash points, or a seeded sample with the first and the last."""
    if full_counts:
        return list(range(steps))
    return sorted({0, steps - 1, *random.Random(seed).sample(range(steps), SAMPLE)})


@pytest.mark.repeated
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_any_step_on_a_folder(
    local_store: LocalStore,
    deliver: Deliver,
    make_picture: MakePicture,
    tmp_path: Path,
    full_counts: bool,
) -> None:
    """Whatever step the process dies in, the next run ends with the same version and the same objects."""
    put_batch(local_store, deliver, make_picture, "b1")
    first, _, whole = ingests("folder", local_store.uri, "b1", [-1], tmp_path / "work")
    assert first["steps"] > 50
    points = chosen(first["steps"], full_counts, seed=1)
    said = ingests("folder", local_store.uri, "b1", points, tmp_path / "work")
    versions = [line["version"] for line in said if "version" in line]
    killed = [line["killed"] for line in said if "killed" in line]
    assert versions == [first["version"]] * len(points)
    assert sum(killed) >= len(points) - 1  # threads may save a step, so the last may not be reached
    assert [line["objects"] for line in said if "objects" in line] == [whole["objects"]] * len(
        points
    )


@pytest.mark.repeated
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_any_request_on_s3(
    s3_store: S3Store,
    deliver: Deliver,
    make_picture: MakePicture,
    ministack: str,
    tmp_path: Path,
    full_counts: bool,
) -> None:
    """Before a request is sent or after its reply came: the next run ends with the same version of the same batch."""
    bucket, _ = s3_store.uri.removeprefix("s3://").split("/")
    plain = S3Store(s3_store._client, bucket)
    put_batch(plain, deliver, make_picture, "b1")
    where = f"{ministack}/{bucket}"
    first, *_ = ingests("s3", where, "b1", [-1], tmp_path / "work")
    points = chosen(first["steps"], full_counts, seed=2)
    said = ingests("s3", where, "b1", points, tmp_path / "work")
    assert [each["version"] for each in said if "version" in each] == [first["version"]] * len(
        points
    )
    assert sum(each["killed"] for each in said if "killed" in each) >= len(points) - 1
