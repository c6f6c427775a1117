"""The shipped limits load; a missing, unknown or impossible one is named with its file."""

import tomllib
from pathlib import Path

import pytest

from safety_tasks.config import config_dir
from safety_tasks.errors import ConfigError
from safety_tasks.records.validation import ValidationRules
from safety_tasks.validate import load_validation

SHIPPED = (config_dir() / "validation.toml").read_text(encoding="utf-8")


def test_every_field_is_stated_once() -> None:
    """The file states each expectation, and nothing stands in for one that it does not state."""
    assert set(tomllib.loads(SHIPPED)) == set(ValidationRules.model_fields)
    assert len(ValidationRules.model_fields) >= 25
    assert all(field.is_required() for field in ValidationRules.model_fields.values())
    assert load_validation() == ValidationRules.model_validate(tomllib.loads(SHIPPED))


def test_no_file(tmp_path: Path) -> None:
    """Without the file nothing is judged: it is asked for by its path."""
    with pytest.raises(ConfigError, match=r"validation\.toml: expected a file, found none"):
        load_validation(tmp_path)


@pytest.mark.parametrize(
    ("line", "instead", "words"),
    [
        ("any_pictures =", "pictures_at_all =", "any_pictures: Field required"),
        ('unique_pictures = { severity = "fail" }', "", "unique_pictures: Field required"),
        ('kind = { severity = "fail" }', 'kind = { severity = "no" }', "kind.severity: Input"),
        ("min = 12, max_share", "max_share", "dark_pictures.min: Field required"),
        ("min = 12, max_share = 0.05", "min = 12, max_share = 1.0", "dark_pictures.max_share"),
        ("min = 12,", "min = nan,", "dark_pictures.min"),
        ("min = 16, max = 65535", "min = 16, max = 15", "expected min ≤ max, found 16.0 and 15.0"),
        ('kind = { severity = "fail" }', 'kind = { severity = "fail", max = 1 }', "kind.max"),
        ("[", "[", "another_one: Extra inputs"),
    ],
)
def test_a_wrong_limit_is_named(tmp_path: Path, line: str, instead: str, words: str) -> None:
    """A limit that is unknown, missing or impossible is refused with the file and the field."""
    text = SHIPPED.replace(line, instead, 1)
    if words.startswith("another_one"):
        text += '\nanother_one = { severity = "warn" }\n'
    (tmp_path / "validation.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_validation(tmp_path)
    assert str(tmp_path / "validation.toml") in str(caught.value)
    assert words in str(caught.value)
