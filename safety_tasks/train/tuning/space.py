"""The search space: which fields of a recipe are tried, and between which values.

Rules: a field is a range of numbers or a list of choices, in the recipe's own unit; what decides the data, the device
or the objective is not searched, since trials must differ in nothing else; a value that comes as text is parsed
strictly, or it is refused.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator

from safety_tasks.config import parse_as
from safety_tasks.digests import digest_of
from safety_tasks.errors import ConfigError
from safety_tasks.records.base import Record
from safety_tasks.records.recipe import Recipe

Value = bool | int | float | str
Objective = Literal["validation:mAP", "validation:mAP50-95"]
NOT_SEARCHED: Final = {
    "name": "it names the recipe",
    "classes_sha256": "it binds the recipe to a class map",
    "model": "every camera runs this one",
    "device": "it says where to train, not how",
    "seed": "the luckiest seed is not a better recipe",
    "data_fraction": "all trials learn from the same pictures",
    "replay_share": "all trials learn from the same pictures",
    "champion_share": "all trials start from the same weights",
    "start_from_scratch": "all trials start from the same weights",
    "validate_each_epoch": "without it there is no objective",
}
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class Range(Record):
    """A number from ``low`` to ``high``, both included; ``whole`` if only integers are tried."""

    kind: Literal["range"] = "range"
    low: Annotated[float, Field(allow_inf_nan=False)]
    high: Annotated[float, Field(allow_inf_nan=False)]
    logarithmic: bool = False
    whole: bool = False

    @property
    def least(self) -> int | float:
        """The lower end, in the field's type."""
        return int(self.low) if self.whole else self.low

    @property
    def most(self) -> int | float:
        """The upper end, in the field's type."""
        return int(self.high) if self.whole else self.high


class Choices(Record):
    """One of several values, none better than another by its place in the list."""

    kind: Literal["choices"] = "choices"
    choices: tuple[Value, ...]


class SearchSpace(Record):
    """What is tried, by field of the recipe, and what decides which trial is best: the larger, the better."""

    objective: Objective = "validation:mAP"
    fields: dict[str, Annotated[Range | Choices, Field(discriminator="kind")]]

    @field_validator("fields")
    @classmethod
    def _by_name(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """Keep one order, whatever the file's: the order decides which choice is made with which random number."""
        return dict(sorted(fields.items()))


def apply(recipe: Recipe, values: Mapping[str, Value]) -> Recipe:
    """Return the recipe with other values.

    Raises:
        ConfigError: a field is unknown, or the recipe does not allow the value.
    """
    return parse_as(
        Recipe, recipe.model_dump() | dict(values), where=f"recipe {recipe.name}, values of a trial"
    )


def apply_hyperparameters(recipe: Recipe, hps: Mapping[str, str]) -> Recipe:
    """Return the recipe with the hyperparameters that a job was given, each as text.

    Names that are no field of the recipe are the service's own and stay outside; equal values change nothing, so a job
    that is no trial keeps its recipe.

    Raises:
        ConfigError: the text is no value of its field, or would change what a search may not.
    """
    values: dict[str, Value] = {}
    for name, text in hps.items():
        if name not in Recipe.model_fields:
            continue
        own = getattr(recipe, name)
        if name not in NOT_SEARCHED:
            values[name] = parse_value(name, text)
        elif text not in (json.dumps(own), str(own)):
            raise ConfigError(
                f"hyperparameter {name}: expected the recipe's own {own!r}, found {text!r}: it is not searched, "
                f"{NOT_SEARCHED[name]}. Take it out of the job's hyperparameters."
            )
    return apply(recipe, values)


def trial_inputs(inputs_sha256: str, recipe: Recipe, tried: Recipe) -> str:
    """Return the digest that a trial's checkpoints are bound to: the job's own, unless the trial changed the recipe."""
    if tried == recipe:
        return inputs_sha256
    return digest_of({"inputs_sha256": inputs_sha256, "recipe": tried.to_dict()})


def require_searchable(recipe: Recipe, space: SearchSpace) -> None:
    """Refuse a search that could not end well, before any trial.

    Raises:
        ConfigError: the recipe does not validate each epoch, or does not allow what the space would try.
    """
    if not recipe.validate_each_epoch:
        raise ConfigError(
            f"recipe {recipe.name}: expected validate_each_epoch = true, since the objective is measured on val after "
            "each epoch, found false. Set it, or start from another recipe."
        )
    for field, found in space.fields.items():
        tried = found.choices if isinstance(found, Choices) else (found.least, found.most)
        for value in tried:
            apply(recipe, {field: value})


def parse_value(field: str, text: str) -> Value:
    """Parse a hyperparameter's text as its field's type; a name may stand in quotes.

    Raises:
        ConfigError: the text is none of that type.
    """
    kind = Recipe.model_fields[field].annotation
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if kind is int and _INTEGER.fullmatch(bare):
        return int(bare)
    if kind is float and _NUMBER.fullmatch(bare):
        return float(bare)
    if kind is bool and bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    if kind in (int, float, bool):
        raise ConfigError(
            f"hyperparameter {field}: expected {getattr(kind, '__name__', kind)}, found {text!r}. "
            "The tuning job was made by other code than this."
        )
    return bare
