"""The limits of the suite, read from ``config/validation.toml``.

Rule: a missing, unknown or impossible value is refused with the file and the field.
"""

from pathlib import Path

from safety_tasks.config import config_dir, parse_as, read_table
from safety_tasks.records.validation import ValidationRules


def load_validation(folder: Path | None = None) -> ValidationRules:
    """Read ``validation.toml``.

    Raises:
        ConfigError: the file is missing, or a value is wrong.
    """
    path = (folder or config_dir()) / "validation.toml"
    return parse_as(ValidationRules, read_table(path), where=str(path))
