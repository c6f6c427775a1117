"""The forms that a manual trigger shows, typed and explained.

Rule: an empty field means what ``pipeline.toml`` says, so scheduled and manual runs share one default.
"""

from typing import Final

from airflow.sdk import Param

from safety_tasks.profiles import list_profiles, list_recipes

CONFIGURED: Final = "Empty: as pipeline.toml says."
ASK: Final = "ask"
_AS_THE_RECIPE: Final = "Empty: as the recipe says."


def version_field() -> Param:
    """Return the field that names a dataset version."""
    return Param(
        None,
        type=["null", "string"],
        pattern="^[0-9a-f]{16}$",
        title="Dataset version",
        description="16 hex digits. Empty: the current version.",
    )


def recipe_field(meaning: str) -> Param:
    """Return the field that names a recipe; ``meaning`` says what for."""
    return Param(
        None,
        type=["null", "string"],
        enum=[None, *list_recipes()],
        title="Recipe",
        description=f"{meaning} {CONFIGURED}",
    )


def profile_field(meaning: str) -> Param:
    """Return the field that names a gate profile; ``meaning`` says what for."""
    return Param(
        None,
        type=["null", "string"],
        enum=[None, *list_profiles()],
        title="Gate profile",
        description=f"{meaning} {CONFIGURED}",
    )


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
            description=f"{low}-{high} {unit}. {_AS_THE_RECIPE}",
        )

    def fraction(title: str, meaning: str) -> Param:
        return Param(
            None,
            type=["null", "number"],
            exclusiveMinimum=0,
            maximum=1,
            title=title,
            description=f"{meaning}, above 0, at most 1. {_AS_THE_RECIPE}",
        )

    return {
        "dataset_version": version_field(),
        "recipe": recipe_field("Hyperparameters, from config/recipes/."),
        "epochs": number("Epochs", 1, 1000, "passes over the data"),
        "imgsz": number("Picture size", 64, 1280, "pixels, a multiple of 32"),
        "batch_size": number("Batch size", 1, 512, "pictures a step"),
        "learning_rate": fraction("Learning rate", "After warm-up"),
        "patience": number("Patience", 1, 1000, "epochs without a better val score"),
        "data_fraction": fraction("Share of the data", "Of the train split, by whole scenes"),
        "device": Param(
            None,
            type=["null", "string"],
            pattern=r"^(auto|cpu|mps|cuda(:\d{1,2}(,\d{1,2})*)?)$",
            title="Device",
            description=f"auto, cpu, mps, cuda, or cuda:0,1 for two of several. {_AS_THE_RECIPE}",
        ),
        "seed": number("Seed", 0, 2**31 - 1, "of every random choice"),
        "profile": profile_field("What the model must show, from config/gate.toml."),
        "channel": Param(
            None,
            type=["null", "string"],
            enum=[None, "canary", "stable"],
            title="Channel",
            description=f"Where a PASS is published. {CONFIGURED}",
        ),
        "approval": Param(
            None,
            type=["null", "string"],
            enum=[None, ASK],
            title="Approval",
            description="ask: a person says yes before stable, whatever the profile says. Empty: as the profile says. "
            "Nothing here takes away an approval that the profile wants; canary needs none.",
        ),
        "backend": Param(
            None,
            type=["null", "string"],
            enum=[None, "local", "sagemaker"],
            title="Backend",
            description="local: in the worker. sagemaker: as a paid job, within the budget of pipeline.toml. "
            f"{CONFIGURED}",
        ),
    }
