"""A recipe in the framework's words: nothing of it is left to the framework's defaults."""

from pathlib import Path

import pytest

from safety_tasks.records.recipe import Recipe
from safety_tasks.train.engine.devices import Device
from safety_tasks.train.engine.framework_arguments import arguments

# What is decided elsewhere: by the network's description, the picking of pictures, the engine, the class map.
ELSEWHERE = {
    "name",
    "model",
    "start_from_scratch",
    "data_fraction",
    "replay_share",
    "champion_share",
    "average_epochs",
    "device",
    "precision",
    "classes_sha256",
}
OTHER = Recipe(
    name="other",
    epochs=7,
    imgsz_px=96,
    batch=3,
    nominal_batch=5,
    optimizer="SGD",
    lr0=0.02,
    lr_final_share=0.3,
    weight_decay=0.01,
    warmup_epochs=1.5,
    freeze_layers=4,
    patience_epochs=9,
    validate_each_epoch=False,
    cache_pictures=True,
    mosaic=0.1,
    close_mosaic_epochs=2,
    mixup=0.2,
    hsv_h=0.11,
    hsv_s=0.12,
    hsv_v=0.13,
    degrees=14.0,
    translate=0.15,
    scale=0.16,
    fliplr=0.17,
    flipud=0.18,
    seed=19,
)


def _said(recipe: Recipe, device: Device) -> dict[str, object]:
    return arguments(Path("data.yaml"), recipe, device, recipe.batch, Path("out"))


def test_every_field_changes_an_argument() -> None:
    """Each field of the recipe that is not decided elsewhere reaches the framework."""
    cpu, plain = Device("cpu"), Recipe(name="plain")
    before = _said(plain, cpu)
    for field in set(Recipe.model_fields) - ELSEWHERE:
        value = getattr(OTHER, field)
        assert value != getattr(plain, field), field
        assert _said(plain.model_copy(update={field: value}), cpu) != before, field


@pytest.mark.slow
def test_the_framework_knows_every_word() -> None:
    """No argument is misspelt: the framework's own configuration takes them all and keeps the values."""
    from ultralytics.cfg import get_cfg

    for device in (Device("cpu"), Device("cuda", (0, 1))):
        said = _said(OTHER, device)
        taken = vars(get_cfg(overrides=said))
        assert {name: taken[name] for name in said} == said


def test_mixed_precision_and_workers_are_cudas() -> None:
    """On a CPU the framework's AMP is off and pictures are read in this process."""
    assert [_said(OTHER, Device("cpu"))[name] for name in ("amp", "workers", "device")] == [
        False,
        0,
        "cpu",
    ]
    cuda = _said(OTHER, Device("cuda", (0, 1)))
    assert [cuda[name] for name in ("amp", "workers", "device")] == [True, 8, "0,1"]
