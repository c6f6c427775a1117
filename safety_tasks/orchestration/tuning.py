"""The tasks of ``tune_recipe`` around the search: build the records, call the verb, return plain types."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from safety_tasks.orchestration.runtime import runtime

if TYPE_CHECKING:
    from safety_tasks.records.dataset import DatasetVersion, ValidationReport
    from safety_tasks.store.base import ObjectStore
    from safety_tasks.train.tuning.plan import TunePlan


def plan(context: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve the form."""
    from safety_tasks.store.manifests import choose_version
    from safety_tasks.store.stage_notes import slug
    from safety_tasks.train.tuning.plan import plan_search

    settings, store = runtime()
    form = context["params"]
    return plan_search(
        settings,
        choose_version(store, form.get("dataset_version")),
        slug(context["run_id"]),
        recipe=form.get("recipe"),
        backend=form.get("backend"),
        jobs=form.get("jobs"),
        parallel=form.get("parallel"),
        max_minutes=form.get("minutes"),
        max_cost_usd=form.get("max_cost_usd"),
    ).to_dict()


def preflight(
    context: Mapping[str, Any], plan: Mapping[str, Any], validation: Mapping[str, Any]
) -> dict[str, Any]:
    """Try the metrics on a real line; on SageMaker also prove that the search is affordable."""
    from safety_tasks.store.stage_notes import timed
    from safety_tasks.train.tuning.preflight import preflight as try_metrics
    from safety_tasks.train.tuning.sagemaker import require_affordable

    settings, store = runtime()
    planned = planned_of(plan)
    if planned.backend == "sagemaker":
        require_affordable(planned, settings.store.region, settings)
    version, validated = inputs_of(store, planned, validation)
    with timed(store, context["run_id"], "preflight"):
        return try_metrics(store, version, validated, planned, settings.train).to_dict()


def report(context: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Write table, picture and best recipe; show the table in the log."""
    import logging

    from safety_tasks.config import work_dir
    from safety_tasks.records.base import Artifact
    from safety_tasks.store.stage_notes import timed
    from safety_tasks.train.tuning.results import read_record, table_csv, write_report

    log = logging.getLogger("safety_tasks")
    _, store = runtime()
    kept = Artifact.model_validate(record)
    result = read_record(store, kept)
    for line in table_csv(result).splitlines():
        log.info("%s", line)
    with timed(store, context["run_id"], "report"):
        files = write_report(store, result, kept, work_dir() / "tune")
    log.info(
        "best recipe: %s/%s. To use it: copy it into config/recipes/", store.uri, files.recipe.key
    )
    return files.to_dict()


def planned_of(plan: Mapping[str, Any]) -> "TunePlan":
    """Return the plan that a task was given."""
    from safety_tasks.train.tuning.plan import TunePlan

    return TunePlan.model_validate(plan)


def inputs_of(
    store: "ObjectStore", planned: "TunePlan", validation: Mapping[str, Any]
) -> "tuple[DatasetVersion, ValidationReport]":
    """Return the planned dataset version and the validation that a task was given."""
    from safety_tasks.records.dataset import ValidationReport
    from safety_tasks.store.manifests import read_version

    version = read_version(store, planned.dataset_version)
    return version, ValidationReport.model_validate(validation)
