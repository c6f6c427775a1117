"""The command of searches: a real one here, and a paid one that is waited for or stopped."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.made_searches import TINY, made_plan
from support.made_versions import report_of
from support.toy_runs import toy_dataset
from support.tuning_service import TuningService

from safety_tasks.cli import tune
from safety_tasks.errors import JobFailed
from safety_tasks.profiles import load_recipe
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.tuning.preflight import Preflight
from safety_tasks.train.tuning.results import TuningFiles

SPACE = "[epochs]\nlow = 1\nhigh = 2\n[imgsz_px]\nchoices = [64, 96]\n"
PAID = {
    "role_arn": "arn:aws:iam::123456789012:role/training",
    "image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
}


@pytest.mark.slow
def test_a_search_here(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress, table and the way to use the recipe are told; the result is JSON; asked again, it is the same."""
    version = toy_dataset(local_store)
    (tmp_path / "search.toml").write_text(SPACE, encoding="utf-8")
    for name, value in {
        "SAFETY_TASKS_STORE_URI": local_store.uri,
        "SAFETY_TASKS_TUNE_SPACE": str(tmp_path / "search.toml"),
        "SAFETY_TASKS_WORK_DIR": str(tmp_path / "work"),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_CONFIG_DIR", "YOLO_OFFLINE", "YOLO_AUTOINSTALL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    asked = [sys.executable, "-m", "safety_tasks.cli", "tune", "--version", version.version_id]
    asked += ["--jobs", "1", "--name", "mine"]
    # A process of its own: only there is stdout the command's alone.
    done = subprocess.run(asked, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    files = TuningFiles.model_validate(json.loads(done.stdout))
    said = done.stderr
    tune_id = f"tune-{version.version_id[:8]}-default-mine"
    for words in (
        f"search {tune_id}; killed, it goes on with --name mine",
        "metrics are read from the log: epoch 1 of 1",
        "trial 1 of 1: epochs = ",
        "\nepoch 1 of ",
        f"{tune_id} (* is the best)",
        f"to use it: cp {files.recipe_file} config/recipes/tuned.toml",
    ):
        assert words in said
    (tmp_path / "config" / "recipes").mkdir(parents=True)
    copied = tmp_path / "config" / "recipes" / "tuned.toml"
    copied.write_bytes(Path(files.recipe_file).read_bytes())
    assert load_recipe("tuned", tmp_path / "config").imgsz_px in (64, 96)
    again = subprocess.run(asked, capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(again.stdout) == json.loads(done.stdout)


class Ending(TuningService):
    """A service whose job ends, or is interrupted, at the third look after its start."""

    def __init__(self, ending: Any) -> None:
        super().__init__()
        self.ending, self.looks = ending, 0

    def describe_hyper_parameter_tuning_job(
        self,
        HyperParameterTuningJobName: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Return a job; at the third look, end it."""
        found = super().describe_hyper_parameter_tuning_job(HyperParameterTuningJobName)
        self.looks += 1
        if self.looks == 3:
            self.ending(self, HyperParameterTuningJobName)
            found = super().describe_hyper_parameter_tuning_job(HyperParameterTuningJobName)
        return found


def paid_search(
    store: S3Store,
    settings: Settings,
    service: TuningService,
    patch: pytest.MonkeyPatch,
    folder: Path,
) -> Any:
    """Search on a service."""
    version = toy_dataset(store)
    patch.setenv("SAFETY_TASKS_WORK_DIR", str(folder))
    patch.setattr("boto3.client", lambda *names, **more: service)
    paid = settings.model_copy(update={"sagemaker": settings.sagemaker.model_copy(update=PAID)})
    recipe = TINY.bound_to(version.classes)
    plan = made_plan(recipe, backend="sagemaker", dataset_version=version.version_id)
    tried = Preflight(lines=("epoch 1 of 1",), found={})
    return tune._found(store, version, report_of(version), plan, tried, paid, 0.0)


def test_a_paid_search_is_waited_for(
    s3_store: S3Store, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command waits until the job has ended, and makes a result of it."""

    def end(service: TuningService, job: str) -> None:
        values = {"lr0": "0.001", "batch": "4", "optimizer": '"SGD"'}
        service.add_trial(job, values, "Completed", 0.5)
        service.end(job, "Completed", 30, Completed=1)

    service = Ending(end)
    result = paid_search(s3_store, settings, service, monkeypatch, tmp_path)
    assert (result.best.objective, service.stopped) == (0.5, [])


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_paid_search_that_nobody_waits_for_is_stopped(
    s3_store: S3Store,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    interrupted: bool,
) -> None:
    """Interrupted, or waited for in vain, the command stops the job before it ends."""

    def interrupt(service: TuningService, job: str) -> None:
        raise KeyboardInterrupt

    def nothing(service: TuningService, job: str) -> None:
        pass

    if not interrupted:
        monkeypatch.setattr(tune, "_MARGIN_S", -1e6)
    service = Ending(interrupt if interrupted else nothing)
    with pytest.raises(KeyboardInterrupt if interrupted else JobFailed):
        paid_search(s3_store, settings, service, monkeypatch, tmp_path)
    assert service.stopped == service.created != []
