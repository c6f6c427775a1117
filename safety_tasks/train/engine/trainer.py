"""The framework's trainer, made to survive and to be quick on a CPU.

Rules: what is changed is changed in this class, since with several GPUs the framework imports it by name in children
of its own; checkpoints are plain tensors, written whole after each epoch; numbers that run away end the training by
name; no plots, no callbacks, no network, no second validation at the end. Only imported where the framework is.
"""

import logging
import time
from pathlib import Path
from typing import Any, Final
from unittest import mock

import torch
from ultralytics.data import base as pictures
from ultralytics.data import dataset as labels
from ultralytics.engine import trainer as engine
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils import DEFAULT_CFG, LOCAL_RANK, RANK
from ultralytics.utils.torch_utils import init_seeds, unset_deterministic
from ultralytics.utils.tqdm import TQDM

from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.checkpoints import last_checkpoint, unpack
from safety_tasks.train.engine.children import train_in_children
from safety_tasks.train.engine.devices import cpu_threads
from safety_tasks.train.engine.fit_plan import leave_problem, read_plan, say_epoch
from safety_tasks.train.engine.framework_problems import as_problem, named, not_finite
from safety_tasks.train.engine.loading import class_names, load_base, require_same_network
from safety_tasks.train.engine.numerics import EpochAverage, FloatLoss, NoLoss, amp_fits
from safety_tasks.train.engine.saving import Saver

log = logging.getLogger("safety_tasks")
_NO_RETRIES_LEFT: Final = (
    3  # of the framework's own answer to little memory; the engine's holds for every device
)


class _NoBar(TQDM):
    """The framework's bar, never shown, whatever the one who makes it says."""

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **(words | {"disable": True}))


_Base: Any = DetectionTrainer  # its own types say less than it does


