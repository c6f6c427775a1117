"""Commands over a training run: train, export, benchmark, publish."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from safety_tasks.class_map import require_same
from safety_tasks.cli.console import epochs_of, opened, progress_of, show, steps_of
from safety_tasks.cli.drawing import tell
from safety_tasks.cli.stored import record_of, version_of
from safety_tasks.errors import ConfigError
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.training import TrainingRun

Run = Annotated[str, typer.Argument(help="The training run's id, as train printed it.")]


def train(
    version: Annotated[str, typer.Option(help="Dataset version; empty: the current one.")] = "",
    recipe: Annotated[str, typer.Option(help="A file of config/recipes/; empty: as set.")] = "",
    run_id: Annotated[str, typer.Option(help="The run's id; empty: a new one.")] = "",
    epochs: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    imgsz: Annotated[int | None, typer.Option(help="Instead of the recipe's, pixels.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Instead of the recipe's lr0.")
    ] = None,
    patience: Annotated[int | None, typer.Option(help="Instead of the recipe's, epochs.")] = None,
    data_fraction: Annotated[float | None, typer.Option(help="Of the train split, 0 to 1.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, mps, cuda or cuda:0,1.")] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
) -> None:
    """Train a candidate on this machine; the same run id again goes on with a run that was cut."""
    from safety_tasks.profiles import load_recipe
    from safety_tasks.train import train_candidate
    from safety_tasks.validate import validate_dataset

    settings, store = opened()
    dataset = version_of(store, version)
    require_same(settings.classes, dataset.classes, where=f"ingested version {dataset.version_id}")
    chosen = load_recipe(
        recipe or settings.retrain.recipe,
        epochs=epochs,
        imgsz_px=imgsz,
        batch=batch_size,
        lr0=learning_rate,
        patience_epochs=patience,
        data_fraction=data_fraction,
        device=device,
        seed=seed,
    ).bound_to(settings.classes)
    name = run_id or f"{dataset.version_id[:8]}-{chosen.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    validation = validate_dataset(store, dataset, settings.ingest)
    with epochs_of(name) as progress:
        run = train_candidate(
            store, dataset, validation, chosen, name, settings.train, progress=progress
        )
    show(run.to_dict())


def export(
    run_id: Run,
    profile: Annotated[
        str, typer.Option(help="Whose INT8 budget counts: a table of gate.toml; empty: as set.")
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what was made and who gets it, and why.")
    ] = False,
) -> None:
    """Export a run's weights as the reference ONNX model and its edge variants, each proved to agree."""
    from safety_tasks.cli.explaining import explain_export
    from safety_tasks.export import export_candidate
    from safety_tasks.profiles import load_profile

    settings, store = opened()
    if explain:
        explain_export(store, record_of(store, ExportedModel, run_id, "export.json", "export"))
        return
    run = record_of(store, TrainingRun, run_id, "training.json", "train")
    with steps_of(run_id) as progress:
        exported = export_candidate(
            store,
            run,
            version_of(store, run.dataset_version),
            settings.export,
            settings.operating_point,
            load_profile(profile or settings.retrain.profile).int8_budget,
            progress=progress,
        )
    show(exported.to_dict())


def benchmark(run_id: Run) -> None:
    """Measure the exported model, and the champion beside it, on the holdout."""
    from safety_tasks.benchmark import benchmark_candidate

    settings, store = opened()
    exported = record_of(store, ExportedModel, run_id, "export.json", "export")
    version = version_of(store, exported.dataset_version)
    with progress_of("benchmark") as progress:
        measured = benchmark_candidate(
            store, exported, version, settings.benchmark, progress=progress
        )
    tell(f"report: {', '.join(measured.page_keys.values())} in {store.uri}")
    show(measured.to_dict())


def publish(
    run_id: Run,
    channel: Annotated[str, typer.Option(help="canary or stable; empty: as set.")] = "",
) -> None:
    """Publish a run that the gate lets through."""
    from safety_tasks.gate import find_gate_report
    from safety_tasks.release import publish_release

    settings, store = opened()
    chosen = channel or settings.retrain.channel
    if chosen not in ("canary", "stable"):
        raise ConfigError(f"channel: expected canary or stable, found {chosen!r}.")
    exported = record_of(store, ExportedModel, run_id, "export.json", "export")
    release = publish_release(
        store,
        find_gate_report(store, run_id),
        exported,
        version_of(store, exported.dataset_version),
        "canary" if chosen == "canary" else "stable",
        settings.release,
    )
    if settings.release.allow_unsigned_releases_dangerously:
        typer.echo("warning: this release is UNSIGNED and may leave this machine", err=True)
    show(release.to_dict())


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (train, export, benchmark, publish)
