"""The model that benchmarks share is trained once for a dataset and a recipe."""

from pathlib import Path

import pytest

from benchmarks.trained_model import shared_model
from safety_tasks.profiles import load_recipe

pytestmark = pytest.mark.slow


def test_the_same_dataset_and_recipe_train_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking again returns the first model without training; another recipe would train another."""
    recipe = load_recipe("undertrained")
    first = shared_model(tmp_path, recipe, pictures=48, scenes=6)

    def train(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("safety_tasks.train.verb.fit_detector", train)
    again = shared_model(tmp_path, recipe, pictures=48, scenes=6)
    assert again.exported == first.exported
    assert first.version.version_id in again.exported.run_id
    with pytest.raises(AssertionError, match="trained again"):
        shared_model(tmp_path, load_recipe("undertrained", seed=1), pictures=48, scenes=6)
