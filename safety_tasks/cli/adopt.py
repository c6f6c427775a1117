"""The command that makes a model from elsewhere a candidate."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from safety_tasks.class_map import require_same
from safety_tasks.cli.console import opened, show
from safety_tasks.cli.drawing import tell


def adopt(
    model: Annotated[
        str, typer.Argument(help="A .pt or .onnx file, or an object of the store by its address.")
    ],
    classes: Annotated[
        str, typer.Option(help="Names of its numbers, by commas, where the file's are generic.")
    ] = "",
    imgsz: Annotated[
        int | None, typer.Option(help="Its picture size in pixels; empty: as the file says.")
    ] = None,
    version: Annotated[
        str, typer.Option(help="Dataset version to measure it on; empty: the current one.")
    ] = "",
    run_id: Annotated[str, typer.Option(help="The run's id; empty: a new one.")] = "",
) -> None:
    """Make a model that was trained elsewhere a candidate; nothing in its file is run."""
    from safety_tasks.records.training import TrainingRun
    from safety_tasks.store.manifests import choose_version
    from safety_tasks.train import adopt_model
    from safety_tasks.train.adopt.verb import TRAINED_ELSEWHERE

    settings, store = opened()
    dataset = choose_version(store, version)
    require_same(settings.classes, dataset.classes, where=f"ingested version {dataset.version_id}")
    name = run_id or f"{dataset.version_id[:8]}-adopted-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    adopted = adopt_model(
        store,
        dataset,
        model,
        run_id=name,
        classes=tuple(part.strip() for part in classes.split(",")) if classes else None,
        imgsz_px=imgsz,
    )
    show(adopted.to_dict())
    tell(f"note: {TRAINED_ELSEWHERE}")
    step = "export" if isinstance(adopted, TrainingRun) else "benchmark"
    tell(f"next: safety-tasks {step} {name}")


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (adopt,)
