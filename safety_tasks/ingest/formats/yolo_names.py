"""Read which class number of a YOLO delivery has which name.

Rules: names stand in ``data.yaml`` (Ultralytics, Roboflow), ``classes.txt`` and ``notes.json`` (Label Studio); where
several files speak they must say the same, since a number that means two things means nothing. YAML is read as plain
text, without its types: ``1_0`` is no number, ``no`` is a name; a key that stands twice is refused.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.numbers import json_whole_of, whole_of
from safety_tasks.ingest.formats.sources import Source, read_text

YAML_NAMES: Final = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")
NAMES_FILES: Final = (*YAML_NAMES, "classes.txt", "notes.json")
_MAX_BYTES: Final = 65536


def read_yolo_names(source: Source) -> dict[int, str] | None:
    """Return each class number's name, or None where no file of the delivery gives names.

    Raises:
        BatchError: a file is malformed, or two of them disagree.
    """
    present = set(source.names())
    found: dict[str, dict[int, str]] = {}
    for name in NAMES_FILES:
        if name in present:
            text, what = read_text(source, name, _MAX_BYTES), source.what + name
            if name in YAML_NAMES:
                found[name] = _of_yaml(text, what)
            elif name == "classes.txt":
                lines = (line.strip() for line in text.split("\n"))
                found[name] = dict(enumerate(line for line in lines if line))
            else:
                found[name] = _of_notes(text, what)
    first = next(iter(found), None)
    if first is None:
        return None
    for name, names in found.items():
        if names != found[first]:
            raise BatchError(
                f"{source.what}: expected one name for each class number, found {_shown(found[first])} in {first} "
                f"and {_shown(names)} in {name}. Remove the file that is wrong."
            )
    return found[first]


class _PlainLoader(yaml.SafeLoader):
    """Every scalar is text; a key that stands twice is refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as the base class has it

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len({str(key) for key in keys}) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice")
        return super().construct_mapping(node, deep)


def _of_yaml(text: str, what: str) -> dict[int, str]:
    try:
        document = _PlainLoader(text).get_single_data()
        names, count = document["names"], document.get("nc")
        if not isinstance(names, dict | list):
            raise TypeError(f"a {type(names).__name__}")
        pairs = list(names.items() if isinstance(names, dict) else enumerate(names))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as bad:
        problem = str(bad)[:300] or type(bad).__name__
        raise BatchError(f"{what}: expected 'names:' with class names, found: {problem}.") from None
    found: dict[int, str] = {}
    for key, name in pairs:
        number = key if isinstance(key, int) else whole_of(key) if isinstance(key, str) else None
        if number is None or number < 0 or number in found or not isinstance(name, str):
            raise BatchError(
                f"{what}: expected 'names:' with a class name for each number, found a {type(name).__name__} "
                f"for {str(key)[:60]!r}."
            )
        found[number] = name.strip()
    if not found or (count is not None and count != str(len(found))):
        raise BatchError(
            f"{what}: expected 'names:' with {count or 'some'} class names, found {len(found)}."
        )
    return found


def _of_notes(text: str, what: str) -> dict[int, str]:
    try:
        categories = json.loads(text)["categories"]
        pairs = [(json_whole_of(each["id"]), each["name"]) for each in categories]
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        raise BatchError(
            f"{what}: expected 'categories' with id and name, found: {str(problem)[:300]}."
        ) from None
    found: dict[int, str] = {}
    for number, name in pairs:
        if number is None or not isinstance(name, str) or number in found:
            raise BatchError(
                f"{what}: expected a different whole id and a name for each of 'categories', found {number!r}."
            )
        found[number] = name.strip()
    return found


def _shown(names: Mapping[int, str]) -> str:
    return ", ".join(f"{number} {name}" for number, name in sorted(names.items())[:20])[:300]
