"""What is searched is inside the recipe's own ranges, and a trial's text becomes a recipe or an error."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_searches import SPACE, TINY, write_space

from safety_tasks.errors import ConfigError
from safety_tasks.profiles import load_recipe
from safety_tasks.records.recipe import Recipe
from safety_tasks.train.tuning.space import (
    NOT_SEARCHED,
    Choices,
    Range,
    SearchSpace,
    apply,
    apply_hyperparameters,
    require_searchable,
    trial_inputs,
)
from safety_tasks.train.tuning.space_file import load_space

WRONG = {
    "[lr]\nlow = 1\nhigh = 2": r"\[lr\]: expected a field of the recipe",
    "[lr0]\nlow = 0.1\nhigh = 0.1": r"\[lr0\]: low: expected less than high \(0.1\), found 0.1",
    "[lr0]\nlow = 0.2\nhigh = 0.1": r"\[lr0\]: low: expected less than high",
    "[mosaic]\nlow = 0.0\nhigh = 1.0\nlogarithmic = true": r"\[mosaic\]: low: expected above 0",
    "[lr0]\nlow = 0.1\nhigh = 1.5": r"\[lr0\]: high: .*less than or equal to 1, found 1.5",
    "[lr0]\nlow = 0.0\nhigh = 0.5": r"\[lr0\]: low: .*greater than 0, found 0.0",
    "[batch]\nlow = 16\nhigh = 1024": r"\[batch\]: high: .*less than or equal to 512",
    "[batch]\nlow = 16.0\nhigh = 64.0": r"\[batch\]: expected integers, found low = 16.0",
    "[batch]\nlow = 16": r"\[batch\]: expected low and high, or choices",
    "[batch]\nlow = true\nhigh = 64": r"\[batch\]: low",
    "[batch]\nlow = 16\nhigh = inf": r"\[batch\]: high",
    "[batch]\nlow = 16\nhigh = 64\nstep = 2": r"\[batch\]: step",
    "[imgsz_px]\nlow = 320\nhigh = 640": r"\[imgsz_px\]: expected choices, since not every number",
    "[imgsz_px]\nchoices = [320, 333]": r"\[imgsz_px\]: choices: .*multiple of 32, found 333",
    "[optimizer]\nlow = 1\nhigh = 2": r"\[optimizer\]: expected choices, since the field is no number",
    '[optimizer]\nchoices = ["SGD", "Adam"]': r"\[optimizer\]: choices: .*found 'Adam'",
    '[optimizer]\nchoices = ["SGD"]': r"\[optimizer\]: choices: expected two or more",
    '[optimizer]\nchoices = ["SGD", "SGD"]': r"\[optimizer\]: choices: expected two or more different",
    '[optimizer]\nchoices = ["SGD", "AdamW"]\nlow = 1': r"\[optimizer\]: expected either choices",
    "[cache_pictures]\nchoices = [true, 1]": r"\[cache_pictures\]: choices: .*found 1",
    "lr0 = 0.1": r"\[lr0\]: expected a table",
    "": "expected a table for each field to search, found none",
    'objective = "loss"\n[lr0]\nlow = 0.1\nhigh = 0.2': "objective: expected one of validation:mAP",
    "[lr0]\nlow = ": "expected TOML",
    **{
        f"[{field}]\nchoices = [1, 2]": rf"\[{field}\]: this field is not searched"
        for field in NOT_SEARCHED
    },
}


def test_the_shipped_space_is_the_documented_one() -> None:
    """Learning rate 1e-4 to 1e-2 logarithmic, batch 16 to 64, epochs 50 to 200; mAP at IoU 0.5 decides."""
    space = load_space("search.toml")
    assert space == SearchSpace(
        objective="validation:mAP",
        fields={
            "lr0": Range(low=1e-4, high=1e-2, logarithmic=True),
            "batch": Range(low=16, high=64, whole=True),
            "epochs": Range(low=50, high=200, whole=True),
        },
    )
    require_searchable(load_recipe("default"), space)


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_space_names_file_and_field(text: str, tmp_path: Path) -> None:
    """Whatever is wrong with a space is told with its file and field, before any trial."""
    path = write_space(tmp_path, text)
    with pytest.raises(ConfigError, match=WRONG[text]) as caught:
        load_space("search.toml", tmp_path)
    assert str(path) in str(caught.value)


def test_a_choice_keeps_its_type(tmp_path: Path) -> None:
    """Names, integers and truths of a file are tried as they stand there."""
    write_space(
        tmp_path,
        'objective = "validation:mAP50-95"\n[optimizer]\nchoices = ["SGD", "AdamW"]\n'
        "[imgsz_px]\nchoices = [320, 640]\n[cache_pictures]\nchoices = [true, false]\n",
    )
    space = load_space("search.toml", tmp_path)
    assert space.objective == "validation:mAP50-95"
    assert space.fields == {
        "optimizer": Choices(choices=("SGD", "AdamW")),
        "imgsz_px": Choices(choices=(320, 640)),
        "cache_pictures": Choices(choices=(True, False)),
    }
    again = SearchSpace.from_json_bytes(space.to_json_bytes(), what="space")
    assert again == space
    cached = again.fields["cache_pictures"]
    assert isinstance(cached, Choices)
    assert [type(value) for value in cached.choices] == [bool, bool]
    assert list(again.fields) == list(space.fields) == sorted(space.fields)


def test_a_recipe_that_has_no_objective_is_not_searched() -> None:
    """A recipe that does not validate each epoch is refused before any trial."""
    blind = TINY.model_copy(update={"validate_each_epoch": False})
    with pytest.raises(ConfigError, match="expected validate_each_epoch = true"):
        require_searchable(blind, SPACE)


def test_a_space_that_its_recipe_forbids_is_refused() -> None:
    """Two fields that exclude each other are found before any trial, not in one of them."""
    space = SearchSpace(fields={"freeze_layers": Range(low=0, high=10, whole=True)})
    require_searchable(TINY.model_copy(update={"start_from_scratch": False}), space)
    with pytest.raises(ConfigError, match="freeze_layers"):
        require_searchable(TINY, space)


def test_apply_checks_what_it_applies() -> None:
    """Values replace the recipe's own; one that the recipe does not allow, or know, is refused."""
    assert apply(TINY, {"lr0": 0.5, "batch": 8}) == TINY.model_copy(update={"lr0": 0.5, "batch": 8})
    assert apply(TINY, {}) == TINY
    for values in ({"lr0": 2.0}, {"lr": 0.1}, {"batch": "many"}):
        with pytest.raises(ConfigError, match="recipe tiny, values of a trial"):
            apply(TINY, values)


