"""The table and the picture of docs/gate.md are made of the simulation's rows, and of nothing else."""

import json
from pathlib import Path

import pytest
from support.made_study import MARGIN, OTHER, SCENES, made_study

from benchmarks import gate_figures
from benchmarks.gate_figures import (
    BEGIN,
    PAGE,
    ROWS,
    Curve,
    draw,
    keep_rows,
    read_curves,
    table,
    with_table,
)
from benchmarks.gate_study import LEVELLED
from benchmarks.readme_figures import END
from benchmarks.result import RESULTS

Rows = dict


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Keep the hand-made simulation and read it again."""
    path = keep_rows(made_study(), SCENES, MARGIN, tmp_path / "results")
    assert path == tmp_path / "results" / ROWS
    return json.loads(path.read_text(encoding="utf-8"))


def cells(rows: Rows) -> list[list[str]]:
    """Return the table's cells, line by line, without head."""
    lines = table(rows).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_holds_what_was_simulated() -> None:
    """Nobody typed a figure, and no result is newer than the page."""
    if not (RESULTS / ROWS).is_file():
        pytest.skip(f"{ROWS} is not there yet: `python -m benchmarks --only gate_power` makes it")
    rows = json.loads((RESULTS / ROWS).read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    assert with_table(text, rows) == text


def test_a_curve_pools_the_hazards() -> None:
    """Shares by rising difference; what was not simulated has none."""
    curve = Curve.of(made_study(), LEVELLED, SCENES, "gate", MARGIN)
    assert curve.differences == (-0.1, -0.05, -0.03, 0.0, 0.05)
    assert curve.draws == (100, 100, 50, 100, 50)
    assert curve.passed == (0.01, 0.04, 0.4, 0.85, 0.98)
    assert curve.inconclusive == (0.19, 0.76, 0.4, 0.14, 0.02)
    assert curve.failed == (0.8, 0.2, 0.2, 0.01, 0.0)
    assert (curve.at(-0.05), curve.at(-0.05, "failed"), curve.at(0.01)) == (0.04, 0.2, None)
    assert Curve.of(made_study(), LEVELLED, 7, "gate", MARGIN).differences == ()


def test_kept_rows_read_back_as_they_were(rows: Rows) -> None:
    """Every curve of every population, the intervals and what was drawn from; one line for each row."""
    found, study = read_curves(rows), made_study()
    keys = {(s.population, s.scenes, s.rule, s.margin) for s in study.shares}
    assert found == {key: Curve.of(study, *key) for key in keys}
    assert (rows["scenes"], rows["margin"]) == (SCENES, MARGIN)
    assert rows["intervals"] == list(study.intervals)
    assert rows["populations"] == study.populations


def test_kept_rows_have_a_line_each(tmp_path: Path) -> None:
    """So that a change is read in a diff; writing them again gives the same bytes."""
    first, again = (keep_rows(made_study(), SCENES, MARGIN, tmp_path / n) for n in ("a", "b"))
    text = first.read_text(encoding="utf-8")
    assert text == again.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    curves = json.loads(text)["curves"]
    assert sum('"rule"' in line for line in text.splitlines()) == len(curves)
    assert {OTHER, LEVELLED} == {curve["population"] for curve in curves}


def test_the_table_tells_each_policy_by_scenes_and_margin(rows: Rows) -> None:
    """Equal ones, those that are worse by the margin, both other rules on the same, half width and coverage."""
    assert cells(rows) == [
        ["10", "0.05", "30 % / 70 % / 0 %", "0 %", "30 % / 5 %", "50 % / 25 %", "0.040", "0.900"],
        [
            "**20**",
            "**0.05**",
            "**85 % / 14 % / 1 %**",
            "**4 %**",
            "**30 % / 5 %**",
            "**50 % / 25 %**",
            "**0.060**",  # (0.04 * 100 + 0.07 * 200) / 300
            "**0.987**",
        ],
        ["20", "0.10", "95 % / 5 % / 0 %", "4 %", "30 % / –", "50 % / –", "0.060", "0.987"],
    ]


def test_the_head_has_a_name_for_each_cell(rows: Rows) -> None:
    """A table of markdown: head, rule and lines have as many cells."""
    lines = table(rows).splitlines()
    assert {line.count("|") for line in lines} == {9}
    assert set(lines[1]) == {"|", "-"}


@pytest.mark.parametrize(
    ("scenes", "margin", "bold"), [(10, 0.05, 0), (20, 0.1, 2), (7, 0.05, None)]
)
def test_the_policys_own_line_is_bold(
    rows: Rows, scenes: int, margin: float, bold: int | None
) -> None:
    """And no other."""
    found = cells({**rows, "scenes": scenes, "margin": margin})
    marked = [number for number, line in enumerate(found) if line[0].startswith("**")]
    assert marked == ([] if bold is None else [bold])


def test_what_stands_between_the_marks_is_replaced(rows: Rows) -> None:
    """The text around them stays, and doing it again changes nothing."""
    written = with_table(f"before\n{BEGIN}\nold\n{END}\nafter\n", rows)
    assert written == f"before\n{BEGIN}\n\n{table(rows)}\n\n{END}\nafter\n"
    assert with_table(written, rows) == written


@pytest.mark.parametrize("text", ["", "no marks", f"{BEGIN} only", f"{END} only", f"{END}{BEGIN}"])
def test_without_marks_nothing_is_guessed(rows: Rows, text: str) -> None:
    """Both marks, in their order."""
    with pytest.raises(ValueError, match="expected the marks"):
        with_table(text, rows)


def test_both_are_written(rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page keeps its text, and the picture stands in its folder."""
    page, picture = tmp_path / "gate.md", tmp_path / "pictures" / "gate-power.png"
    page.write_text(f"한국어\n{BEGIN}\n{END}\n", encoding="utf-8")
    for name, value in (("RESULTS", tmp_path / "results"), ("PAGE", page), ("PICTURE", picture)):
        monkeypatch.setattr(gate_figures, name, value)
    gate_figures.main()
    assert page.read_text(encoding="utf-8") == f"한국어\n{BEGIN}\n\n{table(rows)}\n\n{END}\n"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_policy_that_was_not_simulated_is_not_drawn(rows: Rows, tmp_path: Path) -> None:
    """Rather than the curves of another."""
    with pytest.raises(KeyError):
        draw({**rows, "scenes": 7}, tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()
