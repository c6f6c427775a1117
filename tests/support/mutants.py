"""What ``make mutants`` says at its end: how many changes of each module the tests see, and which they do not.

Rules: a change that makes a test fail, or runs past its time, is seen; one that no test runs is not; under 90 of 100
the command ends with 1. Reads ``mutmut results --all true`` from standard input.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

LEAST: Final = 0.90
SEEN: Final = ("killed", "timeout", "segfault", "caught by type check")
UNSEEN: Final = ("survived", "no tests", "suspicious")


@dataclass
class Tally:
    """Changes of one module, or of all: seen, made, and by function those that were not seen."""

    seen: int = 0
    made: int = 0
    unseen: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share that was seen; 1 of none."""
        return self.seen / self.made if self.made else 1.0


def tally(lines: Iterable[str]) -> dict[str, Tally]:
    """Count results by module.

    Args:
        lines: such as ``safety_tasks.gate.results.x_hold__mutmut_3: killed``.

    Raises:
        ValueError: a line has a word that is not known, or a change was not tried.
    """
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for line in filter(None, map(str.strip, lines)):
        name, _, word = line.partition(": ")
        module, _, function = name.partition("__mutmut_")[0].rpartition(".")
        if word not in (*SEEN, *UNSEEN):
            raise ValueError(
                f"{name}: expected one of {', '.join((*SEEN, *UNSEEN))}, found {word!r}. Run `make mutants` to its end."
            )
        found[module].made += 1
        found[module].seen += word in SEEN
        if word in UNSEEN:
            found[module].unseen[
                function.removeprefix("x_").replace("xǁ", "").replace("ǁ", ".")
            ] += 1
    return dict(found)


def table(found: dict[str, Tally]) -> str:
    """Return a table of modules, the weakest first, and the functions with changes that no test sees."""
    lines = ["| module | changes | seen | not seen, by function |", "|---|---|---|---|"]
    for module, each in sorted(found.items(), key=lambda pair: (pair[1].share, pair[0])):
        unseen = ", ".join(f"`{name}` {count}" for name, count in sorted(each.unseen.items()))
        lines.append(f"| `{module}` | {each.made} | {100 * each.share:.1f} % | {unseen or '–'} |")
    return "\n".join(lines)


def whole(found: dict[str, Tally]) -> Tally:
    """Return all modules' changes as one."""
    return Tally(sum(t.seen for t in found.values()), sum(t.made for t in found.values()))


def main() -> None:
    """Print the table; end with 1 where too few were seen, or none was made."""
    found = tally(sys.stdin)
    both = whole(found)
    print(table(found))
    print(
        f"\n{both.seen} of {both.made} changes are seen: {100 * both.share:.1f} %, at least {100 * LEAST:.0f} %."
    )
    sys.exit(not both.made or both.share < LEAST)


if __name__ == "__main__":
    main()