class SafetyTrainer(_Base):  # type: ignore[misc]
    """Trains by the plan in its project folder; ``listener`` hears of each epoch in this process."""

    model: Any

    def __init__(
        self, cfg: Any = DEFAULT_CFG, overrides: Any = None, _callbacks: Any = None
    ) -> None:
        super().__init__(cfg, overrides, _callbacks)
        self.project = Path(self.args.project)
        self.plan = read_plan(self.project)
        self.found = last_checkpoint(Path(self.plan.checkpoints), self.plan.inputs_sha256)
        self.saver = Saver(self.plan, self.found)
        self.listener: Any = None
        self._is_warm_start = False

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.data["names"].values())

    def run_callbacks(self, event: str) -> None:
        """Do nothing: whoever watches is told of epochs, and the framework's integrations report nothing."""

    def train(self) -> None:
        """Train, here or in children; a child leaves what ended it for the process that started it."""
        if self.ddp:
            try:
                train_in_children(self, self.project, self._tell)
            finally:
                unset_deterministic()  # type: ignore[no-untyped-call]
            return
        try:
            super().train()
        except Exception as problem:
            if LOCAL_RANK != -1:
                error = named(problem, what=self.plan.what, folder=Path(self.plan.folder))
                leave_problem(self.project, RANK, as_problem(error))
            raise

    def setup_model(self) -> Any:
        """Build the network from our own description; fill it from the checkpoint, or from the base weights."""
        if isinstance(self.model, torch.nn.Module):
            return None
        base = load_base(Path(self.plan.base)) if self.plan.base else None
        self._is_warm_start = base is not None and class_names(base) == self._names
        if self.found is None:
            self.model = self.get_model(f"{self.plan.recipe.model}.yaml", base)
            return None
        self.model = self.get_model(f"{self.plan.recipe.model}.yaml")
        state = unpack(Path(self.plan.checkpoints) / self.found.state.name)
        self.model.load_state_dict(state["model"])
        # Other pictures in another order than the first epochs saw.
        seed = self.args.seed + 1 + RANK + 10_000 * self.found.epoch
        init_seeds(seed, self.args.deterministic)  # type: ignore[no-untyped-call]
        return state

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        """Build a network; rows of classes that the base knows stay when classes were added behind them."""
        model = super().get_model(cfg, weights, verbose=False)
        if weights is None:
            return model
        require_same_network(model, weights, Path(self.plan.base or "").name)
        old, new = class_names(weights), self._names
        if 0 < len(old) < len(new) and new[: len(old)] == old:
            from safety_tasks.train.engine.head import keep_class_rows

            kept = keep_class_rows(model, weights, old, new)
            self.saver.note(
                f"{len(old)} classes became {len(new)}: {kept} tensors of the head kept the old classes' rows"
            )
        return model

    def build_dataset(self, *args: Any, **words: Any) -> Any:
        """Read the pictures without the framework's bars, which fill a log with control characters."""
        with mock.patch.object(pictures, "TQDM", _NoBar), mock.patch.object(labels, "TQDM", _NoBar):
            return super().build_dataset(*args, **words)

    def _setup_train(self) -> None:
        with mock.patch.object(engine, "check_amp", amp_fits):  # its own check fetches a model
            super()._setup_train()
        self.ema.ema.criterion = NoLoss()
        steps = len(self.train_loader) // max(1, round(self.args.nbs / self.batch_size))
        self.ema.decay = average = EpochAverage(round(steps * self.plan.recipe.average_epochs))
        if self._is_warm_start:
            # The framework's 0.1 helps random biases along, and throws trained ones about: one epoch took a champion's
            # mAP50 from 0.48 to 0.06.
            self.args.warmup_bias_lr = 0.0
            if self.found is None:
                self.ema.updates = average.trusted
        if self.device.type == "cpu":
            self._set_threads()
            self.model.to(memory_format=torch.channels_last)
            self.ema.ema.to(memory_format=torch.channels_last)
        if self.plan.precision == "bfloat16":
            self.model.criterion = FloatLoss(self.model.init_criterion())

    def resume_training(self, ckpt: Any) -> None:
        """Take optimiser, moving average, best score and patience from the checkpoint."""
        if self.found is None or ckpt is None:
            return
        for saved, group in zip(
            ckpt["optimizer"]["param_groups"], self.optimizer.param_groups, strict=True
        ):
            # The device picks the kernel, and the batch the decay: either may be another one now.
            saved |= {"fused": group.get("fused"), "weight_decay": group["weight_decay"]}
        self.optimizer.load_state_dict(ckpt["optimizer"])
        if ckpt["scaler"]:
            self.scaler.load_state_dict(ckpt["scaler"])
        self.ema.ema.load_state_dict(ckpt["ema"])
        self.ema.updates = ckpt["updates"]
        self.best_fitness = ckpt["best_fitness"]
        self.stopper.__dict__.update(ckpt["stopper"])
        self.start_epoch = self.found.epoch

    def _model_train(self) -> None:
        super()._model_train()
        self._oom_retries = _NO_RETRIES_LEFT
        self._epoch_began = time.monotonic()
        if self.device.type == "cpu":
            self._set_threads()

    def _set_threads(self) -> None:
        # The framework sets a count of its own, one too few, whenever it selects a device.
        torch.set_num_threads(cpu_threads(self.plan.recipe.imgsz_px))

    def preprocess_batch(self, batch: Any) -> Any:
        """Prepare a batch; within the loop's autocast context, which restores what is set here when it ends."""
        if self.plan.precision == "bfloat16":
            torch.set_autocast_enabled("cpu", True)
            torch.set_autocast_dtype("cpu", torch.bfloat16)
        return super().preprocess_batch(batch)

    def optimizer_step(self) -> None:
        """Step, unless the loss ran away; on an accelerator that is looked at once an epoch, since looking waits."""
        if self.device.type == "cpu" and not self.loss.isfinite():
            raise not_finite(self.plan.what, self.epoch + 1, f"a loss of {float(self.loss)}")
        super().optimizer_step()

    def validate(self) -> Any:
        """Measure on val, unless the recipe says not to."""
        self._require_finite()
        return super().validate() if self.args.val else (self.metrics, None)

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """Raise instead of trying the same again from the last epoch."""
        self._require_finite()
        return False

    def _require_finite(self) -> None:
        values = {name: float(value) for name, value in (self.tloss or {}).items()}
        odd = {name: value for name, value in values.items() if not abs(value) < float("inf")}
        if odd:
            found = ", ".join(f"{name} = {value}" for name, value in odd.items())
            raise not_finite(self.plan.what, self.epoch + 1, found)

    def save_metrics(self, metrics: Any) -> None:
        """Write nothing: the curves are of the checkpoint."""

    def read_results_csv(self) -> dict[str, Any]:
        """Return nothing, for the same reason."""
        return {}

    def save_model(self) -> bool:
        """End an epoch: write the checkpoint, then tell of it."""
        epoch = self.saver.epoch_of(self, time.monotonic() - self._epoch_began)
        self.saver.save(self, epoch)
        self._tell(epoch)
        return False

    def _tell(self, epoch: Epoch) -> None:
        if self.listener is not None:
            self.listener(epoch)
        else:
            say_epoch(self.project, epoch)

    def final_eval(self) -> None:
        """Do nothing: the kept weights were measured when they were made."""
