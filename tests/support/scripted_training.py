"""A training whose epochs are told, with the interface of the real one."""

from collections.abc import Callable
from pathlib import Path

from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch, Fit, Hardware
from safety_tasks.train.engine.fit import Fitted

MACHINE = Hardware(machine="scripted", cores=1, memory_bytes=1, devices=("cpu",))


class ScriptedTraining:
    """A training whose epochs are told: ``map50(call, epoch)``, or what it raises at its start."""

    def __init__(self, map50: Callable[[int, int], float | None]) -> None:
        self.map50 = map50
        self.best_epoch = 0
        self.raises: dict[int, Exception] = {}
        self.recipes: list[Recipe] = []
        self.inputs: list[str] = []
        self.folders: list[Path] = []
        self.clock, self.epoch_s = 0.0, 0.0

    def __call__(
        self,
        data_yaml: Path,
        base: Path | None,
        recipe: Recipe,
        folder: Path,
        *,
        inputs_sha256: str,
        progress: Callable[[Epoch], None] = lambda epoch: None,
        checkpoints: Path | None = None,
    ) -> Fitted:
        """Tell the epochs."""
        assert data_yaml.is_file()
        folder.mkdir(parents=True, exist_ok=True)
        call = len(self.recipes) + 1
        self.recipes.append(recipe)
        self.inputs.append(inputs_sha256)
        self.folders.append(folder)
        if call in self.raises:
            raise self.raises[call]
        for number in range(1, recipe.epochs + 1):
            self.clock += self.epoch_s
            value = self.map50(call, number)
            progress(
                Epoch(
                    number=number,
                    total=recipe.epochs,
                    seconds=1,
                    eta_s=1,
                    box_loss=1,
                    cls_loss=1,
                    dfl_loss=1,
                    map50=value,
                    map50_95=value and value / 2,
                )
            )
        fit = Fit(
            device="cpu",
            precision="float32",
            hardware=MACHINE,
            packages={},
            epochs_done=recipe.epochs,
            best_epoch=self.best_epoch or recipe.epochs,
            batch=recipe.batch,
            seconds=1,
            code_sha256="0" * 64,
        )
        return Fitted(fit, folder / "best.pt", folder / "curves.csv", folder / "curves.png")
