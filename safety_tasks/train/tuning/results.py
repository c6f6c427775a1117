"""What a search found: a table of trials, the best recipe, a picture; and where they lie in the store.

Rules: only a trial that went its whole way can be the best; of equals the earlier one is; the recipe's file is one that
``config/recipes/`` takes as it is; the record comes first and all else is made of it, so a cut report is made again.
"""

import csv
import io
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import TrainingError
from safety_tasks.records.base import Artifact, Fraction, Record
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.base import ObjectStore, get_artifact, keep_file
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.space import Value, apply

State = Literal["completed", "pruned", "failed"]


class Trial(Record):
    """One training of a search.

    ``objective`` is that of the weights it would keep, or, if it was pruned, of its last epoch; ``epochs_done`` None:
    not known; ``reason`` says why it did not go its whole way; ``job`` is the paid job that it was, ``cost_usd`` what
    that cost, None: no price is known.
    """

    number: Annotated[int, Field(ge=1)]
    values: dict[str, Value]
    state: State
    objective: Fraction | None
    epochs_done: Annotated[int, Field(ge=0)] | None
    seconds: Annotated[float, Field(ge=0)]
    cost_usd: Annotated[float, Field(ge=0)] | None = None
    reason: str = ""
    job: str = ""


class TuningResult(Record):
    """A search that has ended. ``stopped_by_time``: the time that it was given ended it, not the number of trials."""

    plan: TunePlan
    trials: tuple[Trial, ...]
    started_at: str
    seconds: Annotated[float, Field(ge=0)]
    cost_usd: Annotated[float, Field(ge=0)] | None = None
    stopped_by_time: bool = False
    job: str = ""
    notes: tuple[str, ...] = ()
    code_sha256: str

    @property
    def best(self) -> Trial | None:
        """The trial with the largest objective, or None if none was completed."""
        done = [t for t in self.trials if t.state == "completed" and t.objective is not None]
        return max(done, key=lambda trial: (trial.objective or 0.0, -trial.number), default=None)


class TuningFiles(Record):
    """Where a search's results lie: objects of the store, the recipe's file on this machine, and the best trial."""

    record: Artifact
    table: Artifact
    picture: Artifact
    recipe: Artifact
    recipe_file: str
    best: Trial


def require_best(result: TuningResult) -> Trial:
    """Return the best trial.

    Raises:
        TrainingError: no trial was completed.
    """
    if result.best is None:
        raise _none_completed(result)
    return result.best


def best_recipe(result: TuningResult) -> Recipe:
    """Return the recipe of the best trial.

    Raises:
        TrainingError: no trial was completed.
    """
    return apply(result.plan.recipe, require_best(result).values)


def recipe_toml(result: TuningResult) -> str:
    """Return the best trial's recipe as a file for ``config/recipes/``, whose name is then the recipe's.

    Raises:
        TrainingError: no trial was completed.
    """
    best, plan = require_best(result), result.plan
    lines = [
        f"# Found by {plan.tune_id} on dataset version {plan.dataset_version}, from recipe {plan.recipe.name}:",
        f"# trial {best.number} of {len(result.trials)} with {plan.space.objective} {best.objective:.5f} on val.",
    ]
    for name, value in best_recipe(result).to_dict().items():
        if name in ("name", "classes_sha256"):
            continue
        text = json.dumps(value)
        lines.append(f"{name} = {text}" + ("   # searched" if name in best.values else ""))
    return "\n".join(lines) + "\n"


def table_csv(result: TuningResult) -> str:
    """Return the trials as CSV, one row each, in the order in which they ran."""
    names = list(result.plan.space.fields)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    measured = ("state", "objective", "epochs_done", "seconds", "cost_usd", "reason", "job")
    writer.writerow(["trial", *names, *measured])
    for trial in result.trials:
        row = trial.to_dict()
        values = [row["values"].get(name, "") for name in names]
        found = ["" if row[name] is None else row[name] for name in measured]
        writer.writerow([trial.number, *values, *found])
    return stream.getvalue()


def keep_record(store: ObjectStore, result: TuningResult) -> Artifact:
    """Write a search's record, ``runs/<tune_id>/tuning.json``; all else is made of it."""
    return _keep(store, f"{_prefix(result)}/tuning.json", result.to_json_bytes())


def read_record(store: ObjectStore, record: Artifact) -> TuningResult:
    """Read a search's record.

    Raises:
        ArtifactError: it was altered.
    """
    return TuningResult.from_json_bytes(get_artifact(store, record), what=record.key)


def write_report(
    store: ObjectStore, result: TuningResult, record: Artifact, folder: Path
) -> TuningFiles:
    """Write table, picture and best recipe beside the record, and the recipe into a local folder too.

    Raises:
        TrainingError: no trial was completed; table and picture are written all the same.
    """
    from safety_tasks.train.tuning.picture import draw_search

    prefix = _prefix(result)
    table = _keep(store, f"{prefix}/trials.csv", table_csv(result).encode())
    picture = _keep(store, f"{prefix}/search.png", draw_search(result))
    text = recipe_toml(result).encode()
    recipe = _keep(store, f"{prefix}/best.toml", text)
    local = keep_file(folder / result.plan.tune_id / "best.toml", text)
    return TuningFiles(
        record=record,
        table=table,
        picture=picture,
        recipe=recipe,
        recipe_file=str(local),
        best=require_best(result),
    )


def _prefix(result: TuningResult) -> str:
    return f"runs/{result.plan.tune_id}"


def _keep(store: ObjectStore, key: str, payload: bytes) -> Artifact:
    """Write an object, anew if a search went on after a first report."""
    store.put(key, payload)
    return Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload))


def _none_completed(result: TuningResult) -> TrainingError:
    reasons = "; ".join(sorted({trial.reason for trial in result.trials if trial.reason}))
    return TrainingError(
        f"search {result.plan.tune_id}: expected a completed trial, found none of {len(result.trials)}"
        f"{': ' + reasons if reasons else ''}. Give it more time or jobs, or a space with smaller trainings."
    )
