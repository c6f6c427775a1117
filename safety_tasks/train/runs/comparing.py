"""The verb ``compare_runs``: what two runs do not share, and what may be concluded from their numbers.

Rules: only what differs is named, field by field; numbers of the holdout stand beside each other only where both were
measured on the same pictures; whatever makes a comparison unfair is said, never left to the reader.
"""

from collections.abc import Mapping
from typing import Any, Final

from safety_tasks.errors import SafetyTasksError
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_version
from safety_tasks.train.engine.curves_table import best_of
from safety_tasks.train.runs.history import show_run
from safety_tasks.train.runs.results import Difference, HazardPair, RunComparison, RunView

_SECTIONS: Final = ("recipe", "data", "base weights", "code", "hardware", "packages")


def compare_runs(store: ObjectStore, a: str, b: str) -> RunComparison:
    """Compare two runs.

    Raises:
        TrainingError: there is no such run.
    """
    one, two = show_run(store, a), show_run(store, b)
    hazards, unfair = _measured(store, one, two)
    facts = [_facts(view.training) for view in (one, two)]
    sections = {name: _differences(facts[0][name], facts[1][name]) for name in _SECTIONS}
    metrics = sorted({*one.curves, *two.curves})
    if metrics and one.line.dataset_version != two.line.dataset_version:
        unfair.append("the curves are of other versions: their val pictures may differ")
    for view in (one, two):
        if view.line.backend == "adopted":
            unfair.append(
                f"{view.line.run_id} was trained elsewhere: it may have seen pictures of the holdout"
            )
        if view.line.problem:
            unfair.append(f"{view.line.run_id}: {view.line.problem}")
    return RunComparison(
        a=a,
        b=b,
        differences={name: found for name, found in sections.items() if found},
        best=tuple(
            Difference(
                what=name, a=_text(best_of(one.curves, name)), b=_text(best_of(two.curves, name))
            )
            for name in metrics
        ),
        hazards=hazards,
        unfair=tuple(unfair),
    )


def _facts(run: TrainingRun | None) -> dict[str, Mapping[str, Any]]:
    """Return what went into a run, by section."""
    if run is None:
        return {name: {} for name in _SECTIONS}
    fit = run.fit
    return {
        "recipe": run.recipe.to_dict(),
        "data": {
            "dataset_version": run.dataset_version,
            "classes_sha256": run.classes_sha256,
            "pictures": run.pictures,
            "replayed": run.replayed,
        },
        "base weights": {
            name: getattr(run.base_weights, name) for name in ("kind", "source", "sha256")
        },
        "code": {"code_sha256": run.code_sha256},
        "hardware": {
            "backend": run.backend,
            **(
                {"device": fit.device, "precision": fit.precision, "batch": fit.batch}
                | fit.hardware.to_dict()
                if fit
                else {}
            ),
        },
        "packages": fit.packages if fit else {},
    }


def _differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[Difference, ...]:
    return tuple(
        Difference(what=name, a=_text(a.get(name)), b=_text(b.get(name)))
        for name in {**a, **b}
        if a.get(name) != b.get(name)
    )


def _measured(
    store: ObjectStore, one: RunView, two: RunView
) -> tuple[tuple[HazardPair, ...], list[str]]:
    """Return the pairs of numbers that may stand beside each other, and what is unfair about them."""
    unfair = [
        f"{view.line.run_id} was not measured: safety-tasks benchmark {view.line.run_id}"
        for view in (one, two)
        if view.benchmark is None
    ]
    mine, theirs = one.benchmark, two.benchmark
    if mine is None or theirs is None:
        return (), unfair
    if mine.manifest_sha256 != theirs.manifest_sha256:
        holdouts = [_holdout(store, report.dataset_version) for report in (mine, theirs)]
        if holdouts[0] is None or holdouts[0] != holdouts[1]:
            unfair.append(
                f"different holdouts: version {mine.dataset_version} and version {theirs.dataset_version}. "
                "Their numbers say nothing about which model is better"
            )
            return (), unfair
        unfair.append(
            "the same holdout, in two versions: the thresholds were chosen on other val pictures, which moves recall"
        )
    if mine.classes_sha256 != theirs.classes_sha256:
        unfair.append("other classes: only the hazards that both know are shown")
    if mine.latency.machine != theirs.latency.machine:
        unfair.append("the times of a frame are of different machines")
    pairs = tuple(
        HazardPair(
            hazard=name,
            a_ap50=score.ap50,
            b_ap50=theirs.hazards[name].ap50,
            a_recall=score.recall,
            b_recall=theirs.hazards[name].recall,
        )
        for name, score in mine.hazards.items()
        if name in theirs.hazards
    )
    return pairs, unfair


def _holdout(store: ObjectStore, version_id: str) -> str | None:
    try:
        return read_version(store, version_id).holdout.sha256
    except SafetyTasksError:  # gone or altered: nothing can be said of it
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return (
        ", ".join(str(part) for part in value) if isinstance(value, (list, tuple)) else str(value)
    )
