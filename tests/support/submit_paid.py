"""A worker that submits a paid run, and can die at any moment: ``python -m support.submit_paid ORDER``.

ORDER is JSON: ``store`` (its settings), ``sagemaker_url``, ``version_id``, ``run_id``, ``folder``, ``die``: null, or
``{"step": k}`` to be killed at the k-th step (each request that leaves and each reply that has come is one), or
``{"name": "create sent", "after_ms": n}`` to be killed so long after a step. It prints its steps and the job's state.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.httpsession import URLLib3Session
from support.made_versions import report_of
from support.paid_runs import PAID, RECIPE

from safety_tasks.config import load_settings
from safety_tasks.settings import StoreSettings
from safety_tasks.store.manifests import read_version
from safety_tasks.store.opening import open_store
from safety_tasks.train.sagemaker.verb import submit_training


class Steps:
    """Notes each request and reply, and kills this process at one of them."""

    def __init__(self, die: dict[str, Any] | None) -> None:
        self.done: list[str] = []
        self._die = die or {}
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Note a step, or die at it."""
        with self._lock:
            at, self.done = len(self.done), [*self.done, name]
        if at == self._die.get("step"):
            _die()
        if name == self._die.get("name"):
            threading.Thread(target=self._die_later, daemon=True).start()

    def _die_later(self) -> None:
        time.sleep(self._die["after_ms"] / 1000)
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _watch(steps: Steps) -> None:
    send = URLLib3Session.send

    def watched(self: URLLib3Session, request: Any) -> Any:
        target = request.headers.get("X-Amz-Target", b"")
        target = target.decode() if isinstance(target, bytes) else target
        name = "create" if target.endswith(".CreateTrainingJob") else target or request.method
        steps.take(f"{name} sent")
        reply = send(self, request)
        steps.take(f"{name} answered")
        return reply

    URLLib3Session.send = watched  # type: ignore[method-assign]


def main() -> None:
    """Do what the order says."""
    order = json.loads(sys.argv[1])
    store = open_store(StoreSettings.model_validate(order["store"]))
    version = read_version(store, order["version_id"])
    validation = report_of(version)
    settings = load_settings(env={}).model_copy(update={"sagemaker": PAID})
    client = boto3.client("sagemaker", endpoint_url=order["sagemaker_url"], region_name="us-east-1")
    steps = Steps(order["die"])
    _watch(steps)
    found = submit_training(
        store,
        version,
        validation,
        RECIPE,
        order["run_id"],
        settings,
        client,
        Path(order["folder"]),
    )
    print(json.dumps({"steps": steps.done, "state": found.to_dict()}))


if __name__ == "__main__":
    main()
