"""What makes a step quick: the network multiplies in bfloat16, the loss does not; rows last in memory; all threads."""

from pathlib import Path
from typing import Any

import pytest
import torch
from support.tiny_training import INPUTS, TINY, drawn_dataset

from safety_tasks.train.engine.fit import fit_detector
from safety_tasks.train.engine.numerics import EpochAverage, FloatLoss, NoLoss

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("precision", "inside"), [("bfloat16", torch.bfloat16), ("float32", torch.float32)]
)
def test_how_a_step_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, inside: torch.dtype
) -> None:
    """Seen from within a training: element types, memory order, threads; validation is in float32 in any case."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    from ultralytics.utils.loss import v8DetectionLoss

    from safety_tasks.train.engine import trainer as module

    seen: dict[str, set[Any]] = {"train": set(), "val": set(), "loss": set(), "order": set()}
    set_up, lose = module.SafetyTrainer._setup_train, v8DetectionLoss.__call__

    def watched(self: Any) -> None:
        set_up(self)
        for name, model in (("train", self.model), ("val", self.ema.ema)):
            layer = model.model[1].conv

            def look(_: Any, given: Any, found: Any, name: str = name) -> None:
                seen[name].add(found.dtype)
                if name == "train":
                    seen["order"].add(found.is_contiguous(memory_format=torch.channels_last))

            layer.register_forward_hook(look)

    def heard(self: Any, predictions: Any, batch: Any) -> Any:
        seen["loss"].add(predictions["scores"].dtype)
        return lose(self, predictions, batch)

    monkeypatch.setattr(module.SafetyTrainer, "_setup_train", watched)
    monkeypatch.setattr(v8DetectionLoss, "__call__", heard)
    # Hooks cannot be written into weights.
    monkeypatch.setattr("safety_tasks.train.engine.saving.kept_weights", lambda trainer: b"weights")
    monkeypatch.setattr(module, "cpu_threads", lambda imgsz_px: 3)
    threads: set[int] = set()
    recipe = TINY.model_copy(update={"precision": precision, "epochs": 1})
    fit_detector(
        drawn_dataset(tmp_path / "data"),
        None,
        recipe,
        tmp_path / "out",
        inputs_sha256=INPUTS,
        progress=lambda epoch: threads.add(torch.get_num_threads()),
    )
    assert seen == {
        "train": {inside},
        "val": {torch.float32},
        "loss": {torch.float32},
        "order": {True},
    }
    assert threads == {3}
    assert not torch.is_autocast_enabled("cpu")


def test_predictions_become_float32_whatever_holds_them() -> None:
    """Tensors in lists, tuples and mappings; what is no tensor stays."""
    half = torch.ones(1, dtype=torch.bfloat16)
    given: list[Any] = []
    FloatLoss(lambda predictions, batch: given.append(predictions))(
        {"a": half, "b": [half, (half, "word")]}, {}
    )
    found = given[0]
    parts = [found["a"], found["b"][0], found["b"][1][0]]
    assert {part.dtype for part in parts} == {torch.float32}
    assert found["b"][1][1] == "word"
    assert NoLoss()(half, {}) == (0.0, {})


@pytest.mark.parametrize("steps", [1, 2, 10, 50, 3000])
def test_the_average_is_over_an_epoch_or_the_frameworks_own(steps: int) -> None:
    """It grows from the first step's weights alone to an epoch's, and never averages over less than the framework."""
    from ultralytics.utils.torch_utils import ModelEMA

    average = EpochAverage(steps)
    theirs = ModelEMA(torch.nn.Linear(1, 1)).decay
    shares = [average(step) for step in range(0, 8 * steps + 8)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert all(theirs(step) <= share < 1 for step, share in enumerate(shares))
    assert average(average.trusted) >= 0.98 * (1 - 1 / steps)
    assert average(1_000_000) == theirs(1_000_000)


def test_an_epoch_without_a_whole_step_has_an_average() -> None:
    """Fewer pictures than an optimiser step has: the average is the framework's."""
    assert EpochAverage(0)(1) == EpochAverage(1)(1) > 0
