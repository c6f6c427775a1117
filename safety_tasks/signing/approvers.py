"""Who may approve.

Rule: names and keys stand in ``config/approvers.toml``, which the owners review, and never in the bucket, since whoever
can write there must not be able to approve.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from safety_tasks.config import config_dir, read_table
from safety_tasks.errors import ConfigError, SignatureRefused
from safety_tasks.records.base import Name
from safety_tasks.records.waiver import Approver

APPROVERS_FILE: Final = "approvers.toml"
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_PRIME: Final = 2**255 - 19


def load_approvers(folder: Path | None = None) -> tuple[Approver, ...]:
    """Read who may approve from ``approvers.toml``; nobody where there is no such file.

    Raises:
        ConfigError: a name or a key is malformed, a key stands there twice, or proves nothing.
    """
    path = (folder or config_dir()) / APPROVERS_FILE
    if not path.exists():
        return ()
    table = read_table(path)
    entries = table.pop("approvers", {})
    if table or not isinstance(entries, dict):
        raise ConfigError(
            f"{path}: expected one table, [approvers], found {', '.join(table) or 'a value'}. Correct it."
        )
    approvers: dict[str, Approver] = {}
    for name, public_key in entries.items():
        try:
            approver = Approver(name=name, public_key=public_key)
        except ValidationError as problem:
            first = problem.errors(include_input=False)[0]
            raise ConfigError(
                f"{path}: approver {name!r}: {first['loc'][0]}: {first['msg']}. Expected a name, in quotes if it has a "
                "dot, and 64 hex digits, as `safety-tasks keys approver` prints them."
            ) from None
        if _proves_nothing(approver.public_key):
            raise ConfigError(
                f"{path}: approver {name!r}: expected a key that somebody made, found a number for which anybody can "
                "forge signatures. Make one: safety-tasks keys approver FILE --name NAME"
            )
        twin = approvers.setdefault(approver.public_key, approver)
        if twin is not approver:
            raise ConfigError(
                f"{path}: expected each approver's own key, found one for {twin.name} and {name}. Remove one."
            )
    return tuple(approvers.values())


def find_approver(approvers: Sequence[Approver], key_id: str) -> Approver:
    """Return the approver whose key has an id.

    Raises:
        SignatureRefused: it is nobody's.
    """
    for approver in approvers:
        if approver.key_id == key_id:
            return approver
    names = ", ".join(approver.name for approver in approvers) or "nobody"
    raise SignatureRefused(
        f"expected a key of an approver ({names}), found key {key_id[:12]}…, which is none's. Have an approver sign, "
        f"or have the owners add the key to config/{APPROVERS_FILE}."
    )


def require_approver_name(name: str) -> None:
    """Refuse a name that could not stand in ``approvers.toml``.

    Raises:
        ConfigError: it is empty, too long, or holds other than letters, digits and ``._+:-``.
    """
    try:
        TypeAdapter[str](Name).validate_python(name)
    except ValidationError:
        raise ConfigError(
            f"approver: expected a name of letters, digits and ._+:- that starts with a letter or digit, found "
            f"{name!r}. Choose another."
        ) from None


def approver_line(name: str, public_key: str) -> str:
    """Return the line of ``approvers.toml`` that lets a key's signatures count."""
    return f'{name if _BARE.fullmatch(name) else json.dumps(name)} = "{public_key}"'


def _proves_nothing(public_key: str) -> bool:
    """Tell whether a key is one of the few points of the curve, zero among them, that fit signatures nobody made.

    A point's order divides 8 exactly where y (y² - 1) (d y⁴ + 2 y² - 1) is 0, with the curve's d = -121665 / 121666.
    """
    y = int.from_bytes(bytes.fromhex(public_key), "little") % 2**255
    doubled = -121665 * y**4 + 121666 * (2 * y**2 - 1)
    return y * (y**2 - 1) * doubled % _PRIME == 0
