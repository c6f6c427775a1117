"""The plan of a search: every choice made, before any work.

Rules: what the form or the command leaves empty is what ``pipeline.toml`` says; a plan that could not end well is
refused here; a search keeps its name, so that the same plan again goes on with it.
"""

from typing import Annotated, Any

from pydantic import Field

from safety_tasks.class_map import require_same
from safety_tasks.config import parse_as
from safety_tasks.profiles import load_recipe
from safety_tasks.records.base import Name, Record
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Backend
from safety_tasks.settings import Settings
from safety_tasks.train.tuning.space import SearchSpace, require_searchable
from safety_tasks.train.tuning.space_file import load_space


class TunePlan(Record):
    """What a search will do.

    ``jobs``: trainings in all; ``parallel``: at once, on SageMaker (here they run one after another); ``max_minutes``:
    of the whole search's work; ``max_cost_usd``: an estimate above it is refused before anything is paid for.
    """

    tune_id: Name
    dataset_version: str
    recipe: Recipe
    space: SearchSpace
    backend: Backend = "local"
    jobs: Annotated[int, Field(ge=1, le=500)]
    parallel: Annotated[int, Field(ge=1, le=10)]
    max_minutes: Annotated[float, Field(gt=0)]
    max_cost_usd: Annotated[float, Field(gt=0)]


def plan_search(
    settings: Settings,
    version: DatasetVersion,
    name: str,
    *,
    recipe: str | None = None,
    backend: str | None = None,
    jobs: int | None = None,
    parallel: int | None = None,
    max_minutes: float | None = None,
    max_cost_usd: float | None = None,
) -> TunePlan:
    """Resolve what was asked for into a plan.

    Args:
        settings: what holds where nothing was asked for.
        version: the dataset version to learn from.
        name: what tells this search from others; the same name goes on with the same search.
        recipe: a file of ``recipes/``, which the search starts from.
        backend: ``local`` or ``sagemaker``.
        jobs: trainings in all.
        parallel: trainings at once.
        max_minutes: of the whole search.
        max_cost_usd: of the whole search.

    Raises:
        ConfigError: an unknown recipe, a wrong space or number, or a recipe that cannot be searched from.
        ClassMapError: the version has other classes than the configured ones.
    """
    require_same(settings.classes, version.classes, where=f"ingested version {version.version_id}")
    chosen = load_recipe(recipe or settings.tune.recipe).bound_to(settings.classes)
    space = load_space(settings.tune.space)
    require_searchable(chosen, space)
    asked = {
        "jobs": jobs,
        "parallel": parallel,
        "max_minutes": max_minutes,
        "max_cost_usd": max_cost_usd,
    }
    values: dict[str, Any] = {
        "tune_id": f"tune-{version.version_id[:8]}-{chosen.name}-{name}",
        "dataset_version": version.version_id,
        "recipe": chosen,
        "space": space,
        "backend": backend or "local",
        **{
            key: value if value is not None else getattr(settings.tune, key)
            for key, value in asked.items()
        },
    }
    return parse_as(TunePlan, values, where=f"search {values['tune_id']}")
