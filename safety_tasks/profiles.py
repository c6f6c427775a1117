"""Recipes and gate profiles: named tables that a run picks from.

Rule: an unknown name is refused with the names there are.
"""

from pathlib import Path
from typing import Any

from safety_tasks.config import config_dir, parse_as, read_table
from safety_tasks.errors import ConfigError
from safety_tasks.records.gate_policy import GateProfile
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
    version, profiles = _policy(path)
    if name not in profiles:
        raise ConfigError(f"{path}: expected a profile of {', '.join(profiles)}, found {name!r}.")
    values = {"name": name, "policy_version": version} | profiles[name]
    return parse_as(GateProfile, values, where=f"{path} [{name}]")


def list_profiles(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the gate profiles there are."""
    return tuple(_policy((folder or config_dir()) / "gate.toml")[1])


def _policy(path: Path) -> tuple[Any, dict[str, dict[str, Any]]]:
    """Return the policy's version and its profiles.

    Raises:
        ConfigError: there is no version or no profile, or something else stands beside them.
    """
    tables = read_table(path)
    version = tables.pop("policy_version", None)
    stray = [key for key, table in tables.items() if not isinstance(table, dict)]
    if stray:
        raise ConfigError(
            f"{path}: expected policy_version and profiles, found {', '.join(stray)}. Remove it."
        )
    if not isinstance(version, int) or not tables:
        raise ConfigError(
            f"{path}: expected policy_version (a whole number) and at least one profile, found "
            f"{version!r} and {len(tables)} profiles. An empty policy judges nothing."
        )
    return version, tables
