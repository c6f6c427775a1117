"""A whole fit: what it leaves, what it does when asked again, and what a grown class map keeps."""

import logging
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from support.tiny_training import INPUTS, NAMES, TINY, drawn_dataset

from safety_tasks.config import code_digest
from safety_tasks.records.training import Epoch, Fit
from safety_tasks.train.engine import devices
from safety_tasks.train.engine.checkpoints import last_checkpoint, unpack
from safety_tasks.train.engine.fit import Fitted, fit_detector
from safety_tasks.train.engine.loading import class_names, load_base

pytestmark = pytest.mark.slow
OTHER = "2" * 64


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Fitted, list[Epoch]]:
    """Give a finished fit of two epochs, and what it told."""
    root = tmp_path_factory.mktemp("fit")
    told: list[Epoch] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFETY_TASKS_WORK_DIR", str(root / "work"))
        data = drawn_dataset(root / "data")
        fitted = fit_detector(
            data, None, TINY, root / "out", inputs_sha256=INPUTS, progress=told.append
        )
    return root, data, fitted, told


def test_a_fit_leaves_weights_record_and_curves(
    first: tuple[Path, Path, Fitted, list[Epoch]],
) -> None:
    """The record says what happened, the weights are a detector of the classes, the curves have a row an epoch."""
    root, _, fitted, told = first
    fit = fitted.fit
    assert (fit.device, fit.precision, fit.batch, fit.epochs_done) == ("cpu", "float32", 4, 2)
    assert (fit.resumed_after, fit.notes) == ((), ())
    assert fit.code_sha256 == code_digest()
    assert set(fit.packages) >= {"torch", "torchvision", "ultralytics", "numpy", "opencv-python"}
    assert fit.hardware == devices.hardware(devices.resolve_device("cpu"))
    assert fit.seconds >= sum(epoch.seconds for epoch in told) > 0
    assert [(epoch.number, epoch.total) for epoch in told] == [(1, 2), (2, 2)]
    assert told[0].eta_s > told[1].eta_s == 0
    assert all(epoch.map50 is not None and epoch.map50_95 is not None for epoch in told)
    assert class_names(load_base(fitted.weights)) == NAMES
    rows = fitted.curves.read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1", "2"]
    assert fitted.curves_picture.read_bytes().startswith(b"\x89PNG")
    assert Fit.from_json_bytes((root / "out" / "fit.json").read_bytes(), what="fit") == fit
    assert not (root / "out" / "fit").exists()
    assert str(root).encode() not in fitted.weights.read_bytes()


