"""A trainer that stands in for the engine inside a job, and what it tells and leaves."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch, Fit, Hardware
from safety_tasks.train.engine import fit
from safety_tasks.train.engine.curves import curves_csv, row_of

FIT = Fit(
    device="cpu",
    precision="float32",
    hardware=Hardware(machine="m", cores=1, memory_bytes=1, devices=("cpu",)),
    packages={},
    epochs_done=1,
    best_epoch=1,
    batch=4,
    seconds=1.0,
    code_sha256="0" * 64,
)
EPOCH = Epoch(
    number=1,
    total=2,
    seconds=1,
    eta_s=1,
    box_loss=1,
    cls_loss=1,
    dfl_loss=1,
    map50=0.5,
    map50_95=0.25,
)


@dataclass
class Trainer:
    """Stands in for the engine, behind its own signature; ``problem`` is raised instead of a result."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    problem: Exception | None = None

    def fit_detector(
        self,
        data_yaml: Path,
        base: Path | None,
        recipe: Recipe,
        folder: Path,
        *,
        inputs_sha256: str,
        progress: Callable[[Epoch], None] = lambda epoch: None,
        checkpoints: Path | None = None,
    ) -> fit.Fitted:
        """Note what was asked for, tell two epochs as the engine does, leave its files."""
        labels = sorted(path.parent.name for path in data_yaml.parent.glob("labels/*/*.txt"))
        self.calls.append({**locals(), "labels": labels})
        worse = EPOCH.model_copy(update={"number": 2, "map50": 0.25, "map50_95": 0.125})
        logging.getLogger("safety_tasks").info(EPOCH.line())
        logging.getLogger("safety_tasks").info(worse.line())
        progress(EPOCH)
        if self.problem:
            raise self.problem
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("w.pt", "c.png"):
            (folder / name).write_bytes(name.encode())
        (folder / "c.csv").write_bytes(curves_csv([row_of(EPOCH, 0.1), row_of(worse, 0.1)]))
        return fit.Fitted(FIT, folder / "w.pt", folder / "c.csv", folder / "c.png")
