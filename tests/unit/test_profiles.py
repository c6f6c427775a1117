"""Each shipped recipe and gate profile loads, covers every hazard, and a wrong one is named."""

from pathlib import Path
from typing import Any

import pytest

from safety_tasks.config import config_dir, load_classes, read_table
from safety_tasks.errors import ConfigError
from safety_tasks.profiles import list_profiles, list_recipes, load_profile, load_recipe
from safety_tasks.records.recipe import Recipe
from safety_tasks.settings import Settings

CLASSES = set(load_classes())


def test_what_is_shipped(settings: Settings) -> None:
    """There are recipes and profiles, and those that an empty form means are among them."""
    assert settings.retrain.recipe in list_recipes()
    assert settings.retrain.profile in list_profiles()


@pytest.mark.parametrize("name", list_recipes())
def test_each_recipe_loads_and_says_all(name: str) -> None:
    """A shipped recipe is valid and bears its file's name; the default one states every field that may be set."""
    assert load_recipe(name).name == name
    stated = set(read_table(config_dir() / "recipes" / f"{name}.toml"))
    tunable = set(Recipe.model_fields) - {"name", "model", "classes_sha256"}
    assert stated <= tunable
    if name == "default":
        assert stated == tunable


@pytest.mark.parametrize("name", list_profiles())
def test_each_profile_has_floors_for_every_hazard(name: str) -> None:
    """A hazard without a floor would pass unseen: each profile has all floors and a margin for each, and no bypass."""
    profile = load_profile(name)
    assert profile.name == name
    assert set(profile.ap50_floors) == CLASSES
    assert set(profile.ap50_95_floors) == set(profile.recall_floors) == CLASSES
    assert set(profile.non_inferiority_margins) == CLASSES
    assert profile.bypasses == ()


def test_only_the_plant_profile_has_no_warning(settings: Settings) -> None:
    """Every profile that is weaker than the plant's says so, and the plant's is the strictest."""
    plant = load_profile(settings.retrain.profile)
    assert plant.warning == ""
    for name in set(list_profiles()) - {plant.name}:
        profile = load_profile(name)
        assert "not for a plant" in profile.warning
        assert plant.floors_on == "interval"
        for hazard in CLASSES:
            margins = profile.non_inferiority_margins, plant.non_inferiority_margins
            assert margins[0][hazard] >= margins[1][hazard]
            assert profile.ap50_floors[hazard] < plant.ap50_floors[hazard]
            assert profile.recall_floors[hazard] < plant.recall_floors[hazard]


def test_changes_replace_values() -> None:
    """A change that is not None beats the file; None leaves it."""
    recipe = load_recipe("default", epochs=3, seed=None)
    assert recipe == load_recipe("default").model_copy(update={"epochs": 3})


@pytest.mark.parametrize(
    "change", [{"epochs": 0}, {"imgsz_px": 100}, {"lr0": "fast"}, {"epoch": 3}]
)
def test_wrong_changes_are_named(change: dict[str, Any]) -> None:
    """A value out of range or an unknown field is refused with its name."""
    with pytest.raises(ConfigError) as caught:
        load_recipe("default", **change)
    ((name, value),) = change.items()
    assert f"{name}: " in str(caught.value)
    assert f"found {value!r}" in str(caught.value)


@pytest.mark.parametrize("name", ["", "no", "../pipeline", "default.toml"])
def test_unknown_names_are_refused(name: str) -> None:
    """An unknown recipe or profile is refused with the names there are."""
    with pytest.raises(ConfigError, match="default") as caught:
        load_recipe(name)
    assert f"found {name!r}" in str(caught.value)
    with pytest.raises(ConfigError, match="plant") as caught:
        load_profile(name)
    assert f"found {name!r}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[p]\n", "ap50_floors"),
        ("[p]\nap50_floor = {}\n", "ap50_floor"),
        ("[p]\nap50_floors = { smoke = 1.1 }\n", "ap50_floors.smoke"),
        ("[p]\nmin_support_scenes = 0\n", "min_support_scenes"),
    ],
)
def test_wrong_profiles_are_named(tmp_path: Path, text: str, field: str) -> None:
    """A missing, unknown or impossible value is told with the file, the profile and the field."""
    (tmp_path / "gate.toml").write_text(f"policy_version = 1\n{text}")
    with pytest.raises(ConfigError, match=r"gate\.toml \[p\]") as caught:
        load_profile("p", tmp_path)
    assert f"{field}: " in str(caught.value)


def test_nothing_there(tmp_path: Path) -> None:
    """A folder without recipes or profiles offers none and says so."""
    assert list_recipes(tmp_path) == ()
    with pytest.raises(ConfigError, match="recipe: expected one of"):
        load_recipe("default", tmp_path)
    with pytest.raises(ConfigError, match="expected a file, found none"):
        list_profiles(tmp_path)
