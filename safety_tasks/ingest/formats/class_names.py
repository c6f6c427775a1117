"""Translate delivered classes into this project's, by name and never by number.

Rules: a delivered name counts if, without blanks around it, it is one of ours, or if ``class_aliases`` of
``batch.json`` says which of ours it is. Nothing is guessed: a name that differs from ours only in case, blanks, dashes
or underscores is as unknown as any other, but the message gives the line to add. An alias never renames one of ours.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from safety_tasks.errors import BatchError

_IGNORED: Final = re.compile(r"[\s_-]+")
_LISTED: Final = 20


class ClassNames:
    """This project's classes as a delivery names them."""

    def __init__(self, classes: tuple[str, ...], aliases: Mapping[str, str], *, what: str) -> None:
        """Check the aliases.

        Args:
            classes: this project's names; the index is the class id.
            aliases: delivered name to one of ours.
            what: where the aliases stand, for messages.

        Raises:
            BatchError: an alias leads to no class of ours, renames one, or stands there twice.
        """
        self._classes = classes
        self._ids = {name: number for number, name in enumerate(classes)}
        for delivered, ours in aliases.items():
            name = delivered.strip()
            if ours not in classes:
                raise BatchError(
                    f"{what}: expected class_aliases that lead to {', '.join(classes)}, found {ours!r} for {name!r}."
                )
            number = classes.index(ours)
            if self._ids.setdefault(name, number) != number:
                raise BatchError(
                    f"{what}: expected class_aliases to leave {name!r} what it is, "
                    f"{classes[self._ids[name]]!r}, found {ours!r}. Remove the line."
                )

    def id_of(self, delivered: str) -> int | None:
        """Return the class id that a delivered name means, or None."""
        return self._ids.get(delivered.strip())

    def unknown(self, delivered: str) -> str:
        """Return what to say of a name that is not ours, with the line to add where it looks like one of ours."""
        name = delivered.strip()
        found = f"expected one of {', '.join(self._classes)}, found {name[:100]!r}"
        like = [ours for ours in self._classes if _bare(ours) == _bare(name)]
        if len(like) != 1:
            return found
        line = json.dumps({name[:100]: like[0]}, ensure_ascii=False)
        return f'{found}. If it is meant, add to batch.json: "class_aliases": {line}'

    def require_some(self, delivered: Iterable[str], *, what: str) -> None:
        """Refuse a delivery that names none of our classes.

        Raises:
            BatchError: no delivered name is one of ours.
        """
        names = list(delivered)
        if any(self.id_of(name) is not None for name in names):
            return
        shown = ", ".join(_shown(name) for name in names[:_LISTED]) or "none"
        hints = [
            self.unknown(name).partition(". ")[2]
            for name in names[:_LISTED]
            if ". " in self.unknown(name)
        ]
        raise BatchError(
            f"{what}: expected class names of {', '.join(self._classes)}, found {shown}. "
            + (hints[0] + "." if hints else "Correct them, or name them in class_aliases.")
        )


def _shown(name: str) -> str:
    return name.strip()[:100] if name.isprintable() else ascii(name.strip()[:100])


def _bare(name: str) -> str:
    return _IGNORED.sub("", name).casefold()
