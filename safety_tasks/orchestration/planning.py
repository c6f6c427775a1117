"""Decide what a retraining does, before any work.

Rules: every choice is resolved here and recorded; a scheduled run whose dataset, recipe and code equal those of the
last judged run has nothing to find out and says so; a manual or dataset-triggered run always goes on; the version has
the configured classes, and the recipe is bound to them.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from safety_tasks.class_map import require_same
from safety_tasks.config import code_digest
from safety_tasks.digests import digest_of
from safety_tasks.profiles import load_profile, load_recipe
from safety_tasks.records.training import RunPlan
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore, read_if_there
from safety_tasks.store.manifests import choose_version
from safety_tasks.store.stage_notes import slug

LATEST_KEY: Final = "runs/latest.json"
# A form's field -> the recipe's.
RECIPE_FIELDS: Final = {
    "epochs": "epochs",
    "imgsz": "imgsz_px",
    "batch_size": "batch",
    "learning_rate": "lr0",
    "patience": "patience_epochs",
    "data_fraction": "data_fraction",
    "device": "device",
    "seed": "seed",
}


def plan_run(
    store: ObjectStore, settings: Settings, form: Mapping[str, Any], dag_run_id: str
) -> RunPlan:
    """Resolve a form into a plan.

    Raises:
        DatasetError: no version was named and none is current.
        ConfigError: an unknown recipe or profile.
        ClassMapError: the version has other classes than the configured ones.
    """
    version = choose_version(store, form.get("dataset_version"))
    require_same(settings.classes, version.classes, where=f"ingested version {version.version_id}")
    backend = form.get("backend") or settings.retrain.backend
    usual = settings.sagemaker.recipe if backend == "sagemaker" else settings.retrain.recipe
    changes = {field: form.get(name) for name, field in RECIPE_FIELDS.items()}
    recipe = load_recipe(form.get("recipe") or usual, **changes).bound_to(settings.classes)
    profile = load_profile(form.get("profile") or settings.retrain.profile)
    fingerprint = digest_of(
        {
            "dataset_version": version.version_id,
            "recipe_sha256": recipe.digest(),
            "code_sha256": code_digest(),
        }
    )
    return RunPlan(
        run_id=f"{version.version_id[:8]}-{recipe.name}-{slug(dag_run_id)}",
        dataset_version=version.version_id,
        recipe=recipe,
        profile=profile.name,
        channel=form.get("channel") or settings.retrain.channel,
        fingerprint=fingerprint,
        backend=backend,
    )


def equals_last_run(store: ObjectStore, plan: RunPlan) -> str | None:
    """Return the last judged run's id if it had the same dataset, recipe and code, else None."""
    found = read_if_there(store, LATEST_KEY)
    if found is None:
        return None
    latest: dict[str, str] = json.loads(found.payload)
    return latest.get("run_id") if latest.get("fingerprint") == plan.fingerprint else None


def remember_run(store: ObjectStore, plan: RunPlan) -> None:
    """Record that a plan was carried through to a verdict."""
    document = {"run_id": plan.run_id, "fingerprint": plan.fingerprint}
    store.put(LATEST_KEY, json.dumps(document).encode())
