"""A search on this machine over a drawn dataset, in one call."""

from pathlib import Path
from typing import Any

from support.made_searches import TINY, made_plan
from support.made_versions import report_of

from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.train.tuning.local import search_locally
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.results import TuningResult


def search(
    store: LocalStore,
    version: DatasetVersion,
    folder: Path,
    said: list[str] | None = None,
    **plan: Any,
) -> TuningResult:
    """Search."""
    lines: list[str] = [] if said is None else said
    return search_locally(
        store,
        version,
        report_of(version),
        planned(version, **plan),
        TrainSettings(),
        folder=folder,
        progress=lines.append,
        epochs=lambda epoch: lines.append(epoch.line()),
    )


def planned(version: DatasetVersion, **plan: Any) -> TunePlan:
    """Return the plan of a search over the drawn dataset."""
    recipe = plan.pop("recipe", TINY).bound_to(version.classes)
    return made_plan(recipe, dataset_version=version.version_id, **plan)
