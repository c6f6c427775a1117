"""The form of ``tune_recipe``; an empty field means what ``pipeline.toml`` says."""

from airflow.sdk import Param

from safety_tasks.orchestration.forms import CONFIGURED, recipe_field, version_field


def tune_form() -> dict[str, Param]:
    """Return the form of ``tune_recipe``."""

    def number(title: str, kind: str, low: float, high: float, meaning: str) -> Param:
        return Param(
            None,
            type=["null", kind],
            minimum=low,
            maximum=high,
            title=title,
            description=f"{meaning}, {low}-{high}. {CONFIGURED}",
        )

    return {
        "dataset_version": version_field(),
        "recipe": recipe_field(
            "What the search starts from, of config/recipes/; what config/search.toml does not search "
            "keeps its value."
        ),
        "backend": Param(
            "local",
            type="string",
            enum=["local", "sagemaker"],
            title="Backend",
            description="local: one training after another in the worker. sagemaker: a paid tuning job.",
        ),
        "jobs": number("Trainings", "integer", 1, 500, "In all"),
        "parallel": number("At once", "integer", 1, 10, "Trainings at once, on SageMaker"),
        "minutes": number(
            "Minutes", "number", 1, 10080, "Of the whole search; the best by then is taken"
        ),
        "max_cost_usd": number(
            "Most USD", "number", 0.01, 100000, "On SageMaker: an estimate above it is refused"
        ),
    }
