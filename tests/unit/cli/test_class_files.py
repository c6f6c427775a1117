"""The texts that name the classes: names that are refused, and what each file becomes."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.cli.class_files import (
    check_new_name,
    data_yaml_text,
    grown_files,
    table_text,
    with_table,
)
from safety_tasks.errors import ConfigError

CLASSES = ("smoke", "fire", "person_down")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "expected a letter"),
        (" ", "expected a letter"),
        ("_", "expected a letter"),
        ("1st", "expected a letter"),
        ("oil leak", "expected a letter"),
        ("oil-leak", "expected a letter"),
        ("oil.leak", "expected a letter"),
        ("oil_leak\n", "expected a letter"),
        ("Leak", "expected a letter"),
        ("누유", "expected a letter"),
        ("a" * 41, "at most 40"),
        ("fire", "found it at number 1"),
        ("Fire", "found fire, which differs only in case"),
        ("f_ire", "found fire"),
        ("FIRE", "found fire"),
        ("persondown", "found person_down"),
        ("person-down", "found person_down"),
        ("Person Down", "found person_down"),
    ],
)
def test_names_that_are_refused(name: str, message: str) -> None:
    """What is no name, is taken, or would be mistaken for one that is."""
    with pytest.raises(ConfigError, match=message):
        check_new_name(name, CLASSES)


@pytest.mark.parametrize("name", ["leak", "oil_leak", "fires", "a" * 40, "no", "gas2"])
def test_names_that_are_taken_in(name: str) -> None:
    """A new word is fine, also one that other formats read as something else."""
    check_new_name(name, CLASSES)


@given(st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), max_size=6, unique=True))
def test_data_yaml_reads_as_the_names(classes: list[str]) -> None:
    """Whatever the names, ``no`` and ``null`` too, YAML gives them back by number."""
    names = yaml.safe_load(data_yaml_text(classes))["names"] or {}
    assert names == dict(enumerate(classes))


def test_the_table_is_replaced_between_its_markers() -> None:
    """What stands around the table stays; written again it is the same."""
    page = f"before\n{table_text(CLASSES[:1])}\nafter\n"
    grown = with_table(page, CLASSES, where="page")
    assert grown == f"before\n{table_text(CLASSES)}\nafter\n"
    assert with_table(grown, CLASSES, where="page") == grown
    assert "| 2 | `person_down` |" in grown


@pytest.mark.parametrize(
    "page",
    [
        "",
        "no table",
        table_text(CLASSES).splitlines()[0],
        table_text(CLASSES).splitlines()[-1],
        "\n".join(reversed(table_text(CLASSES).splitlines())),
        table_text(CLASSES) * 2,
    ],
)
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    """Nobody guesses where the table was."""
    with pytest.raises(ConfigError, match="Restore the two lines"):
        with_table(page, CLASSES, where="page")


def test_every_file_that_changes_and_the_list_last(tmp_path: Path) -> None:
    """Floors, data.yaml and docs come before classes.txt, which says that it is done; other lines stay."""
    config, docs = tmp_path / "config", tmp_path / "docs"
    config.mkdir()
    (config / "classes.txt").write_text("smoke\nfire")  # without a line end
    (config / "gate.toml").write_text(
        "[p]\nap50_floors = {fire = 0.5}\nap50_95_floors = {fire = 0.5}\nrecall_floors = {fire = 0.5}\n"
        "non_inferiority_margins = {fire = 0.5}\n"
    )
    assert [path.name for path in grown_files(config, "leak")] == [
        "gate.toml", "data.yaml", "classes.txt",
    ]  # fmt: skip
    docs.mkdir()
    (docs / "model-usage-guide.md").write_text(table_text(("smoke", "fire")))
    files = grown_files(config, "leak")
    assert [path.name for path in files] == [
        "gate.toml", "data.yaml", "model-usage-guide.md", "classes.txt",
    ]  # fmt: skip
    assert files[config / "classes.txt"] == "smoke\nfire\nleak\n"
