"""A real, tiny search over drawn pictures: found, killed and gone on with; and a real line for the metrics."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.made_versions import report_of
from support.search_here import real_plan, search
from support.toy_runs import toy_dataset

from safety_tasks.profiles import load_recipe
from safety_tasks.records.training import METRICS
from safety_tasks.settings import TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.train.tuning.preflight import preflight
from safety_tasks.train.tuning.results import best_recipe, keep_record, write_report

pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the framework's set-up writes, and what it sets, to this test."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_CONFIG_DIR", "YOLO_OFFLINE", "YOLO_AUTOINSTALL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def killed_search(store: LocalStore, folder: Path, after: str) -> list[str]:
    """Search in a process that is killed as soon as it says a line; return what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.search_here", store.uri, str(folder), "3"],
        env=os.environ | {"PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'tests'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    said = []
    with process:
        for line in process.stdout:
            said.append(line.strip())
            if len(said) > 1 and said[-2].startswith(after) and line.startswith("epoch 1 of 2"):
                process.kill()
    assert process.returncode == -9, said
    return said


def test_a_real_search_that_is_killed_goes_on(local_store: LocalStore, tmp_path: Path) -> None:
    """Killed in its second trial, it goes on from that trial's last whole epoch; a recipe comes of it."""
    version = toy_dataset(local_store)
    before = killed_search(local_store, tmp_path / "tune", "trial 2 of 3: ")
    said: list[str] = []
    result = search(local_store, tmp_path / "tune", 3, said.append)
    assert said[0] == before[-2]  # the same trial, with the same values
    assert said[1].startswith("epoch 2 of 2")  # not a single epoch is lost
    assert [trial.number for trial in result.trials] == [1, 2, 3]
    assert {trial.state for trial in result.trials} <= {"completed", "pruned"}
    assert [trial.epochs_done for trial in result.trials[:2]] == [2, 2]
    assert result.best is not None
    assert sum(line.startswith("epoch ") for line in [*before, *said]) == sum(
        trial.epochs_done or 0 for trial in result.trials
    )
    files = write_report(local_store, result, keep_record(local_store, result), tmp_path / "tune")
    config = tmp_path / "config"
    (config / "recipes").mkdir(parents=True)
    (config / "recipes" / "tuned.toml").write_bytes(Path(files.recipe_file).read_bytes())
    tuned = load_recipe("tuned", config).bound_to(version.classes)
    assert tuned == best_recipe(result).model_copy(update={"name": "tuned"})


def test_the_metrics_are_found_in_a_real_line(local_store: LocalStore, tmp_path: Path) -> None:
    """The preflight trains for an epoch on a few pictures, and each shipped expression finds its number there."""
    version = toy_dataset(local_store)
    plan = real_plan(version, 3)
    tried = preflight(
        local_store, version, report_of(version), plan, TrainSettings(), folder=tmp_path / "tune"
    )
    (line,) = tried.lines
    assert line.startswith("epoch 1 of 1: ")
    assert {name: len(values) for name, values in tried.found.items()} == dict.fromkeys(METRICS, 1)
    assert tried.found["train:box_loss"][0] > 0
    assert not (tmp_path / "tune" / plan.tune_id / "preflight").exists()
