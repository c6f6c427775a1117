"""The verbs ``list_runs`` and ``show_run``: what was trained or adopted, and what became of it.

Rules: newest first; a record that cannot be believed is a row with its problem, and hides no other run; nothing is
computed anew, only read.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from safety_tasks.bundle.layout import RELEASES, release_seq_of
from safety_tasks.errors import ReleaseError, SafetyTasksError, TrainingError
from safety_tasks.records.base import Record
from safety_tasks.records.gate import GateReport
from safety_tasks.records.model import ExportedModel, Measurements
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.records.training import TrainingRun, TrainingStart
from safety_tasks.store.base import ObjectStore, get_artifact, read_if_there
from safety_tasks.train.engine.curves_table import Curves, best_of, read_curves
from safety_tasks.train.runs.results import RunLine, RunView

log = logging.getLogger("safety_tasks")
_RUNS: Final = "runs/"
_READERS: Final = 8
Stored = TypeVar("Stored", bound=Record)


def list_runs(store: ObjectStore) -> tuple[RunLine, ...]:
    """Return one line a run, newest first; those that do not say when they were come last."""
    released = _releases(store)
    with ThreadPoolExecutor(max_workers=_READERS) as pool:
        views = list(pool.map(lambda run_id: _view(store, run_id, released), store.folders(_RUNS)))
    lines = [view.line for view in views if view is not None]
    return tuple(sorted(lines, key=lambda line: (line.started_at, line.run_id), reverse=True))


def show_run(store: ObjectStore, run_id: str) -> RunView:
    """Return all that is recorded of a run.

    Raises:
        TrainingError: there is no such run.
    """
    view = _view(store, run_id, _releases(store))
    if view is None:
        raise TrainingError(
            f"run {run_id}: expected its records in {store.uri}/{_RUNS}{run_id}, found none. "
            "See what there is: safety-tasks runs list."
        )
    return view


def _view(
    store: ObjectStore, run_id: str, released: Mapping[str, tuple[int, ...]]
) -> RunView | None:
    """Return what is recorded of a run, or None where the name is no run's."""
    problems: list[str] = []

    def read(name: str, kind: type[Stored]) -> Stored | None:
        key = f"{_RUNS}{run_id}/{name}"
        try:
            found = read_if_there(store, key)
            return kind.from_json_bytes(found.payload, what=key) if found else None
        except SafetyTasksError as problem:
            problems.append(str(problem))
            return None

    training = read("training.json", TrainingRun)
    is_broken = bool(problems)
    exported = read("export.json", ExportedModel)
    measured = read("benchmark.json", Measurements)
    report = read("gate/report.json", GateReport)
    start = read("start.json", TrainingStart) if training is None else None
    if training is None and exported is None and not problems:
        if start is None or store.exists(f"{_RUNS}{run_id}/tuning.json"):
            return None  # no run at all, or a search, whose trials are no candidates
        problems.append("begun, and not finished: asking for it again goes on with it")
    curves: Curves = {}
    if training is not None and training.curves is not None:
        try:
            curves = read_curves(get_artifact(store, training.curves))
        except SafetyTasksError as problem:
            problems.append(str(problem))
    problems += _strangers(run_id, training, exported, measured, report)
    line = _line(run_id, training or start, exported, is_broken)
    extra = {
        "best_map50": best_of(curves, "map50"),
        "verdict": report.verdict if report else None,
        "releases": released.get(run_id, ()),
        "problem": "; ".join(problems),
    }
    return RunView(
        line=line.model_copy(update=extra),
        training=training,
        exported=exported,
        benchmark=measured.candidate if measured else None,
        reasons=report.reasons if report else (),
        curves=curves,
    )


def _line(
    run_id: str,
    training: TrainingRun | TrainingStart | None,
    exported: ExportedModel | None,
    is_broken: bool,
) -> RunLine:
    if training is None:
        version = exported.dataset_version if exported else ""
        # Only what was adopted as ONNX has an exported model and never had a training.
        adopted = "adopted" if exported and not is_broken else ""
        return RunLine(run_id=run_id, dataset_version=version, recipe=adopted, backend=adopted)
    fit = training.fit if isinstance(training, TrainingRun) else None
    return RunLine(
        run_id=run_id,
        started_at=training.started_at,
        dataset_version=training.dataset_version,
        recipe=training.recipe.name,
        backend=training.backend if isinstance(training, TrainingRun) else "",
        epochs=fit.epochs_done if fit else None,
    )


def _strangers(run_id: str, *records: object) -> list[str]:
    """Name the records that lie in this run's folder and say that they are another's."""
    return [
        f"{type(record).__name__}: expected that of run {run_id}, found that of {name}"
        for record in records
        if record is not None and (name := getattr(record, "run_id", run_id)) != run_id
    ]


def _releases(store: ObjectStore) -> dict[str, tuple[int, ...]]:
    """Return the release numbers of each run."""
    found: dict[str, tuple[int, ...]] = {}
    for key in store.keys(RELEASES):
        seq = release_seq_of(key)
        if seq is None:
            continue
        try:
            document = ReleaseDocument.from_json_bytes(
                store.get(key).payload, what=key, error=ReleaseError
            )
        except SafetyTasksError as problem:
            log.warning("release %s is left out: %s", seq, problem)
            continue
        found[document.run_id] = (*found.get(document.run_id, ()), seq)
    return found
