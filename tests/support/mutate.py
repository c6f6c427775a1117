"""Starts mutmut for ``make mutants``, with one flaw of 3.8.1 mended.

With ``max_stack_depth`` it asks for the real path of every frame's file, and ends with an error at the first frame
of code that was made from text (``<string>``, as dataclasses are). Here such a name is no path of ours, and each name
is looked up once.
"""

from functools import cache
from pathlib import Path

import mutmut.stats
from mutmut.__main__ import cli


class _Place:
    """As much of a path as mutmut asks for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def resolve(self, strict: bool = False) -> Path:
        """Return where the file lies, whether or not there is one."""
        return _resolved(self._name)


@cache
def _resolved(name: str) -> Path:
    return Path(name).resolve()


if __name__ == "__main__":
    mutmut.stats.Path = _Place
    cli()
