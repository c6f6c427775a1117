"""A worker that is killed around the submission of a paid job, at any moment, never makes a second one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.sagemaker_fixtures import sagemaker_server
from support.sagemaker_server import SageMakerServer
from support.toy_runs import toy_dataset

from safety_tasks.store.s3 import S3Store

__all__ = ["sagemaker_server"]
CHECKOUT = Path(__file__).resolve().parents[2]
# The reply has come and nobody has noted it: the moment that costs most.
WORST = {"name": "create answered", "after_ms": 0}
IN_FLIGHT = [{"name": "create sent", "after_ms": ms} for ms in (0, 1, 2, 4, 6, 9, 13, 20)]
KILLS = 50


class _Workers:
    """Starts workers that submit; each run id is a run of its own over one dataset."""

    def __init__(self, store: S3Store, s3_url: str, server: SageMakerServer, folder: Path) -> None:
        self.server, self._folder = server, folder
        self._order = {
            "store": {"uri": store.uri, "endpoint_url": s3_url},
            "sagemaker_url": server.url,
            "version_id": toy_dataset(store).version_id,
        }

    def submit(
        self, run_id: str, die: dict[str, Any] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a worker to its end."""
        order = {**self._order, "run_id": run_id, "die": die, "folder": str(self._folder / run_id)}
        return subprocess.run(
            [sys.executable, "-m", "support.submit_paid", json.dumps(order)],
            env=os.environ | {"PYTHONPATH": f"{CHECKOUT / 'tests'}{os.pathsep}{CHECKOUT}"},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def made(self, run_id: str) -> int:
        """Return how many jobs a run has cost."""
        return sum(
            count for name, count in self.server.created.items() if name.startswith(f"{run_id}-")
        )

    def end(self, run_id: str) -> None:
        """Stop a run's job."""
        for name in list(self.server.created):
            if name.startswith(f"{run_id}-"):
                self.server.job(name).stop()


@pytest.fixture
def workers(
    s3_store: S3Store, ministack: str, sagemaker_server: SageMakerServer, tmp_path: Path
) -> _Workers:
    """Give workers over the drawn dataset."""
    return _Workers(s3_store, ministack, sagemaker_server, tmp_path)


def _moments(steps: list[str], full: bool) -> list[dict[str, Any]]:
    """Return the moments to die at: the worst, some while the request is under way, and steps all over the way."""
    if not full:
        return [WORST]
    around = [WORST, *IN_FLIGHT]
    left = KILLS - len(around)
    return around + [{"step": index * len(steps) // left} for index in range(left)]


@pytest.mark.slow
@pytest.mark.repeated
@pytest.mark.timeout(1800)
def test_a_killed_worker_never_pays_twice(workers: _Workers, full_counts: bool) -> None:
    """After each kill a retry finds the job or makes the only one, and one more after the worst changes nothing."""
    whole = workers.submit("whole")
    assert whole.returncode == 0, whole.stderr
    workers.end("whole")
    steps = json.loads(whole.stdout.splitlines()[-1])["steps"]
    assert {"create sent", "create answered"} <= set(steps)

    landed = 0
    for index, die in enumerate(_moments(steps, full_counts)):
        run_id = f"kill{index:02d}"
        killed = workers.submit(run_id, die)
        assert killed.returncode == -signal.SIGKILL, (die, killed.stdout, killed.stderr)
        before = workers.made(run_id)
        assert before <= 1, die
        landed += before
        for _ in range(2 if die is WORST else 1):
            again = workers.submit(run_id)
            assert again.returncode == 0 or "JobFailed" in again.stderr, (die, again.stderr)
            assert workers.made(run_id) == 1, die
        workers.end(run_id)
    assert landed, "expected at least the kill after the reply to come after the job was made"
