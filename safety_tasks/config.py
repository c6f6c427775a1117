"""What an operator may set, read from ``config/`` and the environment.

Rules: one place names each setting; a wrong name or value is refused with the file and the
field; an environment variable ``SAFETY_TASKS_<SECTION>_<NAME>`` beats the file; nothing is read at import.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ConfigError
from safety_tasks.settings import Settings

PREFIX: Final = "SAFETY_TASKS_"
_PACKAGE = Path(__file__).resolve().parent
_CLASS: Final = re.compile(r"^[a-z0-9_]+$")
Model = TypeVar("Model", bound=BaseModel)


def config_dir() -> Path:
    """Return the folder of configuration: ``SAFETY_TASKS_CONFIG_DIR`` or the checkout's own."""
    return Path(os.environ.get(f"{PREFIX}CONFIG_DIR") or _PACKAGE.parent / "config")


def work_dir() -> Path:
    """Return the folder for scratch files: ``SAFETY_TASKS_WORK_DIR`` or ``var/work``."""
    return Path(os.environ.get(f"{PREFIX}WORK_DIR") or _PACKAGE.parent / "var" / "work")


def read_table(path: Path, *, known: str = "") -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: expected a file, found none. {known}".strip()) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: expected TOML, found: {problem}. Correct it.") from problem


def parse_as(model: type[Model], values: Mapping[str, Any], *, where: str) -> Model:
    """Turn a table into a model.

    Raises:
        ConfigError: a field is unknown, missing or out of range; it is named with ``where``.
    """
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        lines = "; ".join(
            f"{'.'.join(str(p) for p in item['loc'])}: {item['msg']} (found {item['input']!r})"
            for item in problem.errors()
        )
        raise ConfigError(f"{where}: {lines}. Correct it.") from problem


def load_settings(folder: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read ``pipeline.toml`` and ``classes.txt``, then apply the environment.

    Raises:
        ConfigError: a file is missing or a value is wrong.
    """
    folder = folder or config_dir()
    env = os.environ if env is None else env
    values = read_table(folder / "pipeline.toml")
    if "classes" in values:
        raise ConfigError(
            f"{folder / 'pipeline.toml'}: expected classes in classes.txt alone, found "
            f"{values['classes']!r} here. Remove it."
        )
    for section, field in Settings.model_fields.items():
        if section == "classes" or field.annotation is None:
            continue
        for name in field.annotation.model_fields:
            found = env.get(f"{PREFIX}{section.upper()}_{name.upper()}")
            if found is not None and isinstance(values.setdefault(section, {}), dict):
                values[section][name] = _parsed(found)
    values["classes"] = load_classes(folder)
    return parse_as(Settings, values, where=str(folder / "pipeline.toml"))


def _parsed(text: str) -> Any:
    """Return a table or list where the text is one (``{"missing_label": 0.01}``), else the text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def load_classes(folder: Path | None = None) -> tuple[str, ...]:
    """Read the hazard classes, one name a line; the line number (from 0) is the class id.

    Raises:
        ConfigError: the file is missing or empty, names a class twice, or a name holds other than a-z, 0-9 and ``_``.
    """
    path = (folder or config_dir()) / "classes.txt"
    if not path.is_file():
        raise ConfigError(f"{path}: expected one class name a line, found no file.")
    names = tuple(line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line)
    if not names or len(set(names)) != len(names) or not all(map(_CLASS.match, names)):
        raise ConfigError(
            f"{path}: expected different names, one a line, of a-z, 0-9 and _, found {names}."
        )
    return names


def code_digest() -> str:
    """Return one SHA-256 over this package's sources: which code ran."""
    lines = (
        f"{path.relative_to(_PACKAGE).as_posix()} {sha256_bytes(path.read_bytes())}\n"
        for path in sorted(_PACKAGE.rglob("*.py"))
    )
    return sha256_bytes("".join(lines).encode())
