"""Recipes and gate profiles: named tables that a run picks from.

Rule: an unknown name is refused with the names there are.
"""

from pathlib import Path
from typing import Any

from safety_tasks.config import config_dir, parse_as, read_table
from safety_tasks.errors import ConfigError
from safety_tasks.records.gate import GateProfile
from safety_tasks.records.recipe import Recipe


def list_recipes(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the recipes there are."""
    return tuple(
        sorted(path.stem for path in ((folder or config_dir()) / "recipes").glob("*.toml"))
    )


def load_recipe(name: str, folder: Path | None = None, **changes: Any) -> Recipe:
    """Read ``recipes/<name>.toml``; ``changes`` that are not None replace its values.

    Raises:
        ConfigError: there is no such recipe, or a value is wrong.
    """
    names = list_recipes(folder)
    if name not in names:
        raise ConfigError(f"recipe: expected one of {', '.join(names)}, found {name!r}.")
    path = (folder or config_dir()) / "recipes" / f"{name}.toml"
    values = read_table(path) | {key: value for key, value in changes.items() if value is not None}
    return parse_as(Recipe, {"name": name} | values, where=str(path))


def load_profile(name: str, folder: Path | None = None) -> GateProfile:
    """Read a gate profile from ``gate.toml``.

    Raises:
        ConfigError: there is no such profile, or a value is wrong.
    """
    path = (folder or config_dir()) / "gate.toml"
    tables = read_table(path)
    if name not in tables:
        raise ConfigError(f"{path}: expected a profile of {', '.join(tables)}, found {name!r}.")
    return parse_as(GateProfile, {"name": name} | tables[name], where=f"{path} [{name}]")


def list_profiles(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the gate profiles there are."""
    return tuple(read_table((folder or config_dir()) / "gate.toml"))
