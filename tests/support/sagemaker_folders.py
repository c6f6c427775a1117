"""The folders of a job as SageMaker lays them out, with drawn pictures, and the variables that tell where they are."""

import json
from dataclasses import dataclass
from pathlib import Path

from support.toy_runs import toy_dataset
from toy_models import CLASSES

from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest
from safety_tasks.train.sagemaker.layout import JobInput

RECIPE = Recipe(name="tiny", epochs=2, imgsz_px=64, batch=4, start_from_scratch=True).bound_to(
    CLASSES
)
JOB = JobInput(run_id="r1", classes=CLASSES, inputs_sha256="a" * 64)


@dataclass
class Machine:
    """A job's machine: ``root`` stands for /opt/ml."""

    root: Path
    pictures: tuple[Picture, ...]

    @property
    def run(self) -> Path:
        """The channel ``run``."""
        return self.root / "input" / "data" / "run"

    @property
    def channel(self) -> Path:
        """The channel ``pictures``."""
        return self.root / "input" / "data" / "pictures"

    @property
    def model(self) -> Path:
        """The model folder."""
        return self.root / "model"

    @property
    def hyperparameters(self) -> Path:
        """Their file."""
        return self.root / "input" / "config" / "hyperparameters.json"

    def failure(self) -> str:
        """Return the reason that the job left."""
        return (self.root / "output" / "failure").read_text()

    def variables(self) -> dict[str, str]:
        """Return what the toolkit and the request tell."""
        return {
            "SM_CHANNEL_PICTURES": str(self.channel),
            "SM_CHANNEL_RUN": str(self.run),
            "SM_INPUT_CONFIG_DIR": str(self.hyperparameters.parent),
            "SM_MODEL_DIR": str(self.model),
            "SM_OUTPUT_DIR": str(self.root / "output"),
            "SM_CHECKPOINT_DIR": str(self.root / "checkpoints"),
            "SAFETY_TASKS_WORK_DIR": str(self.root / "work"),
        }


def lay_out(root: Path, **hyperparameters: str) -> Machine:
    """Make a job's folders."""
    store = LocalStore(root / "input" / "data" / "pictures")
    every = read_manifest(store, toy_dataset(store))
    pictures = tuple(picture for picture in every if picture.split in ("train", "val"))
    machine = Machine(root, pictures)
    for folder in (machine.run, machine.hyperparameters.parent, machine.model, root / "output"):
        folder.mkdir(parents=True)
    (machine.run / "job.json").write_bytes(JOB.to_json_bytes())
    (machine.run / "recipe.json").write_bytes(RECIPE.to_json_bytes())
    (machine.run / "pictures.parquet").write_bytes(encode_manifest(pictures))
    given = {name: json.dumps(v) for name, v in RECIPE.to_dict().items() if v is not None}
    machine.hyperparameters.write_text(
        json.dumps({**given, "sagemaker_program": '"run_job.py"', **hyperparameters})
    )
    return machine
