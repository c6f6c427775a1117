"""What every check says in every case, word for word, as kept in ``tests/unit/gate/checks/expected``.

Rule: a file holds, by case, the results that are not the good candidate's, and the names that are not there; it is
written only by ``.venv/bin/python -m support.golden_results`` in ``tests``, for somebody to read every line.
"""

import json
from pathlib import Path
from typing import Any, Final

from support.gate_cases import Case
from support.gate_file_cases import CASES, VARIANT_CASES
from support.made_evidence import made_evidence, made_profile

from safety_tasks.gate.checks import CHECKS
from safety_tasks.gate.judging import judge, weighed

FOLDER: Final = Path(__file__).parents[1] / "unit" / "gate" / "checks" / "expected"
GOOD: Final = "good"
RENEW: Final = (
    "The words of a check changed. If they should, run `.venv/bin/python -m support.golden_results` in tests/ "
    "and read every line that git shows, in both languages."
)
Results = dict[str, Any]


def kept(kind: str) -> dict[str, Results]:
    """Return what is kept of a kind of check, or of the ``variants``, by case."""
    found: dict[str, Results] = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    return found


def said(kind: str) -> dict[str, Results]:
    """Return what a kind of check, or the ``variants``, say now, by case."""
    cases = VARIANT_CASES if kind == "variants" else CASES[kind]
    good = _results(kind, ({}, {}))
    found = {GOOD: good}
    for name, case in cases.items():
        results = _results(kind, case)
        found[name] = {key: each for key, each in results.items() if each != good.get(key)}
        found[name] |= {key: None for key in good if key not in results}
    return found


def _results(kind: str, case: Case) -> Results:
    """Return results by name; those of variants by file and hardware."""
    evidence, profile = made_evidence(**case[0]), made_profile(**case[1])
    if kind != "variants":
        own = CHECKS[kind](evidence, profile)  # type: ignore[index]
        return {check.name: check.to_dict() for check in weighed(own, profile)}
    return {
        f"{variant.name} on {variant.hardware}": variant.to_dict()
        for variant in judge(evidence, profile).variants
    }


def main() -> None:
    """Write what every check says now."""
    FOLDER.mkdir(exist_ok=True)
    for kind in (*CASES, "variants"):
        text = json.dumps(said(kind), ensure_ascii=False, indent=1, sort_keys=False)
        (FOLDER / f"{kind}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
