"""The forms that a manual trigger shows, typed and explained.

Rule: an empty field means what ``pipeline.toml`` says, so scheduled and manual runs share one default.
"""

from airflow.sdk import Param

from safety_tasks.profiles import list_profiles, list_recipes

_CONFIGURED = "Empty: as pipeline.toml says."


def ingest_form() -> dict[str, Param]:
    """Return the form of ``ingest_labeled_images``."""
    return {
        "batch": Param(
            None,
            type=["null", "string"],
            title="Batch",
            description="A folder under incoming/. Empty: every complete batch that is new. A refused "
            "batch is tried again only when it is named here.",
        )
    }


def retrain_form() -> dict[str, Param]:
    """Return the form of ``retrain_detector``."""

    def number(title: str, low: int, high: int, unit: str) -> Param:
        return Param(
            None,
            type=["null", "integer"],
            minimum=low,
            maximum=high,
            title=title,
            description=f"{low}-{high} {unit}. Empty: as the recipe says.",
        )

    return {
        "dataset_version": Param(
            None,
            type=["null", "string"],
            pattern="^[0-9a-f]{16}$",
            title="Dataset version",
            description="16 hex digits. Empty: the current version.",
        ),
        "recipe": Param(
            None,
            type=["null", "string"],
            enum=[None, *list_recipes()],
            title="Recipe",
            description=f"Hyperparameters, from config/recipes/. {_CONFIGURED}",
        ),
        "epochs": number("Epochs", 1, 1000, "passes over the data"),
        "imgsz": number("Picture size", 64, 1280, "pixels, a multiple of 32"),
        "batch_size": number("Batch size", 1, 512, "pictures a step"),
        "profile": Param(
            None,
            type=["null", "string"],
            enum=[None, *list_profiles()],
            title="Gate profile",
            description=f"What the model must show, from config/gate.toml. {_CONFIGURED}",
        ),
        "channel": Param(
            None,
            type=["null", "string"],
            enum=[None, "canary", "stable"],
            title="Channel",
            description=f"Where a PASS is published. {_CONFIGURED}",
        ),
        "backend": Param(
            "local", type="string", enum=["local"], title="Backend", description="Where to train."
        ),
    }
