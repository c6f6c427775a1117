"""Starts mutmut for ``make mutants``, with one flaw of 3.8.1 mended and one habit added.

With ``max_stack_depth`` it asks for the real path of every frame's file, and ends with an error at the first frame
of code that was made from text (``<string>``, as dataclasses are). Here such a name is no path of ours. It also walks
a path's folders one by one at every call that it counts, which is nine tenths of its time; here they are looked up.

A change is tried with the tests that are near to it (``max_stack_depth`` in pyproject.toml). Where no test is that
near to a function, every test that reaches it is one for its changes; mutmut would say that they have none.
"""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import mutmut.stats
from mutmut.__main__ import cli
from mutmut.mutation import trampoline
from mutmut.runners.harness import PytestRunner
from mutmut.state import state

_reached: Final[defaultdict[str, set[str]]] = defaultdict(set)
_record = mutmut.stats.record_trampoline_hit
_run_stats = PytestRunner.run_stats


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


def _note(name: str, caller: str | None = None) -> None:
    """Note which test called a function, from however far, and let mutmut note it if it is near."""
    if test := os.environ.get("PYTEST_CURRENT_TEST"):
        _reached[name].add(test.rpartition(" ")[0])
    _record(name, caller)


def _tests_from_afar(runner: PytestRunner, *, tests: Iterable[str]) -> int:
    """Run the tests as mutmut does, and give functions that none is near to those that reach them."""
    ended = _run_stats(runner, tests=tests)
    near = state().tests_by_mangled_function_name
    for name in _reached.keys() - near.keys():
        near[name] |= _reached[name] & state().duration_by_test.keys()
    return ended


if __name__ == "__main__":
    mutmut.stats.Path = _Place
    trampoline.record_trampoline_hit = _note
    PytestRunner.run_stats = _tests_from_afar
    cli()
