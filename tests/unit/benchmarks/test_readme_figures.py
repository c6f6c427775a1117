"""README's figures are those of the result files, with their machine."""

import json
from pathlib import Path

import pytest

from benchmarks.readme_figures import BEGIN, CHECKOUT, END, figures, with_figures

FILES = ("README.md", "README.ko.md")


@pytest.mark.parametrize("file", FILES)
def test_readme_holds_what_was_measured(file: str) -> None:
    """Nobody typed a figure, and no result is newer than its line."""
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    assert with_figures(text, file) == text


def test_results_are_told_with_their_machines(tmp_path: Path) -> None:
    """What is not measured is not spoken of; machines are named once each."""
    assert "none" in figures("README.md", tmp_path)
    for name, ratio in (("edge_frame_fp32", 0.954), ("coco_scoring", 0.1)):
        found = {"ratio": ratio, "bar": 0.97, "machine": "a box"}
        (tmp_path / f"{name}.json").write_text(json.dumps(found))
    line = figures("README.md", tmp_path)
    assert "FP32 **0.95** of the plain" in line
    assert "INT8" not in line
    assert line.count("a box") == 1
    assert "\n" not in line


def test_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    """The text around them stays; without marks nothing is guessed."""
    written = with_figures(f"before\n{BEGIN}\nold\n{END}\nafter\n", "README.md", tmp_path)
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    with pytest.raises(ValueError, match="expected the marks"):
        with_figures("no marks", "README.md", tmp_path)
