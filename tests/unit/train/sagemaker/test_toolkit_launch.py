"""What SageMaker's own toolkit makes of a request: entry, code, recipe, and the command of several GPUs."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.sagemaker_toolkit import toolkit_program

from safety_tasks.records.recipe import Recipe
from safety_tasks.settings import SageMakerSettings
from safety_tasks.train.sagemaker.channels import Channels
from safety_tasks.train.sagemaker.request import training_request

RECIPE = Recipe(name="r", epochs=7)
ROLE = "arn:aws:iam::123456789012:role/trainer"
# Run by the toolkit's own Python: read the job's configuration as `train` does, and say what it would start. Which
# runner is chosen by that parameter is the PyTorch container's rule (sagemaker-pytorch-training-toolkit, training.py).
PROGRAM = """
import json
from sagemaker_training import environment, runner
env = environment.Environment()
several = env.additional_framework_parameters.get("sagemaker_torch_distributed_enabled", False)
chosen = runner.get(runner.TorchDistributedRunnerType if several else runner.ProcessRunnerType)
print(json.dumps({
    "entry": env.user_entry_point, "source": env.module_dir, "level": env.log_level,
    "own": env.additional_framework_parameters, "recipe": env.hyperparameters,
    "channels": sorted(env.channel_input_dirs), "command": chosen._create_command(),
}))
"""


def launched(root: Path, instance_type: str) -> dict[str, Any]:
    """Return what the toolkit reads from a request for an instance."""
    request = training_request(
        "j1",
        "r1",
        RECIPE,
        Channels("s3://b/runs/r1/job_manifest.json", "s3://b/runs/r1/job/"),
        "s3://b/sagemaker/source/x.tar.gz",
        "s3://b",
        "us-east-1",
        SageMakerSettings(role_arn=ROLE, instance_type=instance_type),
    )
    hosts = {
        "current_host": "localhost",
        "hosts": ["localhost"],
        "network_interface_name": "lo",
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": instance_type,
                "hosts": ["localhost"],
            }
        ],
    }
    inputs = {
        each["ChannelName"]: {"TrainingInputMode": "File"} for each in request["InputDataConfig"]
    }
    folder = root / "input" / "config"
    folder.mkdir(parents=True)
    for name, document in (
        ("hyperparameters", request["HyperParameters"]),
        ("resourceconfig", hosts),
        ("inputdataconfig", inputs),
    ):
        (folder / f"{name}.json").write_text(json.dumps(document))
    (root / "code").mkdir()
    (root / "code" / request_entry(request)).write_text("")
    done = subprocess.run(
        [str(toolkit_program("python")), "-c", PROGRAM],
        env={"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(root)} | request["Environment"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def request_entry(request: dict[str, Any]) -> str:
    """Return the entry script that a request names."""
    return str(json.loads(request["HyperParameters"]["sagemaker_program"]))


@pytest.mark.slow
def test_the_toolkit_reads_the_request(tmp_path: Path) -> None:
    """It finds the code and the entry, the two channels, and the recipe with its types."""
    found = launched(tmp_path, "ml.g4dn.xlarge")
    assert (found["entry"], found["source"]) == ("run_job.py", "s3://b/sagemaker/source/x.tar.gz")
    assert found["level"] == 20
    assert found["channels"] == ["pictures", "run"]
    assert Recipe.model_validate(found["recipe"]) == RECIPE
    assert found["own"] == {}
    assert found["command"][1:3] == ["--", "run_job.py"]
    words = found["command"][3:]
    assert words[words.index("--batch") + 1] == "16"


@pytest.mark.slow
def test_several_gpus_are_launched_by_torchrun(tmp_path: Path) -> None:
    """One process for each GPU that the host has, of the same entry; the request alone says so."""
    found = launched(tmp_path, "ml.p3.8xlarge")
    assert found["own"] == {
        "sagemaker_torch_distributed_enabled": True,
        "sagemaker_instance_type": "ml.p3.8xlarge",
    }
    assert found["command"][:4] == ["torchrun", "--nnodes", "1", "--nproc_per_node"]
    assert found["command"][5] == "run_job.py"
