"""Give a new hazard its floors and margin in every profile of ``gate.toml``, and leave all else as it was written.

Rules: the strictest of the profile, the highest floor and the narrowest margin, since what is unknown must not pass
easily; what is there already stays; the policy's version grows when something changed; the text is edited, not written
anew, and the result is parsed and compared with what it must say.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from safety_tasks.errors import ConfigError

# What names each hazard, and which of two values is the stricter.
_STRICTEST: Final[Mapping[str, Callable[[Iterable[float]], float]]] = {
    "ap50_floors": max,
    "ap50_95_floors": max,
    "recall_floors": max,
    "non_inferiority_margins": min,
}
_LINE: Final = re.compile(
    rf"(?P<head>\s*(?P<field>{'|'.join(_STRICTEST)})\s*=\s*\{{)(?P<body>[^{{}}#\"']*)\}}(?P<note>\s*#.*|\s*)$"
)
_VERSION: Final = "policy_version"
_VERSION_LINE: Final = re.compile(
    rf"(?P<head>{_VERSION}\s*=\s*)(?P<number>\d+)(?P<note>\s*#.*|\s*)$"
)


def with_floors(text: str, name: str, *, where: str) -> str:
    """Return the text with floors and a margin for ``name`` in each profile.

    Raises:
        ConfigError: it is no TOML, a profile names none, or they are written in a way that cannot be edited.
    """
    wanted = _wanted(text, name, where)
    lines = []
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        floors = _LINE.match(bare)
        version = _VERSION_LINE.match(bare)
        if floors and not re.search(rf"\b{name}\s*=", floors["body"]):
            bare = _extended(floors, name)
        elif version and wanted.get(_VERSION) != int(version["number"]):
            bare = f"{version['head']}{int(version['number']) + 1}{version['note']}"
        lines.append(bare + line[len(line.rstrip("\r\n")) :])
    edited = "".join(lines)
    for profile, table in wanted.items():
        if _parsed(edited, where).get(profile) != table:
            raise ConfigError(
                f"{where} [{profile}]: expected {', '.join(_STRICTEST)} on one line each, as in ap50_floors = "
                f"{{ smoke = 0.7 }}, found them written otherwise. Add {name} to them there by hand, then run this "
                "again."
            )
    return edited


def _wanted(text: str, name: str, where: str) -> dict[str, Any]:
    """Return the tables as they must be afterwards."""
    wanted, changed = _parsed(text, where), False
    for profile, table in wanted.items():
        if profile == _VERSION:
            continue
        for field, strictest in _STRICTEST.items():
            values = table.get(field) if isinstance(table, dict) else None
            if not isinstance(values, dict) or not values:
                raise ConfigError(
                    f"{where} [{profile}]: expected {field} with a value to take after, found none. Add {field}."
                )
            changed |= name not in values
            values.setdefault(name, strictest(values.values()))
    if changed and isinstance(wanted.get(_VERSION), int):
        wanted[_VERSION] += 1
    return wanted


def _extended(floors: "re.Match[str]", name: str) -> str:
    """Return a line with one more value, written as the strictest is."""
    values = re.findall(r"=\s*([0-9.eE_+-]+)", floors["body"])
    field = floors["field"]
    strictest = max(values, key=float) if _STRICTEST[field] is max else min(values, key=float)
    body, note = floors["body"].rstrip(), floors["note"].strip()
    says = f"{name}: the strictest there was, until its evidence says more"
    return f"{floors['head']}{body}, {name} = {strictest} }}  {f'{note}; {says}' if note else f'# {says}'}"


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{where}: expected TOML, found: {problem}. Correct it.") from problem
