"""Starts mutmut for ``make mutants``, with one flaw of 3.8.1 mended.

With ``max_stack_depth`` it asks for the real path of every frame's file, and ends with an error at the first frame
of code that was made from text (``<string>``, as dataclasses are). Here such a name is no path of ours. It also walks
a path's folders one by one at every call that it counts, which is nine tenths of its time; here they are looked up.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mutmut.stats
from mutmut.__main__ import cli


@dataclass(frozen=True)
class _File:
    parents: frozenset[Path]


class _Place:
    """As much of a path as mutmut asks for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def resolve(self, strict: bool = False) -> _File:
        """Return in which folders the file lies, whether or not there is one."""
        return _file(self._name)


@cache
def _file(name: str) -> _File:
    return _File(frozenset(Path(name).resolve().parents))


if __name__ == "__main__":
    mutmut.stats.Path = _Place
    cli()
