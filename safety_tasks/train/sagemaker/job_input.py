"""Read inside a job what it is to do: the toolkit's variables, the channel ``run``, the hyperparameters.

Rules: nothing of a channel is believed before it is parsed as the record that it must be; hyperparameters change the
recipe only as a search for hyperparameters may; pictures that judge models are refused.
Source: aws/sagemaker-training-toolkit 5.1.4, ``environment.py`` (the SM_* variables).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safety_tasks.config import work_dir
from safety_tasks.errors import ConfigError, DatasetError, TrainingError
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.tables import PICTURE_SCHEMA, decode_rows
from safety_tasks.train.sagemaker.layout import (
    BASE_FILE,
    CHECKPOINT_FOLDER,
    JOB_FILE,
    PICTURES_CHANNEL,
    PICTURES_FILE,
    RECIPE_FILE,
    RUN_CHANNEL,
    JobInput,
)
from safety_tasks.train.tuning.space import apply_hyperparameters, trial_inputs


@dataclass(frozen=True)
class Places:
    """The job's folders, the file that its hyperparameters are in, and how many GPUs the machine has."""

    pictures: Path
    run: Path
    hyperparameters: Path
    model: Path
    output: Path
    checkpoints: Path
    work: Path
    gpus: int


@dataclass(frozen=True)
class Work:
    """What the job was told: its recipe is that of a trial where a search tries other values."""

    job: JobInput
    recipe: Recipe
    inputs_sha256: str
    pictures: tuple[Picture, ...]
    base: Path | None


def places_of(env: Mapping[str, str]) -> Places:
    """Return where everything is, by the toolkit's variables.

    Raises:
        ConfigError: one is missing.
    """

    def told(name: str) -> Path:
        if not env.get(name):
            raise ConfigError(
                f"{name}: expected a folder, found none. This runs in a training job, started by SageMaker's toolkit; "
                "the job's request must have the channels pictures and run."
            )
        return Path(env[name])

    return Places(
        pictures=told(f"SM_CHANNEL_{PICTURES_CHANNEL.upper()}"),
        run=told(f"SM_CHANNEL_{RUN_CHANNEL.upper()}"),
        hyperparameters=told("SM_INPUT_CONFIG_DIR") / "hyperparameters.json",
        model=told("SM_MODEL_DIR"),
        output=told("SM_OUTPUT_DIR"),
        checkpoints=Path(env.get("SM_CHECKPOINT_DIR") or CHECKPOINT_FOLDER),
        work=work_dir() / "job",
        gpus=int(env.get("SM_NUM_GPUS") or 0),
    )


def read_work(places: Places) -> Work:
    """Read what the job is to do.

    Raises:
        TrainingError: a file of the channel is missing or malformed.
        DatasetError: the list of pictures is malformed.
        ClassMapError: the recipe is bound to other classes.
        ConfigError: a hyperparameter is no value of the recipe.
    """

    def read(name: str) -> bytes:
        try:
            return (places.run / name).read_bytes()
        except FileNotFoundError:
            raise TrainingError(
                f"channel {RUN_CHANNEL}: expected {name}, found none. The job's input was not written by this "
                "system, or it was removed: start a new run."
            ) from None

    job = JobInput.from_json_bytes(read(JOB_FILE), what=JOB_FILE, error=TrainingError)
    own = Recipe.from_json_bytes(read(RECIPE_FILE), what=RECIPE_FILE, error=TrainingError)
    own = own.bound_to(job.classes)
    pictures = decode_rows(read(PICTURES_FILE), Picture, PICTURE_SCHEMA, what=PICTURES_FILE)
    if odd := {picture.split for picture in pictures} - {"train", "val"}:
        raise DatasetError(
            f"{PICTURES_FILE}: expected train and val, found {', '.join(sorted(odd))}, which judge models. "
            "Start a new run."
        )
    given: dict[str, str] = json.loads(places.hyperparameters.read_text(encoding="utf-8"))
    recipe = apply_hyperparameters(own, given)
    base = places.run / BASE_FILE
    return Work(
        job=job,
        recipe=recipe,
        inputs_sha256=trial_inputs(job.inputs_sha256, own, recipe),
        pictures=pictures,
        base=base if base.is_file() else None,
    )
