"""The class-map contract: which number means which hazard, for ever.

Rules: ``config/classes.txt`` only ever grows at its end; whatever carries class numbers carries the digest of the
names that they were written with; two sides whose digests differ do not talk, and the message says how to mend it. A
longer list that begins with the shorter one is the same map grown; any other difference would swap hazards.
"""

from collections.abc import Sequence

from safety_tasks.digests import digest_of
from safety_tasks.errors import ClassMapError

_MEND = "Restore the order of config/classes.txt; new names go last: safety-tasks classes add NAME."


def class_map_digest(classes: Sequence[str]) -> str:
    """Return the SHA-256 that names a class map."""
    return digest_of(list(classes))


def extends(classes: Sequence[str], older: Sequence[str]) -> bool:
    """Tell whether a class map is another one, perhaps grown at its end."""
    return tuple(classes[: len(older)]) == tuple(older)


def require_same(expected: Sequence[str], found: Sequence[str], *, where: str) -> None:
    """Refuse another class map.

    Raises:
        ClassMapError: the lists differ.
    """
    if tuple(expected) != tuple(found):
        raise ClassMapError(
            f"{where}: expected the classes {_listed(expected)}, found {_listed(found)}. {_mend(expected, found)}"
        )


def require_extends(classes: Sequence[str], older: Sequence[str], *, where: str) -> None:
    """Refuse a class map that is not the older one, perhaps grown at its end.

    Raises:
        ClassMapError: a name was moved, renamed or removed.
    """
    if not extends(classes, older):
        raise ClassMapError(
            f"{where}: expected classes that begin with {_listed(older)}, found {_listed(classes)}. {_MEND}"
        )


def require_digest(classes: Sequence[str], sha256: str, *, where: str) -> None:
    """Refuse a digest that is not of these classes.

    Raises:
        ClassMapError: it was written with another class map, or altered.
    """
    found = class_map_digest(classes)
    if found != sha256:
        raise ClassMapError(
            f"{where}: expected the class map {sha256[:12]}, found {found[:12]} for {_listed(classes)}. "
            f"It was written with another class map: run the stage that wrote it again. {_MEND}"
        )


def _mend(expected: Sequence[str], found: Sequence[str]) -> str:
    if extends(expected, found):
        return "It was written before the classes grew: run the stage that wrote it again."
    if extends(found, expected):
        return (
            "It was written with more classes: ingest and train again with the grown classes.txt."
        )
    return _MEND


def _listed(classes: Sequence[str]) -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(classes)) or "none"
