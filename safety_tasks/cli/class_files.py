"""The files of a checkout that name the hazard classes, as texts, and each of them with one class more.

Rules: classes.txt is the truth and grows at its end alone; what is generated from it is generated whole; a file that
people write (gate.toml) is edited as text, so that comments stay, and the edit is proved by parsing it.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from safety_tasks.cli.gate_floors import with_floors
from safety_tasks.config import load_classes
from safety_tasks.errors import ConfigError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BEGIN: Final = "<!-- Generated from config/classes.txt by `safety-tasks classes add`: begin -->"
_END: Final = "<!-- Generated: end -->"


def guide_of(config: Path) -> Path:
    """Return the page beside a config folder that lists the classes."""
    return config.parent / "docs" / "model-usage-guide.md"


def check_new_name(name: str, classes: Sequence[str]) -> None:
    """Refuse a name that is none, is taken, or would be mistaken for one that is.

    Raises:
        ConfigError: it is refused; the message says why.
    """
    if name in classes:
        raise ConfigError(
            f"class {name}: expected a new name, found it at number {classes.index(name)} of classes.txt."
        )
    alike = [known for known in classes if _folded(known) == _folded(name)]
    if alike:
        raise ConfigError(
            f"class {name!r}: expected a name that nobody mistakes for another, found {alike[0]}, which differs only "
            "in case or underscores. If that is what you mean, label with it; else choose another word."
        )
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"class {name!r}: expected a letter, then letters, digits and underscores, lower case, at most 40. "
            "Choose such a name, as in oil_leak."
        )


def grown_files(config: Path, name: str) -> dict[Path, str]:
    """Return every file that changes when a class is added, with its new text; ``classes.txt`` comes last.

    Raises:
        ConfigError: the name is refused, or a file is not as it was generated or written.
    """
    classes = load_classes(config)
    check_new_name(name, classes)
    grown = (*classes, name)
    gate, guide = config / "gate.toml", guide_of(config)
    files = {
        gate: with_floors(_read(gate), name, where=str(gate)),
        config / "data.yaml": data_yaml_text(grown),
    }
    if guide.is_file():
        files[guide] = with_table(_read(guide), grown, where=str(guide))
    return files | {config / "classes.txt": "".join(f"{each}\n" for each in grown)}


def data_yaml_text(classes: Sequence[str]) -> str:
    """Return ``data.yaml``: the names for labelling tools and Ultralytics."""
    # A JSON string is a YAML string: a class called "no" or "on" stays text.
    names = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(classes))
    return (
        "# Generated from classes.txt by `safety-tasks classes add`; do not edit.\n"
        "# The names for labelling tools and Ultralytics.\n"
        f"names:\n{names}"
    )


def table_text(classes: Sequence[str]) -> str:
    """Return the table of classes as the docs show it, with its markers."""
    rows = "".join(f"| {number} | `{name}` |\n" for number, name in enumerate(classes))
    return f"{_BEGIN}\n| class id | hazard |\n|---|---|\n{rows}{_END}"


def with_table(text: str, classes: Sequence[str], *, where: str) -> str:
    """Return a page with the table between its markers replaced.

    Raises:
        ConfigError: the markers are not there once each, in order.
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end or _BEGIN in after or _END in after:
        raise ConfigError(
            f"{where}: expected the table of classes between {_BEGIN!r} and {_END!r}, found no such pair. "
            "Restore the two lines around the table."
        )
    return before + table_text(classes) + after


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            f"{path}: expected a readable file, found: {problem}. Restore it."
        ) from problem
