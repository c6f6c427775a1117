"""Where a run is trained, and every number of its recipe, can be said in the form; what is left empty is configured."""

from typing import Any

import pytest
from support.toy_runs import toy_dataset
from toy_models import CLASSES

from safety_tasks.errors import ConfigError
from safety_tasks.orchestration.forms import retrain_form
from safety_tasks.orchestration.planning import RECIPE_FIELDS, plan_run
from safety_tasks.records.training import RunPlan
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore


def _plan(store: LocalStore, settings: Settings, **form: Any) -> RunPlan:
    version = toy_dataset(store)
    chosen = settings.model_copy(update={"classes": CLASSES})
    return plan_run(store, chosen, {"dataset_version": version.version_id, **form}, "manual__1")


@pytest.mark.parametrize(
    ("configured", "asked", "backend", "recipe"),
    [
        ("local", None, "local", "default"),
        ("local", "sagemaker", "sagemaker", "sagemaker"),
        ("sagemaker", None, "sagemaker", "sagemaker"),
        ("sagemaker", "local", "local", "default"),
    ],
)
def test_the_backend_brings_its_recipe(
    local_store: LocalStore,
    settings: Settings,
    configured: str,
    asked: str | None,
    backend: str,
    recipe: str,
) -> None:
    """The form's backend beats the configured one, and each has a recipe of its own; a named recipe beats that."""
    retrain = settings.retrain.model_copy(update={"backend": configured})
    chosen = settings.model_copy(update={"retrain": retrain})
    plan = _plan(local_store, chosen, backend=asked)
    assert (plan.backend, plan.recipe.name) == (backend, recipe)
    assert _plan(local_store, chosen, backend=asked, recipe="mini").recipe.name == "mini"


def test_every_number_of_the_form_reaches_the_recipe(
    local_store: LocalStore, settings: Settings
) -> None:
    """Each field of the form replaces the recipe's, under the recipe's own name, and changes the run's digest."""
    form = {
        "epochs": 3,
        "imgsz": 96,
        "batch_size": 4,
        "learning_rate": 0.002,
        "patience": 2,
        "data_fraction": 0.5,
        "device": "cuda:0,1",
        "seed": 7,
    }
    assert set(form) == set(RECIPE_FIELDS) <= set(retrain_form())
    plan = _plan(local_store, settings, **form)
    found = plan.recipe.to_dict()
    assert {name: found[field] for name, field in RECIPE_FIELDS.items()} == form
    assert plan.fingerprint != _plan(local_store, settings).fingerprint


@pytest.mark.parametrize(
    "form",
    [{"learning_rate": 0}, {"data_fraction": 1.5}, {"device": "tpu"}, {"seed": -1}],
)
def test_impossible_values_are_refused(
    local_store: LocalStore, settings: Settings, form: dict[str, Any]
) -> None:
    """A value that the form would refuse is refused in the plan too, by the recipe's name for it."""
    (field,) = form
    with pytest.raises(ConfigError, match=RECIPE_FIELDS[field]):
        _plan(local_store, settings, **form)
    param = retrain_form()[field]
    param.value = form[field]
    with pytest.raises(Exception, match="Failed validating"):
        param.resolve()
