"""A recipe is bound to one class map, once."""

import pytest

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ClassMapError
from safety_tasks.profiles import list_recipes, load_recipe
from safety_tasks.records.model import IncidentResult
from safety_tasks.records.recipe import Recipe

CLASSES = ("smoke", "fire")


def test_a_recipe_of_the_config_is_bound_to_nothing() -> None:
    """The files say how to train, not for which classes."""
    assert all(load_recipe(name).classes_sha256 is None for name in list_recipes())


def test_binding_adds_the_digest_alone() -> None:
    """Bound to a class map it carries its digest; bound to the same again it stays."""
    recipe = Recipe(name="r", epochs=3)
    bound = recipe.bound_to(CLASSES)
    assert bound == recipe.model_copy(update={"classes_sha256": class_map_digest(CLASSES)})
    assert bound.bound_to(CLASSES) == bound
    assert bound.digest() != recipe.digest()


@pytest.mark.parametrize("other", [(), ("smoke",), ("fire", "smoke"), ("smoke", "fire", "leak")])
def test_a_bound_recipe_is_not_bound_to_another(other: tuple[str, ...]) -> None:
    """A run planned for some classes does not go on with others, not even grown ones."""
    with pytest.raises(ClassMapError, match="recipe r: expected the class map"):
        Recipe(name="r").bound_to(CLASSES).bound_to(other)


def test_found_and_missed_are_all() -> None:
    """What is not missed was found."""
    result = IncidentResult(total=3, missed=("a",), trained_on=0, without_hazard=0)
    assert result.found == 2
