"""Search spaces, plans and trials made by hand, for tests of what works with them."""

from pathlib import Path
from typing import Any

from safety_tasks.records.recipe import Recipe
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.results import Trial, TuningResult
from safety_tasks.train.tuning.space import Choices, Range, SearchSpace

# A training of seconds, on any machine.
TINY = Recipe(
    name="tiny",
    epochs=2,
    imgsz_px=64,
    batch=4,
    nominal_batch=4,
    optimizer="SGD",
    warmup_epochs=0,
    mosaic=0,
    start_from_scratch=True,
    device="cpu",
    precision="float32",
)
SPACE = SearchSpace(
    fields={
        "lr0": Range(low=1e-4, high=1e-2, logarithmic=True),
        "batch": Range(low=2, high=8, whole=True),
        "optimizer": Choices(choices=("SGD", "AdamW")),
    }
)


def made_plan(recipe: Recipe = TINY, **changes: Any) -> TunePlan:
    """Return a plan of a search, on this machine unless changed."""
    values: dict[str, Any] = {
        "tune_id": "tune-t1",
        "dataset_version": "0" * 16,
        "recipe": recipe,
        "space": SPACE,
        "jobs": 3,
        "parallel": 1,
        "max_minutes": 10.0,
        "max_cost_usd": 20.0,
    }
    return TunePlan.model_validate(values | changes)


def made_trial(number: int, objective: float | None = 0.5, **changes: Any) -> Trial:
    """Return a completed trial unless changed."""
    values: dict[str, Any] = {
        "number": number,
        "values": {"lr0": 0.001 * number, "batch": 2 + number, "optimizer": "AdamW"},
        "state": "completed",
        "objective": objective,
        "epochs_done": 2,
        "seconds": 1.5,
    }
    return Trial.model_validate(values | changes)


def made_result(*trials: Trial, **changes: Any) -> TuningResult:
    """Return the result of a search with these trials."""
    values: dict[str, Any] = {
        "plan": made_plan(),
        "trials": trials,
        "started_at": "2026-01-01T00:00:00+00:00",
        "seconds": 9.0,
        "code_sha256": "0" * 64,
    }
    return TuningResult.model_validate(values | changes)


def write_space(folder: Path, text: str) -> Path:
    """Write a search space's file into a folder of configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "search.toml"
    path.write_text(text, encoding="utf-8")
    return path
