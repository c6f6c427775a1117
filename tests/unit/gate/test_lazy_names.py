"""Names of the gate are imported when somebody asks for them, and no others are there."""

from types import ModuleType

import pytest

from safety_tasks import gate
from safety_tasks.gate import card

PACKAGES = [pytest.param(gate, id="gate"), pytest.param(card, id="card")]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_what_its_module_says(package: ModuleType) -> None:
    """Each is a thing of that name, made by the module it is said to be in."""
    assert package._MODULES
    for name, module in package._MODULES.items():
        found = package.__getattr__(name)
        assert found is getattr(__import__(module, fromlist=[name]), name)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_there(package: ModuleType) -> None:
    """It is named, with the package, as Python itself would."""
    expected = rf"module '{package.__name__}' has no attribute 'judge_kindly'"
    with pytest.raises(AttributeError, match=expected):
        package.__getattr__("judge_kindly")
