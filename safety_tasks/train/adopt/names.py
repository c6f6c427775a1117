"""Decide whether the classes of a model from elsewhere are ours.

Rules: names and order must be the class map's, since a number that means another hazard is an alarm nobody heeds; a
person may say what the numbers mean, but never against a name in the file that is a hazard's.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from safety_tasks.errors import ClassMapError

_MAX_NAMES: Final = 1000


def names_in(found: Any) -> tuple[str, ...] | None:
    """Return the class names of a model by its number, or None where it has none that can be read.

    Args:
        found: what the file holds: a list of names, or a table from the number to the name.
    """
    if isinstance(found, (list, tuple)):
        found = dict(enumerate(found))
    if not isinstance(found, dict) or not 0 < len(found) <= _MAX_NAMES:
        return None
    if set(found) != set(range(len(found))):
        return None
    names = tuple(found[number] for number in range(len(found)))
    return names if all(isinstance(name, str) for name in names) else None


def require_classes(
    found: tuple[str, ...] | None,
    said: Sequence[str] | None,
    classes: Sequence[str],
    *,
    where: str,
) -> None:
    """Refuse a model of other classes.

    Args:
        found: the names in the file.
        said: the names that a person gave for its numbers, if any.
        classes: the class map.
        where: the file, for messages.

    Raises:
        ClassMapError: it has other classes, or in another order.
    """
    if said is not None:
        if tuple(said) != tuple(classes):
            raise _other(f"{where}, as said by --classes", classes, said, "Correct --classes.")
        if found is not None and _contradicts(found, classes):
            raise _other(
                where,
                classes,
                found,
                "--classes cannot rename what the file itself calls a hazard: export it with the right names.",
            )
        return
    if found is None:
        raise ClassMapError(
            f"{where}: expected class names in the file, found none. "
            f"If you know its order, say it: --classes {','.join(classes)}."
        )
    if found != tuple(classes):
        same = {_plain(name) for name in found} == set(classes)
        raise _other(
            where,
            classes,
            found,
            "Its numbers mean other hazards: train it again on this class map."
            if same and len(found) == len(classes) and _contradicts(found, classes)
            else f"If its names are generic and you know its order, say it: --classes {','.join(classes)}.",
        )


def _contradicts(found: Sequence[str], classes: Sequence[str]) -> bool:
    """Tell whether a name of the file is that of a hazard with another number, or their counts differ."""
    if len(found) != len(classes):
        return True
    places = {name: number for number, name in enumerate(classes)}
    return any(places.get(_plain(name), number) != number for number, name in enumerate(found))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _other(where: str, classes: Sequence[str], found: Sequence[str], mend: str) -> ClassMapError:
    shown = found[: len(classes) + 5]
    more = f" and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
    return ClassMapError(
        f"{where}: expected the classes {_listed(classes)}, found {_listed(shown)}{more}. {mend}"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{number} {name[:60]}" for number, name in enumerate(names))
