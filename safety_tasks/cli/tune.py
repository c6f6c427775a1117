"""The command ``tune``: search for a better recipe, here or on SageMaker.

Rules: progress and the table go to stderr, the result to stdout; a search that was killed goes on under its name; a
paid one that is interrupted is stopped, so nothing is billed that nobody waits for.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from safety_tasks.cli.console import opened, show
from safety_tasks.cli.drawing import draw, tell
from safety_tasks.errors import JobFailed
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore

if TYPE_CHECKING:
    from safety_tasks.records.dataset import DatasetVersion, ValidationReport
    from safety_tasks.train.tuning.plan import TunePlan
    from safety_tasks.train.tuning.preflight import Preflight
    from safety_tasks.train.tuning.results import TuningResult

_MARGIN_S: Final = 1800.0


def tune(
    version: Annotated[str, typer.Option(help="Dataset version; empty: the current one.")] = "",
    recipe: Annotated[str, typer.Option(help="A file of config/recipes/; empty: as set.")] = "",
    backend: Annotated[str, typer.Option(help="local, or sagemaker: a paid job.")] = "local",
    jobs: Annotated[int | None, typer.Option(help="Trainings in all.")] = None,
    parallel: Annotated[int | None, typer.Option(help="At once, on SageMaker.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Of the whole search.")] = None,
    max_cost_usd: Annotated[
        float | None, typer.Option(help="On SageMaker: more is refused.")
    ] = None,
    name: Annotated[
        str, typer.Option(help="The search's name; the same again goes on. Empty: a new one.")
    ] = "",
    poll_s: Annotated[float, typer.Option(help="Seconds between looks at a paid job.")] = 30.0,
) -> None:
    """Search config/search.toml for a better recipe; what is not set here is as in pipeline.toml."""
    from safety_tasks.config import work_dir
    from safety_tasks.store.manifests import choose_version
    from safety_tasks.train.tuning.plan import plan_search
    from safety_tasks.train.tuning.preflight import preflight
    from safety_tasks.train.tuning.results import keep_record, write_report
    from safety_tasks.validate import validate_dataset

    settings, store = opened()
    dataset = choose_version(store, version)
    plan = plan_search(
        settings,
        dataset,
        name or f"{datetime.now(UTC):%Y%m%dT%H%M%S}",
        recipe=recipe or None,
        backend=backend,
        jobs=jobs,
        parallel=parallel,
        max_minutes=minutes,
        max_cost_usd=max_cost_usd,
    )
    again = plan.tune_id.removeprefix(f"tune-{dataset.version_id[:8]}-{plan.recipe.name}-")
    tell(f"search {plan.tune_id}; killed, it goes on with --name {again}")
    validation = validate_dataset(store, dataset, settings.ingest)
    tried = preflight(store, dataset, validation, plan, settings.train)
    tell(f"metrics are read from the log: {tried.lines[0]}")
    result = _found(store, dataset, validation, plan, tried, settings, poll_s)
    files = write_report(store, result, keep_record(store, result), work_dir() / "tune")
    _show_table(result)
    tell(f"best recipe: {files.recipe_file}")
    tell(
        f"to use it: cp {files.recipe_file} config/recipes/tuned.toml; safety-tasks train --recipe tuned"
    )
    tell(f"picture and table: {store.uri}/{files.picture.key}, {files.table.key}")
    show(files.to_dict())


def _found(
    store: ObjectStore,
    dataset: "DatasetVersion",
    validation: "ValidationReport",
    plan: "TunePlan",
    tried: "Preflight",
    settings: Settings,
    poll_s: float,
) -> "TuningResult":
    if plan.backend == "local":
        from safety_tasks.train.tuning.local import search_locally

        return search_locally(
            store,
            dataset,
            validation,
            plan,
            settings.train,
            progress=tell,
            epochs=lambda epoch: tell(epoch.line()),
        )
    import boto3

    from safety_tasks.config import work_dir
    from safety_tasks.train.tuning.sagemaker import collect_search, stop_search, submit_search

    client: Any = boto3.client("sagemaker", region_name=settings.store.region)
    folder: Path = work_dir() / "sagemaker"
    try:
        state = submit_search(store, dataset, validation, plan, tried, settings, client, folder)
        state = _waited(client, state, poll_s)
    except (KeyboardInterrupt, JobFailed):
        stop_search(store, plan.tune_id, client)
        raise
    return collect_search(store, plan, state, client)


def _waited(client: Any, state: Any, poll_s: float) -> Any:
    """Return the state in which a tuning job ended."""
    from safety_tasks.train.tuning.job import describe

    until, last = time.monotonic() + state.limit_s + _MARGIN_S, ""
    while not state.ended:
        if state.line() != last:
            last = state.line()
            tell(last)
        if time.monotonic() > until:
            raise JobFailed(
                f"tuning job {state.name}: expected it to end within {state.limit_s + _MARGIN_S:.0f} s, found "
                f"{state.status}. It is stopped."
            )
        time.sleep(poll_s)
        state = describe(client, state.name)
    tell(state.line())
    return state


def _show_table(result: "TuningResult") -> None:
    names = list(result.plan.space.fields)
    best = result.best
    rows = [
        (
            f"{trial.number}{' *' if trial == best else ''}",
            *(_short(trial.values.get(name)) for name in names),
            trial.state,
            "" if trial.objective is None else f"{trial.objective:.4f}",
            "" if trial.epochs_done is None else trial.epochs_done,
            f"{trial.seconds:.0f}",
            "" if trial.cost_usd is None else f"{trial.cost_usd:.2f}",
            trial.reason[:60],
        )
        for trial in result.trials
    ]
    measured = ("state", f"{result.plan.space.objective}#", "epochs done#", "s#", "USD#", "reason")
    draw(
        f"{result.plan.tune_id} (* is the best)",
        ("trial#", *(f"{name}#" for name in names), *measured),
        rows,
        to_stderr=True,
    )


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (tune,)
