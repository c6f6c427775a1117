"""Where nested records, mappings and sequences differ by more than the last digits of a number."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

from pydantic import BaseModel


def unlike(found: object, wanted: object) -> dict[str, tuple[Any, Any]]:
    """Return what was found and what was wanted, by path, wherever they are not the same; nothing if they are."""
    ours, theirs = _flat(found), _flat(wanted)
    none = object()
    pairs = {path: (ours.get(path, none), theirs.get(path, none)) for path in {**ours, **theirs}}
    return {path: pair for path, pair in pairs.items() if not _same(*pair)}


def _same(found: object, wanted: object) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)
    return found == wanted


def _flat(value: object, path: str = "") -> dict[str, Any]:
    """Return each plain value by its path; what is empty stands too."""
    parts: list[tuple[object, object]]
    if isinstance(value, BaseModel):
        value = dict(value)
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        parts = list(enumerate(value))
    else:
        return {path: value}
    values: dict[str, Any] = {} if parts else {path: "empty"}
    for key, each in parts:
        values |= _flat(each, f"{path}/{key}")
    return values
