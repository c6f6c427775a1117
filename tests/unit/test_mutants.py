"""The end of ``make mutants``: what counts as seen, and when it is too little."""

import io

import pytest
from support import mutants
from support.mutants import Tally, table, tally, whole

LINES = """
    safety_tasks.gate.results.x_hold__mutmut_1: killed
    safety_tasks.gate.results.x_hold__mutmut_2: survived
    safety_tasks.gate.results.x_hold__mutmut_10: timeout
    safety_tasks.gate.material.xǁMaterialǁscored__mutmut_1: no tests
"""


def test_changes_are_counted_by_module_and_function() -> None:
    """What failed a test or its time is seen; what survived, or no test runs, is not."""
    found = tally(LINES.splitlines())
    results, material = (found[f"safety_tasks.gate.{name}"] for name in ("results", "material"))
    assert (results.seen, results.made, dict(results.unseen)) == (2, 3, {"hold": 1})
    assert (material.seen, material.made, dict(material.unseen)) == (0, 1, {"Material.scored": 1})
    assert whole(found) == Tally(2, 4)


def test_the_weakest_module_stands_first() -> None:
    """The table names what is to be done first, and where."""
    rows = table(tally(LINES.splitlines())).splitlines()[2:]
    assert rows == [
        "| `safety_tasks.gate.material` | 1 | 0.0 % | `Material.scored` 1 |",
        "| `safety_tasks.gate.results` | 3 | 66.7 % | `hold` 1 |",
    ]


@pytest.mark.parametrize("word", ["not checked", "", "interrupted"])
def test_a_run_that_did_not_end_is_no_result(word: str) -> None:
    """What was not tried is not counted as anything."""
    with pytest.raises(ValueError, match="expected one of"):
        tally([f"safety_tasks.gate.results.x_hold__mutmut_1: {word}"])


@pytest.mark.parametrize(("killed", "status"), [(9, 0), (8, 1), (0, 1)])
def test_too_few_end_with_an_error(
    killed: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine of ten are enough, eight are not, and none made is none seen."""
    words = ["killed"] * killed + ["survived"] * (10 - killed if killed else 0)
    lines = "\n".join(f"a.x_f__mutmut_{number}: {word}" for number, word in enumerate(words))
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    with pytest.raises(SystemExit) as ended:
        mutants.main()
    assert int(ended.value.code or 0) == status
