"""Prove before anything is paid for that a metric's regular expression finds its number in a real log line.

Rules: the lines are those of epochs that were really trained; each expression finds just one number in each line, and
that is the epoch's; the objective is among them; the expressions are the ones that the request will carry.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from safety_tasks.config import work_dir
from safety_tasks.errors import ConfigError, DatasetEmpty
from safety_tasks.records.base import Record
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.picture import Picture
from safety_tasks.records.training import METRICS, Epoch
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.preparing import prepare
from safety_tasks.train.tuning.plan import TunePlan

_FIELDS: Final = {
    "train:box_loss": "box_loss",
    "train:cls_loss": "cls_loss",
    "train:dfl_loss": "dfl_loss",
    "validation:mAP": "map50",
    "validation:mAP50-95": "map50_95",
}
_ROUNDED: Final = 5.1e-6  # a line holds five decimals
_PICTURES: Final = {"train": 8, "val": 4}


class Preflight(Record):
    """What was tried: the lines, and the value that each expression found in each."""

    lines: tuple[str, ...]
    found: dict[str, tuple[float, ...]]


def preflight(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    plan: TunePlan,
    settings: TrainSettings,
    *,
    folder: Path | None = None,
) -> Preflight:
    """Train for an epoch on a few pictures of the dataset, at 64 px from random weights, and read its line.

    Args:
        store: where the dataset is.
        version: the dataset version.
        validation: its successful validation.
        plan: the search.
        settings: where base weights come from.
        folder: scratch space; by default under the work folder.

    Raises:
        ConfigError: an expression is broken, or finds no number, another one or several.
        TrainingError: not validated, or the training failed.
        DatasetEmpty: there is nothing to train on.
    """
    scratch = ((folder or work_dir() / "tune") / plan.tune_id / "preflight").resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        prepared = prepare(store, version, validation, plan.recipe, plan.tune_id, settings, scratch)
        chosen = _a_few(prepared.pictures)
        data = write_dataset_folder(store, chosen, version.classes, scratch / "dataset")
        recipe = plan.recipe.model_copy(
            update={
                "epochs": 1,
                "imgsz_px": 64,
                "batch": 4,
                "nominal_batch": 4,
                "warmup_epochs": 0.0,
                "freeze_layers": 0,
                "start_from_scratch": True,
                "device": "cpu",
                "precision": "float32",
            }
        )
        epochs: list[Epoch] = []
        fit_detector(
            data,
            None,
            recipe,
            scratch / "fit",
            inputs_sha256=recipe.digest(),
            progress=epochs.append,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return require_readable(epochs, plan.space.objective)


def require_readable(
    epochs: Sequence[Epoch], objective: str, metrics: Mapping[str, str] = METRICS
) -> Preflight:
    """Return what the expressions find in the epochs' lines.

    Args:
        epochs: that were really trained; at least one.
        objective: the metric that decides which trial is best.
        metrics: name -> regular expression with one group.

    Raises:
        ConfigError: an expression is broken, or finds no number, another one or several.
    """
    if not epochs:
        raise ConfigError("metrics: expected lines of a real training to try them on, found none.")
    if objective not in metrics:
        raise ConfigError(
            f"metrics: expected the objective {objective} among them, found {', '.join(metrics)}."
        )
    found = {
        name: tuple(
            _number(name, regex, epoch, needed=name == objective)
            for epoch in epochs
            if name == objective or _value(name, epoch) is not None
        )
        for name, regex in metrics.items()
    }
    return Preflight(lines=tuple(epoch.line() for epoch in epochs), found=found)


def _number(name: str, regex: str, epoch: Epoch, *, needed: bool) -> float:
    value, line = _value(name, epoch), epoch.line()
    if value is None:
        why = "was not measured" if needed else "is no number of an epoch"
        raise ConfigError(
            f"metric {name}: expected a number in each line, found that it {why}: {line!r}."
        )
    try:
        pattern = re.compile(regex)
    except re.error as problem:
        raise ConfigError(
            f"metric {name}: expected a regular expression, found {regex!r}: {problem}. Correct METRICS."
        ) from problem
    if pattern.groups != 1:
        raise ConfigError(
            f"metric {name}: expected one group in its expression, found {pattern.groups} in {regex!r}. "
            "Correct METRICS."
        )
    texts = [match[1] for match in pattern.finditer(line)]
    if len(texts) != 1:
        raise ConfigError(
            f"metric {name}: expected its expression {regex!r} to find one number in {line!r}, found {texts}. "
            "Correct METRICS, or the line."
        )
    try:
        number = float(texts[0])
    except (TypeError, ValueError):
        number = float("nan")
    if not abs(number - value) <= _ROUNDED:
        raise ConfigError(
            f"metric {name}: expected {value:.5f} of the line {line!r}, found {texts[0]!r}. "
            "Correct METRICS, or the line."
        )
    return number


def _value(name: str, epoch: Epoch) -> float | None:
    if name not in _FIELDS:
        raise ConfigError(
            f"metric {name}: expected one of {', '.join(_FIELDS)}, which an epoch's line holds. Correct METRICS."
        )
    value: float | None = getattr(epoch, _FIELDS[name])
    return value


def _a_few(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """Return the first labelled pictures of each split."""
    chosen: list[Picture] = []
    for split, count in _PICTURES.items():
        of_split = [picture for picture in pictures if picture.split == split and picture.boxes]
        if not of_split:
            raise DatasetEmpty(
                f"preflight: expected a labelled picture in {split}, found none. Deliver more scenes."
            )
        chosen += of_split[:count]
    return tuple(chosen)
