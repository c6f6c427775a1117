"""Give a new hazard its floors in every profile of ``gate.toml``, and leave all else as it was written.

Rules: the strictest floor of the profile, since what is unknown must not pass easily; a floor that is there already
stays; the text is edited, not written anew, and the result is parsed and compared with what it must say.
"""

import re
import tomllib
from typing import Any, Final

from safety_tasks.errors import ConfigError

_FLOORS: Final = ("ap50_floors", "recall_floors")
_LINE: Final = re.compile(
    r"(?P<head>\s*(?P<field>ap50_floors|recall_floors)\s*=\s*\{)(?P<body>[^{}#\"']*)\}(?P<note>\s*#.*|\s*)$"
)


def with_floors(text: str, name: str, *, where: str) -> str:
    """Return the text with a floor for ``name`` wherever a profile names floors.

    Raises:
        ConfigError: it is no TOML, a profile names no floors, or they are written in a way that cannot be edited.
    """
    wanted = _wanted(text, name, where)
    lines = []
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        floors = _LINE.match(bare)
        if floors and not re.search(rf"\b{name}\s*=", floors["body"]):
            bare = _extended(floors, name)
        lines.append(bare + line[len(line.rstrip("\r\n")) :])
    edited = "".join(lines)
    for profile, table in wanted.items():
        if _parsed(edited, where).get(profile) != table:
            raise ConfigError(
                f"{where} [{profile}]: expected floors on one line each, as in ap50_floors = {{ smoke = 0.7 }}, found "
                f"them written otherwise. Add {name} to ap50_floors and recall_floors there by hand, then run this "
                "again."
            )
    return edited


def _wanted(text: str, name: str, where: str) -> dict[str, Any]:
    """Return the tables as they must be afterwards."""
    wanted = _parsed(text, where)
    for profile, table in wanted.items():
        for field in _FLOORS:
            floors = table.get(field) if isinstance(table, dict) else None
            if not isinstance(floors, dict) or not floors:
                raise ConfigError(
                    f"{where} [{profile}]: expected {field} with a floor to take after, found none. Add {field}."
                )
            floors.setdefault(name, max(floors.values()))
    return wanted


def _extended(floors: "re.Match[str]", name: str) -> str:
    """Return a line of floors with one more, written as the strictest is."""
    values = re.findall(r"=\s*([0-9.eE_+-]+)", floors["body"])
    strictest = max(values, key=float, default="")
    body, note = floors["body"].rstrip(), floors["note"].strip()
    says = f"{name}: the strictest floor there was, until its evidence says more"
    return f"{floors['head']}{body}, {name} = {strictest} }}  {f'{note}; {says}' if note else f'# {says}'}"


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{where}: expected TOML, found: {problem}. Correct it.") from problem
