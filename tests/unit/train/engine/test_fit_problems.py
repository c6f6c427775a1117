"""What goes wrong while training has a name and a next step, and what was trained before is not lost."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from support.crash import crashing
from support.tiny_training import INPUTS, TINY, drawn_dataset

from safety_tasks.errors import (
    BaseWeightsMissing,
    DatasetEmpty,
    DeviceMissing,
    DiskFull,
    LossNotFinite,
    OutOfMemory,
)
from safety_tasks.train.engine.checkpoints import last_checkpoint
from safety_tasks.train.engine.fit import Fitted, fit_detector

pytestmark = pytest.mark.slow
_UNBOUNDED = 1 << 60


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a drawn dataset."""
    return drawn_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture
def fit(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Fitted]:
    """Give a fit of the tiny recipe with other values, in one folder."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))

    def run(base: Path | None = None, described: Path = data, **values: Any) -> Fitted:
        recipe = TINY.model_copy(update=values)
        return fit_detector(described, base, recipe, tmp_path / "out", inputs_sha256=INPUTS)

    return run


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any, Any], None]], None]:
    """Give a way to do something to a trainer and its batch at each step."""
    from safety_tasks.train.engine.trainer import SafetyTrainer

    prepare = SafetyTrainer.preprocess_batch

    def install(act: Callable[[Any, Any], None]) -> None:
        def prepared(self: Any, batch: Any) -> Any:
            ready = prepare(self, batch)
            act(self, ready)
            return ready

        monkeypatch.setattr(SafetyTrainer, "preprocess_batch", prepared)

    return install


def _cuda() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def _python() -> None:
    raise MemoryError


def _allocator() -> None:
    torch.empty(_UNBOUNDED, dtype=torch.uint8)


@pytest.mark.parametrize(("run_out", "epoch"), [(_cuda, 0), (_python, 1), (_allocator, 1)])
def test_little_memory_halves_the_batch(
    fit: Callable[..., Fitted], at_step: Any, run_out: Callable[[], None], epoch: int
) -> None:
    """Memory for two pictures a step, not for four: said in the record, and no epoch is done twice."""
    begun: list[tuple[int, int]] = []

    def act(trainer: Any, batch: Any) -> None:
        begun.append((trainer.epoch, trainer.batch_size))
        if trainer.epoch == epoch and len(batch["img"]) > 2:
            run_out()

    at_step(act)
    fitted = fit()
    assert (fitted.fit.batch, fitted.fit.epochs_done, fitted.fit.resumed_after) == (2, 2, ())
    assert fitted.fit.notes == ("memory ran out with batch 4: went on with 2",)
    assert list(dict.fromkeys(begun)) == (
        [(0, 4), (0, 2), (1, 2)] if epoch == 0 else [(0, 4), (1, 4), (1, 2)]
    )
    rows = fitted.curves.read_text().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["1", "2"]


def test_no_memory_for_one_picture_is_an_error(fit: Callable[..., Fitted], at_step: Any) -> None:
    """Batch 4, 2, 1, then no more."""
    tried: list[int] = []

    def act(trainer: Any, batch: Any) -> None:
        tried.append(trainer.batch_size)
        _allocator()

    at_step(act)
    with pytest.raises(OutOfMemory, match=r"batch 1: expected enough memory .* Lower imgsz_px"):
        fit()
    assert tried == [4, 2, 1]


def test_a_loss_that_is_no_number_ends_training_by_name(
    fit: Callable[..., Fitted], at_step: Any, tmp_path: Path
) -> None:
    """NaN in the second epoch is told as such; the first epoch's checkpoint is finite and stays."""

    def act(trainer: Any, batch: Any) -> None:
        if trainer.epoch == 1:
            batch["img"] *= float("nan")

    at_step(act)
    with pytest.raises(LossNotFinite, match=r"nan.* in epoch 2\. Lower lr0"):
        fit()
    found = last_checkpoint(tmp_path / "out" / "checkpoints", INPUTS)
    assert found is not None
    assert found.epoch == 1


def test_weights_that_are_no_numbers_are_not_kept(
    fit: Callable[..., Fitted], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A finite loss does not hide an average that is NaN."""
    from safety_tasks.train.engine.trainer import SafetyTrainer

    def poison(self: Any) -> Any:
        next(self.ema.ema.parameters()).data.fill_(float("nan"))
        return self.metrics, 0.5

    monkeypatch.setattr(SafetyTrainer, "validate", poison)
    with pytest.raises(LossNotFinite, match=r"weights that are NaN"):
        fit()
    assert last_checkpoint(tmp_path / "out" / "checkpoints", INPUTS) is None


@pytest.mark.parametrize("step", [1, 9, 14])
def test_a_full_disk_is_named_and_loses_nothing(
    fit: Callable[..., Fitted], tmp_path: Path, step: int
) -> None:
    """ENOSPC at a write: folder and free bytes are told, no half of a file counts; with room it goes on."""
    problem = OSError(errno.ENOSPC, "No space left on device")
    with crashing(step, problem), pytest.raises(DiskFull, match=r"out, found \d+ bytes free"):
        fit()
    assert not list((tmp_path / "out").rglob("*.partial"))
    before = last_checkpoint(tmp_path / "out" / "checkpoints", INPUTS)
    done = 0 if before is None else before.epoch
    fitted = fit()
    assert fitted.fit.epochs_done == 2
    assert fitted.fit.resumed_after == ((done,) if 0 < done < 2 else ())


@pytest.mark.parametrize(("train", "val"), [(0, 2), (2, 0)])
def test_a_dataset_without_pictures_is_named(
    fit: Callable[..., Fitted], tmp_path: Path, train: int, val: int
) -> None:
    """Neither split may be empty."""
    described = drawn_dataset(tmp_path / "few", train=train, val=val)
    with pytest.raises(DatasetEmpty, match="expected pictures in train and in val"):
        fit(described=described)


def test_a_device_that_is_not_there_is_named(fit: Callable[..., Fitted]) -> None:
    """Nothing is trained elsewhere instead."""
    with pytest.raises(DeviceMissing, match=r"expected cuda:63, found .*cpu"):
        fit(device="cuda:63")


def test_missing_base_weights_are_named(fit: Callable[..., Fitted], tmp_path: Path) -> None:
    """Neither a download nor random weights stand in."""
    with pytest.raises(BaseWeightsMissing, match="expected a file"):
        fit(base=tmp_path / "yolov8n.pt")
