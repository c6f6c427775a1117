"""Several GPUs: the toolkit's own torchrun command starts the processes, one of them trains, by workers of its own.

The machine claims GPUs by an ``nvidia-smi`` of the test's own; the processes meet over gloo, on the CPU.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.processes import processes_of
from support.sagemaker_folders import Machine, lay_out
from support.sagemaker_toolkit import CHECKOUT, FRAMEWORK_MODULE, toolkit_program

from safety_tasks.demo.services import free_port
from safety_tasks.settings import SageMakerSettings
from safety_tasks.train.sagemaker.layout import RESULT_BYTES
from safety_tasks.train.sagemaker.request import needs_torchrun

pytestmark = pytest.mark.slow

COMMAND = """
import json
from sagemaker_training import environment, runner
env = environment.Environment()
command = runner.get(runner.TorchDistributedRunnerType, "run_job.py", ["--batch", "4"], {})._create_command()
print(json.dumps(command))
"""
# A worker, as the engine starts one for each GPU; it meets the others over gloo.
WORKER = """
import os, sys, time
from pathlib import Path
import torch
import torch.distributed as dist
from safety_tasks.errors import LossNotFinite
from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.fit_plan import leave_problem, say_epoch
from safety_tasks.train.engine.framework_problems import as_problem

project, rank = Path(sys.argv[1]), int(os.environ["RANK"])
dist.init_process_group("gloo")
if os.environ.get("FAILING_RANK") == str(rank):
    leave_problem(project, rank, as_problem(LossNotFinite("the loss of one worker is gone")))
    raise SystemExit(1)
if "FAILING_RANK" in os.environ:
    time.sleep(120)
total = torch.ones(1)
dist.all_reduce(total)
os.write(1, f"worker {rank} of {os.environ['WORLD_SIZE']}\\n".encode())  # whole: two write into one pipe
if rank == 0:
    say_epoch(project, Epoch(number=1, total=1, seconds=1, eta_s=0, box_loss=1, cls_loss=1, dfl_loss=1,
                             map50=total.item() / 10))
dist.destroy_process_group()
"""
# The container's own main and the engine's own launch of workers; of the framework there is only what they would do.
ENTRY = """
import logging, os, sys
from safety_tasks.records.training import Fit, Hardware
from safety_tasks.train.engine.children import run_children
from safety_tasks.train.engine.fit import Fitted
from safety_tasks.train.sagemaker import container

def fit_detector(data_yaml, base, recipe, folder, *, inputs_sha256, checkpoints):
    assert data_yaml.is_file()
    assert "RANK" not in os.environ
    print("one process trains", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", PORT,
               os.path.join(os.path.dirname(__file__), "worker.py"), str(folder)]
    run_children(command, folder, lambda epoch: logging.getLogger("safety_tasks").info(epoch.line()))
    for name in "wcp":
        (folder / name).write_text(name)
    hardware = Hardware(machine="m", cores=1, memory_bytes=1, devices=())
    fit = Fit(device="cuda:0,1", precision="mixed", hardware=hardware, packages={}, epochs_done=1,
              best_epoch=1, batch=4, seconds=1.0, code_sha256="0" * 64)
    return Fitted(fit, folder / "w", folder / "c", folder / "p")

container._usable_gpus = lambda: 2
container.fit_detector = fit_detector
raise SystemExit(container.main())
"""


def start(
    machine: Machine, command: list[str], gpus: int, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run a program of the toolkit's environment, as the PyTorch container does, on a machine that claims GPUs."""
    tools = machine.root / "tools"
    tools.mkdir()
    shown = "\\n".join(f"GPU {number}: Tesla V100" for number in range(gpus))
    (tools / "nvidia-smi").write_text(f"#!/bin/sh\nprintf '{shown}\\n'\n")
    (tools / "nvidia-smi").chmod(0o755)
    resources = {
        "current_host": "localhost",
        "hosts": ["localhost"],
        "network_interface_name": "lo",
    }
    (machine.root / "input/config/resourceconfig.json").write_text(json.dumps(resources))
    channels = json.dumps({"pictures": {}, "run": {}})
    (machine.root / "input/config/inputdataconfig.json").write_text(channels)
    (machine.root / "code").mkdir()
    (machine.root / "code" / "run_job.py").write_text(ENTRY.replace("PORT", repr(str(free_port()))))
    (machine.root / "code" / "worker.py").write_text(WORKER)
    env = {
        "PATH": f"{tools}:{toolkit_program('train').parent}:{CHECKOUT / '.venv/bin'}:{os.environ['PATH']}",
        "SAGEMAKER_BASE_DIR": str(machine.root),
        "SAGEMAKER_TRAINING_MODULE": FRAMEWORK_MODULE,
        "SAFETY_TASKS_WORK_DIR": str(machine.root / "work"),
        "SM_CHECKPOINT_DIR": str(machine.root / "checkpoints"),
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
        "AWS_REGION": "us-east-1",
        **more,
    }
    return subprocess.run(
        [str(toolkit_program(command[0])), *command[1:]],
        env=env, capture_output=True, text=True, timeout=300, check=False, cwd=machine.root,
    )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Lay a job out that asks for torchrun."""
    return lay_out(tmp_path / "ml", sagemaker_torch_distributed_enabled="true")


def test_only_instances_with_several_gpus_ask_for_torchrun() -> None:
    """The request asks for torchrun just where there is more than one process to start."""
    for instance, wanted in {
        "ml.p3.8xlarge": True,
        "ml.g4dn.12xlarge": True,
        "ml.g4dn.xlarge": False,
    }.items():
        assert needs_torchrun(SageMakerSettings(instance_type=instance)) is wanted


def test_the_toolkit_starts_one_process_for_each_gpu(machine: Machine) -> None:
    """On a machine with four GPUs the toolkit's command is torchrun with four processes of our entry."""
    done = start(machine, ["python", "-c", COMMAND], 4)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        "torchrun", "--nnodes", "1", "--nproc_per_node", "4", "run_job.py", "--batch", "4",
    ]  # fmt: skip


def test_of_two_processes_one_trains_by_workers_of_its_own(machine: Machine) -> None:
    """One process starts two workers that meet; one line for the epoch, one model folder, no failure."""
    done = start(machine, ["train"], 2)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines.count("one process trains") == 1
    (epoch,) = [line for line in lines if line.startswith("epoch ")]
    assert "validation:mAP=0.20000" in epoch
    assert {"worker 0 of 2", "worker 1 of 2"} <= set(lines)
    assert {path.name for path in machine.model.iterdir()} == set(RESULT_BYTES)
    assert not (machine.root / "output" / "failure").exists()


def test_a_worker_that_fails_ends_all_with_its_reason(machine: Machine) -> None:
    """The other worker is ended too, and the job's reason is that of the one that fell."""
    done = start(machine, ["train"], 2, FAILING_RANK="1")
    assert done.returncode != 0
    assert machine.failure() == "LossNotFinite: the loss of one worker is gone"
    assert list(machine.model.iterdir()) == []
    assert not processes_of(machine.root)
