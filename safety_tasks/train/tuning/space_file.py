"""Read a search space from its file.

Rules: the file and the field of whatever is wrong are named; what the recipe's own field would refuse is refused here,
before a trial; a range is of numbers, all of which the field allows.
"""

import json
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from safety_tasks.config import config_dir, parse_as, read_table
from safety_tasks.errors import ConfigError
from safety_tasks.records.recipe import Recipe
from safety_tasks.train.tuning.space import (
    NOT_SEARCHED,
    Choices,
    Objective,
    Range,
    SearchSpace,
    Value,
)


class _Table(BaseModel):
    """A table of the file: numbers keep their type, since 16 and 16.0 mean different fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)
    low: int | float | None = None
    high: int | float | None = None
    logarithmic: bool = False
    choices: list[bool | int | float | str] | None = None


def load_space(name: str, folder: Path | None = None) -> SearchSpace:
    """Read a search space.

    Args:
        name: a file beside ``pipeline.toml``, such as ``search.toml``.
        folder: the folder of configuration, or None for the configured one.

    Raises:
        ConfigError: there is no such file, a field is none of the recipe's, or a range is none of its own.
    """
    path = (folder or config_dir()) / name
    table = read_table(path)
    objective = table.pop("objective", "validation:mAP")
    if objective not in get_args(Objective):
        raise ConfigError(
            f"{path}: objective: expected one of {', '.join(get_args(Objective))}, found {objective!r}."
        )
    if not table:
        raise ConfigError(f"{path}: expected a table for each field to search, found none.")
    return SearchSpace(
        objective=objective,
        fields={field: _parsed(path, field, found) for field, found in table.items()},
    )


def _parsed(path: Path, field: str, found: Any) -> Range | Choices:
    where = f"{path}: [{field}]"
    if field not in Recipe.model_fields:
        raise ConfigError(f"{where}: expected a field of the recipe, found none of that name.")
    if field in NOT_SEARCHED:
        raise ConfigError(
            f"{where}: this field is not searched: {NOT_SEARCHED[field]}. Remove the table."
        )
    if not isinstance(found, dict):
        raise ConfigError(
            f"{where}: expected a table with low and high, or with choices, found {found!r}."
        )
    table = parse_as(_Table, found, where=where)
    if table.choices is not None:
        return _choices(where, field, table)
    return _range(where, field, table)


def _choices(where: str, field: str, table: _Table) -> Choices:
    found = table.choices or []
    if table.low is not None or table.high is not None or table.logarithmic:
        raise ConfigError(f"{where}: expected either choices or a range, found both.")
    if len(found) < 2 or len({json.dumps(value) for value in found}) != len(found):
        raise ConfigError(f"{where}: choices: expected two or more different ones, found {found}.")
    for value in found:
        _require_allowed(where, field, "choices", value)
    return Choices(choices=tuple(found))


def _range(where: str, field: str, table: _Table) -> Range:
    low, high = table.low, table.high
    if low is None or high is None:
        raise ConfigError(f"{where}: expected low and high, or choices, found {table!r}.")
    info = Recipe.model_fields[field]
    whole = info.annotation is int
    if info.annotation not in (int, float):
        raise ConfigError(
            f"{where}: expected choices, since the field is no number; found a range."
        )
    if any(getattr(rule, "multiple_of", None) for rule in info.metadata):
        raise ConfigError(
            f"{where}: expected choices, since not every number between is allowed; found a range."
        )
    if whole and not (isinstance(low, int) and isinstance(high, int)):
        raise ConfigError(f"{where}: expected integers, found low = {low} and high = {high}.")
    if low >= high:
        raise ConfigError(f"{where}: low: expected less than high ({high}), found {low}.")
    if table.logarithmic and low <= 0:
        raise ConfigError(f"{where}: low: expected above 0 with logarithmic = true, found {low}.")
    _require_allowed(where, field, "low", low)
    _require_allowed(where, field, "high", high)
    return Range(low=low, high=high, logarithmic=table.logarithmic, whole=whole)


def _require_allowed(where: str, field: str, key: str, value: Value) -> None:
    """Refuse a value that the recipe's own field would refuse."""
    try:
        Recipe.model_validate({"name": "any", field: value}, strict=True)
    except ValidationError as problem:
        of_field = [each for each in problem.errors() if each["loc"][:1] == (field,)]
        if of_field:
            raise ConfigError(
                f"{where}: {key}: {of_field[0]['msg']}, found {value!r}. The recipe's own range holds here too."
            ) from problem
