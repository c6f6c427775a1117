"""The scripts of the Airflow image: health is a word, and every login has a password of its own."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def script(name: str) -> ModuleType:
    """Load one of the scripts that the Airflow image carries."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docker" / "airflow" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("report", "healthy"),
    [
        ({}, False),
        ({"scheduler": None}, False),
        ({"scheduler": {}}, False),
        ({"scheduler": {"status": "unhealthy"}}, False),
        ({"metadatabase": {"status": "healthy"}}, False),
        ({"scheduler": {"status": "healthy"}}, True),
    ],
)
def test_only_the_word_healthy_is_healthy(report: dict[str, Any], healthy: bool) -> None:
    """A part that the report lacks, or calls anything else, is unhealthy."""
    assert script("check_health").is_healthy(report, "scheduler") is healthy


def test_health_of_an_absent_server_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is unhealthy, and a part that Airflow does not have is a wrong question."""
    monkeypatch.setenv("HEALTH_URL", "http://127.0.0.1:9/api/v2/monitor/health")
    check = script("check_health")
    assert check.main(["scheduler"]) == 1
    assert check.main(["kitchen"]) == 2
    assert check.main([]) == 2


def test_each_health_check_asks_about_a_part_that_airflow_has(stack: Any) -> None:
    """Every Airflow service's health check names a known part."""
    asked = {s["healthcheck"]["test"][-1] for s in stack.airflow.values() if "healthcheck" in s}
    assert asked == set(script("check_health").PARTS)


def test_passwords_are_written_for_their_owner_only(tmp_path: Path) -> None:
    """Each configured login gets its password from the environment, in a file nobody else reads."""
    start = script("start_api_server")
    target = tmp_path / "passwords.json"
    env = {start.USERS: "admin:admin,viewer:viewer", start.PASSWORDS_FILE: str(target)}
    env |= {"AIRFLOW_ADMIN_PASSWORD": "one", "AIRFLOW_VIEWER_PASSWORD": "two"}
    for _ in range(2):
        start.write_passwords(env)
    assert json.loads(target.read_text()) == {"admin": "one", "viewer": "two"}
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_login_without_a_password_is_refused(stack: Any) -> None:
    """The server does not start with a made-up password; compose gives one for each login."""
    start = script("start_api_server")
    env = stack.services["airflow-api-server"]["environment"]
    assert set(start.passwords(env)) == {"admin", "viewer"}
    with pytest.raises(SystemExit, match="AIRFLOW_VIEWER_PASSWORD: expected a password"):
        start.passwords(env | {"AIRFLOW_VIEWER_PASSWORD": ""})
