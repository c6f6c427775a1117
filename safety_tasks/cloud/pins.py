"""Read ``constraints.txt``: which version of a package is pinned for a job's container, with which digests, and who
needs it.

Rules: of pins for several machines, only that of the container counts: CPython 3.11 on 64-bit Linux; a file is what it
claims only if its SHA-256 is among the package's; names are compared as registries compare them.
Source: PEP 503 (names), PEP 508 (markers), pip's requirements file format.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.errors import ConfigError

_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)\s*(?:;\s*([^\\]*?))?\s*\\?$")
_HASH: Final = re.compile(r"^\s+--hash=sha256:([0-9a-f]{64})\s*\\?$")
_VIA: Final = re.compile(r"^\s+#(?:\s+via)?\s+(?!via$)([A-Za-z0-9][A-Za-z0-9._-]*)$")


_CONTAINER: Final = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "os_name": "posix",
    "python_version": "3.11",
    "python_full_version": "3.11.11",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


@dataclass(frozen=True)
class Pin:
    """A pinned package; ``via`` names the packages that need it."""

    name: str
    version: str
    sha256s: frozenset[str]
    via: frozenset[str]


def normal_name(name: str) -> str:
    """Return a package's name as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(path: Path) -> dict[str, Pin]:
    """Return the pins of a file by name.

    Raises:
        ConfigError: there is no such file, or it pins nothing with digests.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: expected the pinned packages, found no file. Run `make lock`."
        ) from None
    pins: dict[str, Pin] = {}
    block: list[str] = []
    for line in [*text.splitlines(), "end"]:
        if block and not line.startswith((" ", "\t")):
            pin = _pin(block)
            if pin is not None:
                pins[pin.name] = pin
            block = []
        if line and not line.startswith("#"):
            block.append(line)
    if not any(pin.sha256s for pin in pins.values()):
        raise ConfigError(
            f"{path}: expected packages pinned with sha256 digests, found none. Run `make lock`."
        )
    return pins


def needed_by(
    names: Iterable[str], pins: Mapping[str, Pin], provided: Iterable[str] = ()
) -> tuple[Pin, ...]:
    """Return the pins of packages and of all that they need, by name; what is provided already is left out.

    Raises:
        ConfigError: a package is not pinned.
    """
    given = {normal_name(name) for name in provided}
    needs: dict[str, set[str]] = {}
    for pin in pins.values():
        for parent in pin.via:
            needs.setdefault(parent, set()).add(pin.name)
    found: dict[str, Pin] = {}
    ahead = [normal_name(name) for name in names]
    while ahead:
        name = ahead.pop()
        if name in found or name in given:
            continue
        if name not in pins:
            raise ConfigError(
                f"{name}: expected it among the pinned packages, found it not. Add it to requirements/base.in, then "
                "run `make lock`."
            )
        found[name] = pins[name]
        ahead.extend(needs.get(name, ()))
    return tuple(found[name] for name in sorted(found))


def _pin(block: list[str]) -> Pin | None:
    """Return the pin that a line and its continuation make, or None if it is none for the container."""
    from packaging.markers import Marker

    head = _PIN.match(block[0])
    if head is None or (head[3] and not Marker(head[3].strip()).evaluate(_CONTAINER)):
        return None
    hashes = frozenset(match[1] for line in block[1:] if (match := _HASH.match(line)))
    via = frozenset(normal_name(match[1]) for line in block[1:] if (match := _VIA.match(line)))
    return Pin(normal_name(head[1]), head[2], hashes, via)
