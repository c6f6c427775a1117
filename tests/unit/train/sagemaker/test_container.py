"""Inside a job: what is told becomes a training and a model folder; what fails becomes one line."""

import inspect
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from support.sagemaker_folders import JOB, RECIPE, Machine, lay_out
from support.stand_in_trainer import EPOCH, FIT, Trainer

from safety_tasks.errors import LossNotFinite, TrainingError
from safety_tasks.records.training import METRICS
from safety_tasks.store.tables import encode_manifest
from safety_tasks.train.engine import fit
from safety_tasks.train.sagemaker import container
from safety_tasks.train.sagemaker.layout import RESULT_BYTES
from safety_tasks.train.sagemaker.result import read_result


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Lay a job out as SageMaker does."""
    found = lay_out(tmp_path / "ml")
    for name, value in found.variables().items():
        monkeypatch.setenv(name, value)
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return found


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """Put a trainer in the engine's place."""
    found = Trainer()
    monkeypatch.setattr(container, "fit_detector", found.fit_detector)
    return found


def test_the_stand_in_has_the_engines_signature() -> None:
    """What these tests train with takes what the engine takes."""
    ours = inspect.signature(Trainer().fit_detector).parameters
    theirs = inspect.signature(fit.fit_detector).parameters
    assert [(p.name, p.kind) for p in ours.values()] == [(p.name, p.kind) for p in theirs.values()]


def test_a_job_becomes_a_result_that_is_read_back(
    machine: Machine, trainer: Trainer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The engine gets just what the channels say, its epochs are lines, and its files are the model folder."""
    assert container.main() == 0
    (call,) = trainer.calls
    assert call["recipe"] == RECIPE
    assert call["base"] is None
    assert call["inputs_sha256"] == JOB.inputs_sha256
    assert call["checkpoints"] == machine.root / "checkpoints" / call["inputs_sha256"][:16]
    assert sorted(picture.split for picture in machine.pictures) == call["labels"]
    assert capsys.readouterr().out.splitlines().count(EPOCH.line()) == 1
    model = machine.model
    assert {path.name for path in model.iterdir()} == set(RESULT_BYTES)
    archive = tmp_path / "model.tar.gz"
    subprocess.run(["tar", "-czf", str(archive), "-C", str(model), "."], check=True)
    assert read_result(archive, tmp_path / "read").fit == FIT
    assert not (machine.root / "output" / "failure").exists()


def test_the_last_numbers_in_the_log_are_those_of_the_weights_that_are_kept(
    machine: Machine, trainer: Trainer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of each metric a search keeps the last value: it is the kept epoch's, although a worse one came after it."""
    assert container.main() == 0
    log = capsys.readouterr().out
    last = {name: re.findall(regex, log)[-1] for name, regex in METRICS.items() if "mAP" in name}
    assert last == {"validation:mAP": "0.50000", "validation:mAP50-95": "0.25000"}
    assert log.splitlines()[-1].startswith("kept is epoch 1: ")


def test_base_weights_of_the_channel_are_started_from(machine: Machine, trainer: Trainer) -> None:
    """If the channel has weights, the engine gets them."""
    base = machine.run / "base.pt"
    base.write_bytes(b"weights")
    assert container.main() == 0
    assert trainer.calls[0]["base"] == base


def test_a_trial_trains_with_its_values_and_its_own_checkpoints(
    machine: Machine, trainer: Trainer
) -> None:
    """What a search tries replaces the recipe's value, and its checkpoints are not those of the recipe."""
    path = machine.hyperparameters
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lr0": "0.004", "epochs": "3"}))
    assert container.main() == 0
    (call,) = trainer.calls
    assert call["recipe"] == RECIPE.model_copy(update={"lr0": 0.004, "epochs": 3})
    assert call["inputs_sha256"] != JOB.inputs_sha256


def test_an_altered_picture_is_not_trained_on(machine: Machine, trainer: Trainer) -> None:
    """A picture whose bytes are not those of its digest ends the job, by name, before any training."""
    victim = machine.pictures[0]
    (machine.channel / victim.key).write_bytes(b"another picture")
    assert container.main() == 1
    assert trainer.calls == []
    assert machine.failure().startswith("ArtifactError: ")
    assert victim.sha256 in machine.failure()


@pytest.mark.parametrize("name", ["job.json", "recipe.json", "pictures.parquet"])
@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_a_damaged_channel_is_named(
    name: str, damage: str, machine: Machine, trainer: Trainer
) -> None:
    """A missing or malformed file of the channel is the reason, and nothing is trained."""
    path = machine.run / name
    path.unlink() if damage == "missing" else path.write_bytes(b"{")
    assert container.main() == 1
    assert name in machine.failure()
    assert "\n" not in machine.failure()
    assert trainer.calls == []


def test_pictures_that_judge_models_are_refused(machine: Machine, trainer: Trainer) -> None:
    """A holdout picture in the list ends the job."""
    held = [each.model_copy(update={"split": "holdout"}) for each in machine.pictures]
    path = machine.run / "pictures.parquet"
    path.write_bytes(encode_manifest(held))
    assert container.main() == 1
    assert "found holdout" in machine.failure()
    assert trainer.calls == []


def test_a_recipe_of_other_classes_is_refused(machine: Machine, trainer: Trainer) -> None:
    """A recipe that is bound to another class map than the job's ends the job."""
    job = JOB.model_copy(update={"classes": ("smoke", "fire")})
    (machine.run / "job.json").write_bytes(job.to_json_bytes())
    assert container.main() == 1
    assert machine.failure().startswith("ClassMapError: ")
    assert trainer.calls == []


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (
            LossNotFinite("epoch 3:\n expected a finite loss"),
            "LossNotFinite: epoch 3: expected a finite loss",
        ),
        (KeyError("x"), "KeyError: 'x'"),
        (OSError(28, "No space left on device"), "DiskFull: expected room on the job's disk"),
        (TrainingError("long " * 1000), "TrainingError: long long"),
    ],
)
def test_what_fails_is_one_line_and_no_model(
    problem: Exception, line: str, machine: Machine, trainer: Trainer
) -> None:
    """Whatever goes wrong in training is the reason, in one line that the service shows whole."""
    trainer.problem = problem
    assert container.main() == 1
    assert machine.failure().startswith(line)
    assert len(machine.failure()) <= 900
    assert "\n" not in machine.failure()
    assert list((machine.model).iterdir()) == []


def test_only_the_first_of_several_trains_tells_and_writes(
    machine: Machine,
    trainer: Trainer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The second process leaves without a word; the first trains and no longer knows of torchrun."""
    told = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert container.main() == 0
    assert trainer.calls == []
    assert capsys.readouterr().out == ""
    assert list(machine.model.iterdir()) == []
    monkeypatch.setenv("RANK", "0")
    assert container.main() == 0
    assert len(trainer.calls) == 1
    assert not set(told) & set(os.environ)
    assert list(machine.model.iterdir())


def test_gpus_that_cannot_be_used_are_not_paid_for_in_vain(
    machine: Machine, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine with a GPU that torch cannot use, the job fails at once instead of training on the CPU."""
    monkeypatch.setenv("SM_NUM_GPUS", "1")
    monkeypatch.setattr(container, "_usable_gpus", lambda: 0)
    assert container.main() == 1
    assert machine.failure().startswith(
        "DeviceMissing: device auto: expected the machine's 1 GPUs, found 0"
    )
    assert trainer.calls == []
