"""Training through ``fit_detector`` ÷ plain ``yolo train``: wall with start-up, both in fresh processes.

Rules: the same recipe and base weights, said to both; plain's other defaults as they are (validation, plots, threads);
each trains on a copy of its own that neither has scanned before. Quicker counts only if the weights are as good: over
three seeds, both scored by one scorer on one val split, ours may not be worse by more than chance allows.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.result import NoResult, Pair, Result, judge
from safety_tasks.framework_env import prepare_framework, processor_flags
from safety_tasks.records.recipe import Recipe

NAME: Final = "train_speed"
SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
_WHAT: Final = "fit_detector / yolo train, wall with start-up"
_BAR_AMX: Final = 0.60
_BAR: Final = 0.90
_SEEDS: Final = (0, 1, 2)
_LEAST_MARGIN: Final = 0.01
_SPEED: Final = Recipe(name="speed", epochs=2, imgsz_px=320, device="cpu")
_GUARD: Final = _SPEED.model_copy(update={"name": "guard", "epochs": 6, "imgsz_px": 256})
# As the caller left it: scoring sets the framework's variables in this process, and plain training must not have them.
_ENVIRONMENT: Final = dict(os.environ)
_CHILD: Final = """
import json, sys
from pathlib import Path
from safety_tasks.records.recipe import Recipe
from safety_tasks.train.engine.fit import fit_detector
data, base, recipe, folder = sys.argv[1:5]
if __name__ == "__main__":
    fit_detector(
        Path(data), Path(base), Recipe.model_validate(json.loads(recipe)), Path(folder), inputs_sha256="0" * 64
    )
"""


@dataclass(frozen=True)
class Trained:
    """One training: its wall time in seconds, and its weights."""

    seconds: float
    weights: Path


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or base weights are missing, or ours is the worse model.
    """
    return compare(
        folder,
        speed_data=SHARED / "data" / "real",
        guard_data=SHARED / "data" / "mini",
        base=SHARED / "weights" / "yolov8n.pt",
        speed=_SPEED,
        guard=_GUARD,
    )


def compare(
    folder: Path, *, speed_data: Path, guard_data: Path, base: Path, speed: Recipe, guard: Recipe
) -> Result:
    """Measure on other data or with other recipes.

    Args:
        folder: a private folder, emptied first.
        speed_data: YOLO data with ``data.yaml``, trained on for the time.
        guard_data: the same, trained on for the accuracy.
        base: the weights that all start from.
        speed: the recipe for the time.
        guard: the recipe for the accuracy; its seed is varied.

    Raises:
        NoResult: pictures or base weights are missing, or ours is the worse model.
    """
    for path in (speed_data / "data.yaml", guard_data / "data.yaml", base):
        if not path.is_file():
            raise NoResult(f"{NAME}: expected {path.name} of the shared data, found none.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ours, plain = [], []
    for seed in _SEEDS:
        recipe = guard.model_copy(update={"seed": seed})
        where = folder / f"seed-{seed}"
        for scores, train in ((ours, _ours), (plain, _plain)):
            found = train(where / train.__name__.strip("_"), guard_data, base, recipe)
            scores.append(score(found.weights, guard_data, guard, where / "score"))
    extra = require_as_good(ours, plain)
    reference = _plain(folder / "speed-plain", speed_data, base, speed)
    measured = _ours(folder / "speed-ours", speed_data, base, speed)
    bar = _BAR_AMX if "amx_tile" in processor_flags() else _BAR
    pair = Pair(ours_s=measured.seconds, reference_s=reference.seconds)
    return judge(NAME, _WHAT, [pair], bar, extra, least_runs=1)


def require_as_good(ours: Sequence[float], plain: Sequence[float]) -> dict[str, float | str]:
    """Return what the guard measured.

    Args:
        ours: mAP50 of our models, one a seed.
        plain: of plain ones.

    Raises:
        NoResult: our mean is lower by more than a point and than two standard errors of the difference.
    """
    error = (sum(statistics.variance(each) / len(each) for each in (ours, plain))) ** 0.5
    margin = max(_LEAST_MARGIN, 2 * error)
    found = {
        "ours_map50": round(statistics.mean(ours), 4),
        "plain_map50": round(statistics.mean(plain), 4),
        "allowed_loss_map50": round(margin, 4),
        "seeds": len(ours),
    }
    if statistics.mean(ours) < statistics.mean(plain) - margin:
        raise NoResult(
            f"{NAME}: expected models as good as plain training's, found {found}: it is quicker at another task."
        )
    return dict(found)


def score(weights: Path, data: Path, recipe: Recipe, folder: Path) -> float:
    """Return mAP50 of weights on val, by the framework's own validation, the same for both."""
    prepare_framework(folder)
    from ultralytics import YOLO  # type: ignore[attr-defined]

    copy = _copy(data, folder / "data")
    found = YOLO(str(weights)).val(
        data=str(copy),
        imgsz=recipe.imgsz_px,
        batch=16,
        device="cpu",
        plots=False,
        verbose=False,
        rect=False,
        project=str(folder),
        name="val",
        exist_ok=True,
    )
    return float(found.box.map50)


def _ours(folder: Path, data: Path, base: Path, recipe: Recipe) -> Trained:
    copy = _copy(data, folder / "data")
    words = [sys.executable, "-c", _CHILD, str(copy), str(base), json.dumps(recipe.to_dict())]
    environment = {"SAFETY_TASKS_WORK_DIR": str(folder / "work")}
    seconds = _timed([*words, str(folder / "fit")], folder, environment)
    return Trained(seconds, folder / "fit" / "best.pt")


def _plain(folder: Path, data: Path, base: Path, recipe: Recipe) -> Trained:
    from safety_tasks.train.engine.framework_arguments import recipe_arguments

    said = recipe_arguments(recipe) | {
        "model": str(base),
        "data": str(_copy(data, folder / "data")),
        "device": "cpu",
        "project": str(folder),
        "name": "fit",
    }
    words = [f"{name}={value}" for name, value in said.items() if value is not None]
    # Plain reads weights as data, too, and fetches nothing: the network is no part of the comparison.
    environment = {
        "YOLO_CONFIG_DIR": str(folder),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "ULTRALYTICS_SAFE_LOAD": "1",
        "MPLBACKEND": "Agg",
    }
    command = str(Path(sys.executable).with_name("yolo"))
    seconds = _timed([command, "detect", "train", *words], folder, environment)
    return Trained(seconds, folder / "fit" / "weights" / "best.pt")


def _copy(data: Path, folder: Path) -> Path:
    """Copy YOLO data whose lists are relative; return the path of a description that names its folder."""
    shutil.rmtree(folder, ignore_errors=True)
    # The originals may be read-only, and the framework writes beside them what it scanned.
    shutil.copytree(data, folder, copy_function=shutil.copyfile)
    for path in (folder, *folder.rglob("*/")):
        path.chmod(0o755)
    described = folder / "data.yaml"
    text = described.read_text(encoding="utf-8")
    described.write_text(text.replace("path: .", f"path: {folder}"), encoding="utf-8")
    return described


def _timed(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    log = folder / "log.txt"
    started = time.monotonic()
    with log.open("wb") as stream:
        done = subprocess.run(
            words,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=_ENVIRONMENT | environment,
            check=False,
        )
    seconds = time.monotonic() - started
    if done.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise NoResult(f"{NAME}: a training ended with exit code {done.returncode}: {tail}")
    return seconds