def test_a_log_holds_only_our_lines(
    first: tuple[Path, Path, Fitted, list[Epoch]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The framework prints nothing of its own, neither bars nor control characters, also where it keeps pictures."""
    recipe = TINY.model_copy(update={"epochs": 1, "cache_pictures": True})
    fit_detector(first[1], None, recipe, tmp_path / "out", inputs_sha256=INPUTS)
    assert capfd.readouterr() == ("", "")


def test_the_same_again_trains_nothing(first: tuple[Path, Path, Fitted, list[Epoch]]) -> None:
    """Asked again with the same inputs, the finished fit is returned; a lost file is written from the checkpoint."""
    root, data, fitted, told = first
    count = len(told)
    whole = fitted.weights.read_bytes()
    for torn in (False, True):
        if torn:
            fitted.weights.write_bytes(b"torn")
        again = fit_detector(
            data, None, TINY, root / "out", inputs_sha256=INPUTS, progress=told.append
        )
        assert again.weights.read_bytes() == whole
        assert (again.fit, len(told)) == (fitted.fit, count)


def test_other_inputs_begin_anew_and_a_cut_fit_continues_exactly(
    first: tuple[Path, Path, Fitted, list[Epoch]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever listens may end a fit; the next one has weights, average and optimiser of its last epoch."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    _, data, _, _ = first
    out = tmp_path / "out"

    class StopError(RuntimeError):
        """Ends a fit: no subclass of the project's errors, and no problem of the framework."""

    def stop(epoch: Epoch) -> None:
        raise StopError(f"out of memory {epoch.number}")

    recipe = TINY.model_copy(update={"epochs": 3, "optimizer": "AdamW", "lr0": 0.001})
    with pytest.raises(StopError, match="out of memory 1"):
        fit_detector(data, None, recipe, out, inputs_sha256=INPUTS, progress=stop)
    found = last_checkpoint(out / "checkpoints", INPUTS)
    assert found is not None
    before = unpack(out / "checkpoints" / found.state.name)
    restored: list[bool] = []
    from safety_tasks.train.engine.trainer import SafetyTrainer

    take_up = SafetyTrainer._setup_train

    def watched(self: SafetyTrainer) -> None:
        take_up(self)
        now = (self.model.state_dict(), self.ema.ema.state_dict())
        for name, values in zip(("model", "ema"), now, strict=True):
            restored.extend(torch.equal(values[key], before[name][key]) for key in values)
        moments = self.optimizer.state_dict()["state"]
        restored.extend(
            torch.equal(moments[key]["exp_avg"], before["optimizer"]["state"][key]["exp_avg"])
            for key in moments
        )
        restored.append(self.ema.updates == before["updates"] > 0)
        restored.append(self.best_fitness == before["best_fitness"])
        restored.append(self.stopper.best_epoch == before["stopper"]["best_epoch"])

    monkeypatch.setattr(SafetyTrainer, "_setup_train", watched)
    fitted = fit_detector(data, None, recipe, out, inputs_sha256=INPUTS)
    assert len(restored) > 500
    assert all(restored)
    assert (fitted.fit.resumed_after, fitted.fit.epochs_done) == ((1,), 3)
    monkeypatch.setattr(SafetyTrainer, "_setup_train", take_up)
    anew = fit_detector(data, None, TINY, out, inputs_sha256=OTHER)
    assert (anew.fit.resumed_after, anew.fit.epochs_done) == ((), 2)
    assert last_checkpoint(out / "checkpoints", INPUTS) is None


def test_a_warm_start_begins_gently(
    first: tuple[Path, Path, Fitted, list[Epoch]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of the same classes fills the average at once, and its biases are left alone, resumed or not."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    from safety_tasks.train.engine.trainer import SafetyTrainer

    _, data, old, _ = first
    bias_lr: list[float] = []
    set_up = SafetyTrainer._setup_train

    def watched(self: SafetyTrainer) -> None:
        set_up(self)
        bias_lr.append(self.args.warmup_bias_lr)

    class CutError(Exception):
        """Ends a fit after its first epoch."""

    def cut(epoch: Epoch) -> None:
        raise CutError

    monkeypatch.setattr(SafetyTrainer, "_setup_train", watched)
    steps = 2  # eight pictures, four a step
    for name, base, average_epochs, begun, lr in (
        ("warm", old.weights, 1.0, 4 * steps, 0.0),
        ("long average", old.weights, 2.5, 4 * 2.5 * steps, 0.0),
        ("scratch", None, 1.0, 0, 0.1),
    ):
        out = tmp_path / name
        recipe = TINY.model_copy(update={"average_epochs": average_epochs})
        for number, progress in ((1, cut), (2, lambda epoch: None)):
            with suppress(CutError):
                fit_detector(data, base, recipe, out, inputs_sha256=INPUTS, progress=progress)
            found = last_checkpoint(out / "checkpoints", INPUTS)
            assert found is not None
            updates = unpack(out / "checkpoints" / found.state.name)["updates"]
            assert updates == begun + number * steps
        assert bias_lr == [lr, lr]
        bias_lr.clear()


def test_a_new_class_keeps_what_the_old_ones_knew(
    first: tuple[Path, Path, Fitted, list[Epoch]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Three classes become four: noted, no validation asked for none done, bfloat16 taken as the recipe says."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    _, _, old, _ = first
    data = drawn_dataset(tmp_path / "data", names=(*NAMES, "leak"))
    recipe = TINY.model_copy(
        update={
            "epochs": 1,
            "validate_each_epoch": False,
            "precision": "bfloat16",
            "start_from_scratch": False,
        }
    )
    told: list[Epoch] = []
    with caplog.at_level(logging.INFO, "safety_tasks"):
        fitted = fit_detector(
            data, old.weights, recipe, tmp_path / "out", inputs_sha256=INPUTS, progress=told.append
        )
    assert told[0].line() in caplog.messages
    assert (told[0].map50, told[0].map50_95) == (None, None)
    assert fitted.fit.precision == "bfloat16"
    assert ["3 classes became 4" in note for note in fitted.fit.notes] == [True]
    assert class_names(load_base(fitted.weights)) == (*NAMES, "leak")
    assert fitted.curves.read_text().splitlines()[1].split(",")[5:7] == ["", ""]
