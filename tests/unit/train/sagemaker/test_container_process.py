"""The container's process: what it needs, what it must be told, how it ends when it is told to stop."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.sagemaker_folders import JOB, RECIPE, lay_out

from safety_tasks.errors import ConfigError
from safety_tasks.train.sagemaker.job_input import places_of, read_work


def test_a_missing_variable_is_named() -> None:
    """Started by anything but the toolkit, it says what is missing."""
    with pytest.raises(ConfigError, match="SM_CHANNEL_PICTURES: expected a folder"):
        places_of({})


def test_read_work_reads_what_was_written(tmp_path: Path) -> None:
    """Job, recipe and pictures come back as the records that they were."""
    machine = lay_out(tmp_path / "ml")
    work = read_work(places_of(machine.variables()))
    assert (work.job, work.recipe) == (JOB, RECIPE)
    assert sorted(work.pictures, key=str) == sorted(machine.pictures, key=str)


def test_told_to_stop_it_ends_at_once(tmp_path: Path) -> None:
    """SIGTERM ends the process within seconds, whatever the engine is doing, and says so in the log."""
    program = (
        "import sys, time\n"
        "from safety_tasks.train.sagemaker import container\n"
        "def train(places):\n"
        "    print('trains', flush=True)\n"
        "    while True:\n"
        "        try: time.sleep(60)\n"
        "        except BaseException: pass\n"
        "container._run = train\n"
        "container.places_of = lambda env: None\n"
        "sys.exit(container.main())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env={**os.environ, "SM_OUTPUT_DIR": str(tmp_path)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"trains\n"
        began = time.monotonic()
        process.terminate()
        assert process.wait(10) == 143
        assert time.monotonic() - began < 5
        assert b"last whole epoch" in process.stdout.read()
    finally:
        process.kill()


def test_it_needs_no_more_than_a_job_installs() -> None:
    """The container's modules import with none of the packages that only other stages need."""
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'airflow', 'boto3', 'great_expectations', 'pandas', 'onnx',\n"
        "            'onnxruntime', 'optuna', 'mlflow', 'fastapi', 'tuf'}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import safety_tasks.train.sagemaker.container\n"
        "print(sorted({'torch', 'ultralytics'} & set(sys.modules)))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "[]\n"), found.stderr
