"""Commands over the gate as a person types them."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from safety_tasks.cli import gate


def run(*words: object, status: int = 0) -> Result:
    """Run a command of ``safety-tasks gate``."""
    result = CliRunner().invoke(gate.APP, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def call(*words: object) -> Any:
    """Run a command and return the JSON of its stdout."""
    return json.loads(run(*words).stdout)
