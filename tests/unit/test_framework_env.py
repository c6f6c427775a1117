"""The training framework reads its environment once, at its import: it is set before that or training refuses."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
_PREPARE = "from safety_tasks.framework_env import prepare_framework; prepare_framework()\n"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(_PREPARE + "import ultralytics\n" + _PREPARE, "", id="prepared first"),
        pytest.param(
            "import ultralytics\n" + _PREPARE,
            "found it imported with safe loading off and its own log lines on",
            id="imported first",
        ),
    ],
)
def test_the_environment_comes_before_the_import(
    program: str, expected: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights could run code, and logs would fill with the framework's bars, where it was imported unprepared."""
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_VERBOSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode == 0) == (not expected), done.stderr
    assert expected in done.stderr