@given(
    lr0=st.floats(1e-4, 1e-2),
    batch=st.integers(16, 64),
    optimizer=st.sampled_from(["SGD", "AdamW"]),
    cached=st.booleans(),
    quoted=st.booleans(),
)
def test_text_becomes_the_very_value(
    lr0: float, batch: int, optimizer: str, cached: bool, quoted: bool
) -> None:
    """Whatever value a trial has, its text, plain or as JSON, gives the recipe with just that value."""
    values = {"lr0": lr0, "batch": batch, "optimizer": optimizer, "cache_pictures": cached}
    texts = {name: json.dumps(value) if quoted else str(value) for name, value in values.items()}
    assert apply_hyperparameters(TINY, texts) == TINY.model_copy(update=values)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("batch", "16.0"),
        ("batch", "1e1"),
        ("batch", ""),
        ("batch", " 16"),
        ("batch", "١٦"),
        ("batch", "9" * 30),
        ("lr0", "nan"),
        ("lr0", "inf"),
        ("lr0", "0,001"),
        ("lr0", "1_0e-4"),
        ("lr0", "true"),
        ("lr0", "2.0"),
        ("cache_pictures", "1"),
        ("cache_pictures", "yes"),
        ("optimizer", "sgd"),
        ("optimizer", '"SGD'),
        ("seed", "7"),
        ("data_fraction", "0.5"),
        ("name", "other"),
    ],
)
def test_text_that_is_no_value_is_refused(name: str, text: str) -> None:
    """Text that is none of its field's values, or would change what is not searched, makes no recipe."""
    with pytest.raises(ConfigError, match=name):
        apply_hyperparameters(TINY, {name: text})


def test_the_services_own_names_stay_outside() -> None:
    """Hyperparameters of the service change nothing; nor do those that repeat the recipe."""
    recipe = Recipe(name="r").bound_to(("smoke", "fire"))
    repeated = {name: json.dumps(value) for name, value in recipe.to_dict().items()}
    foreign = {"_tuning_objective_metric": "validation:mAP", "sagemaker_program": '"entry.py"'}
    assert apply_hyperparameters(recipe, repeated | foreign) == recipe
    assert apply_hyperparameters(recipe, {}) == recipe


def test_each_trial_has_checkpoints_of_its_own() -> None:
    """A trial's checkpoints are bound to its values; a job that is no trial keeps the job's digest."""
    one, other = (apply(TINY, {"lr0": lr0}) for lr0 in (0.1, 0.2))
    digests = {trial_inputs("a" * 64, TINY, tried) for tried in (TINY, one, other)}
    assert len(digests) == 3
    assert trial_inputs("a" * 64, TINY, TINY) == "a" * 64
    assert trial_inputs("a" * 64, TINY, one) == trial_inputs("a" * 64, TINY, one)
    assert trial_inputs("b" * 64, TINY, one) != trial_inputs("a" * 64, TINY, one)
