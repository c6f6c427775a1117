"""Several GPUs: the parent passes on what its children say, raises what they raise, and takes them with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support.processes import processes_of, wait_for

from safety_tasks.errors import LossNotFinite, TrainingError
from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.children import run_children
from safety_tasks.train.engine.fit_plan import leave_problem, left_problem, said_epochs, say_epoch
from safety_tasks.train.engine.framework_problems import Problem

CHECKOUT = Path(__file__).resolve().parents[4]
EPOCH = Epoch(number=1, total=2, seconds=1, eta_s=1, box_loss=1, cls_loss=1, dfl_loss=1)
_SAY = """
import sys
from pathlib import Path
from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.fit_plan import leave_problem, say_epoch
from safety_tasks.train.engine.framework_problems import Problem
project = Path(sys.argv[1])
for number in (1, 2):
    say_epoch(project, Epoch(number=number, total=2, seconds=1, eta_s=1, box_loss=1, cls_loss=1, dfl_loss=1))
if len(sys.argv) > 2:
    leave_problem(project, 0, Problem(kind="LossNotFinite", message="lower it"))
    sys.exit(1)
"""
_WAIT = _SAY + "\nimport time\ntime.sleep(600)\n"


def test_epochs_are_told_in_order(tmp_path: Path) -> None:
    """Every epoch once, whenever the parent looks."""
    told: list[Epoch] = []
    run_children([sys.executable, "-c", _SAY, str(tmp_path)], tmp_path, told.append)
    assert [epoch.number for epoch in told] == [1, 2]


def test_a_half_written_line_waits(tmp_path: Path) -> None:
    """A line counts when it is whole."""
    say_epoch(tmp_path, EPOCH)
    with (tmp_path / "epochs.jsonl").open("ab") as stream:
        stream.write(b'{"number": 2')
    assert said_epochs(tmp_path, 0) == [EPOCH]
    assert said_epochs(tmp_path, 1) == []


def test_a_childs_error_is_raised(tmp_path: Path) -> None:
    """By its class where it left one, with the exit code where it did not."""
    with pytest.raises(LossNotFinite, match="lower it"):
        run_children([sys.executable, "-c", _SAY, str(tmp_path), "x"], tmp_path, lambda _: None)
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(TrainingError, match="found exit code 3"):
        run_children([sys.executable, "-c", "raise SystemExit(3)"], bare, lambda _: None)


def test_the_first_child_that_failed_is_believed(tmp_path: Path) -> None:
    """Those that wait for it fail later, of that."""
    for order, rank in enumerate((1, 0)):
        leave_problem(tmp_path, rank, Problem(kind="OutOfMemory", message=f"of {rank}"))
        os.utime(tmp_path / f"problem-{rank}.json", (order, order))
    assert left_problem(tmp_path) == Problem(kind="OutOfMemory", message="of 1")


def test_who_listens_may_end_it(tmp_path: Path) -> None:
    """An error of the listener ends the children and is raised."""

    def stop(epoch: Epoch) -> None:
        raise KeyError(epoch.number)

    with pytest.raises(KeyError):
        run_children([sys.executable, "-c", _WAIT, str(tmp_path)], tmp_path, stop)
    assert not processes_of(tmp_path)


@pytest.mark.slow
def test_a_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    """SIGKILL of the process that waits ends those that train, so that no second run starts beside them."""
    code = (
        "import sys; from pathlib import Path; from safety_tasks.train.engine.children import run_children; "
        "run_children([sys.executable, '-c', sys.argv[1], sys.argv[2]], Path(sys.argv[2]), lambda _: None)"
    )
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    parent = subprocess.Popen([sys.executable, "-c", code, _WAIT, str(tmp_path)], env=environment)
    try:
        wait_for(lambda: len(said_epochs(tmp_path, 0)) == 2, 60, "two epochs")
        children = psutil.Process(parent.pid).children()
        assert len(children) == 1
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not processes_of(tmp_path), 20, "no child left")


@pytest.mark.slow
def test_the_frameworks_own_children_find_our_trainer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the framework leaves for its children names our class by module, and a fresh process builds it so."""
    from types import SimpleNamespace

    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    from ultralytics.utils.dist import ddp_cleanup, generate_ddp_file

    from safety_tasks.train.engine.trainer import SafetyTrainer

    bare = SafetyTrainer.__new__(SafetyTrainer)
    bare.args = SimpleNamespace(device="0,1")
    bare.callbacks, bare.model = {}, "yolov8n.yaml"
    file = generate_ddp_file(bare)
    try:
        state = Path(file).with_suffix(".pt")
        code = (
            "import sys; from ultralytics.utils.patches import torch_load; "
            "found = torch_load(sys.argv[1], map_location='cpu', weights_only=False)['trainer']; "
            "print(found.__module__, found.__name__)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(state)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        )
    finally:
        ddp_cleanup(bare, file)
    assert done.stdout.split()[-2:] == ["safety_tasks.train.engine.trainer", "SafetyTrainer"]
