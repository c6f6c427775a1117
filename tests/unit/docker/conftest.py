"""The composed stack as values: its services, its Dockerfiles, its variables."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[3]
_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-?+]([^}]*))?\}")


class Stack:
    """``docker-compose.yaml`` and ``.env.example``, parsed."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.text = (root / "docker-compose.yaml").read_text(encoding="utf-8")
        self.services: dict[str, dict[str, Any]] = yaml.safe_load(self.text)["services"]
        self.networks: dict[str, Any] = yaml.safe_load(self.text)["networks"]
        self.volumes: dict[str, Any] = yaml.safe_load(self.text)["volumes"]
        self.example = dict(
            line.split("=", 1)
            for line in (root / ".env.example").read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        )

    @property
    def code(self) -> str:
        """The file without its comments."""
        return "\n".join(re.sub(r"(^|\s)#.*", "", line) for line in self.text.splitlines())

    @property
    def variables(self) -> set[str]:
        """Every name that the file takes from ``.env``."""
        return {match.group(1) for match in _VARIABLE.finditer(self.code)}

    @property
    def airflow(self) -> dict[str, dict[str, Any]]:
        """The services that run Airflow."""
        return {name: s for name, s in self.services.items() if name.startswith("airflow-")}

    def resolved(self, text: str, values: dict[str, str]) -> str:
        """Put values in, as the container engine does."""
        return _VARIABLE.sub(lambda m: values.get(m.group(1)) or m.group(2) or "", text)


@pytest.fixture(scope="session")
def stack() -> Stack:
    """Return the stack of this checkout."""
    return Stack()


@pytest.fixture(scope="session")
def dockerfiles() -> dict[str, list[str]]:
    """Return each Dockerfile's instructions: comments dropped, continued lines joined."""
    found = {}
    for path in sorted((ROOT / "docker").glob("*/Dockerfile")):
        lines = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        ]
        joined = "\n".join(lines).replace("\\\n", " ").splitlines()
        found[path.parent.name] = [re.sub(r"\s+", " ", line).strip() for line in joined]
    return found
