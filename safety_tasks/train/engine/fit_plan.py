"""What the engine tells the process, or the processes, that train: a document in the folder that they write to.

Rule: with several GPUs the framework starts children from a generated file, which get nothing but its arguments; so
whatever they need is found through one of these, the project folder.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from safety_tasks.errors import TrainingError
from safety_tasks.records.base import Record, Sha256
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.checkpoints import write_whole
from safety_tasks.train.engine.framework_problems import Problem

PLAN_FILE: Final = "plan.json"
EPOCHS_FILE: Final = "epochs.jsonl"


class FitPlan(Record):
    """One attempt at a fit: from where, in what batches, how it multiplies, and where its results go."""

    inputs_sha256: Sha256
    recipe: Recipe
    base: str | None
    folder: str
    checkpoints: str
    batch: Annotated[int, Field(ge=1)]
    precision: Literal["float32", "bfloat16", "mixed"]
    device: str
    resumed_after: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def what(self) -> str:
        """The attempt, for messages."""
        return f"recipe {self.recipe.name} on {self.device}, batch {self.batch}"


def write_plan(project: Path, plan: FitPlan) -> None:
    """Write the plan into a project folder."""
    write_whole(project / PLAN_FILE, plan.to_json_bytes())


def read_plan(project: Path) -> FitPlan:
    """Read the plan of a project folder."""
    path = project / PLAN_FILE
    return FitPlan.from_json_bytes(path.read_bytes(), what=str(path), error=TrainingError)


def say_epoch(project: Path, epoch: Epoch) -> None:
    """Leave a finished epoch for the process that waits."""
    with (project / EPOCHS_FILE).open("ab") as stream:
        stream.write(epoch.to_json_bytes() + b"\n")


def said_epochs(project: Path, seen: int) -> list[Epoch]:
    """Return the finished epochs beyond the first ``seen``; a line that is still being written waits."""
    path = project / EPOCHS_FILE
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    return [
        Epoch.from_json_bytes(line, what=str(path), error=TrainingError) for line in lines[seen:]
    ]


def leave_problem(project: Path, rank: int, problem: Problem) -> None:
    """Leave what ended a child for the process that waits."""
    write_whole(project / f"problem-{rank}.json", problem.to_json_bytes())


def left_problem(project: Path) -> Problem | None:
    """Return what the first child that failed left, or None."""
    paths = sorted(project.glob("problem-*.json"), key=lambda path: path.stat().st_mtime_ns)
    if not paths:
        return None
    return Problem.from_json_bytes(paths[0].read_bytes(), what=str(paths[0]), error=TrainingError)
