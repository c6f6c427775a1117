"""One process trains; of several that torchrun started the others leave, and what cannot work is refused."""

import pytest

from safety_tasks.errors import ConfigError, DeviceMissing
from safety_tasks.train.sagemaker.ranks import forget_launcher, is_first, require_devices


def torchrun(rank: int = 0, world: int = 4, here: int = 4) -> dict[str, str]:
    """Return the variables that torchrun sets, and one of the job's."""
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank % here),
        "GROUP_RANK": str(rank // here),
        "ROLE_RANK": str(rank),
        "ROLE_NAME": "default",
        "WORLD_SIZE": str(world),
        "LOCAL_WORLD_SIZE": str(here),
        "GROUP_WORLD_SIZE": str(world // here),
        "ROLE_WORLD_SIZE": str(world),
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": "7777",
        "TORCHELASTIC_RUN_ID": "none",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "OMP_NUM_THREADS": "1",
        "SM_MODEL_DIR": "/opt/ml/model",
    }


def test_without_torchrun_there_is_one_process() -> None:
    """No variables, or a single process under torchrun: it is the one that trains."""
    assert is_first({})
    assert is_first(torchrun(0, 1, 1))


def test_of_four_processes_one_trains() -> None:
    """Of four processes on an instance one alone is the first."""
    assert [is_first(torchrun(rank)) for rank in range(4)] == [True, False, False, False]


@pytest.mark.parametrize(
    "env",
    [torchrun(5, 8, 4), torchrun(0, 8, 4), {"WORLD_SIZE": "2"}, {"WORLD_SIZE": "x", "RANK": "0"}],
)
def test_what_cannot_train_together_is_refused(env: dict[str, str]) -> None:
    """Processes on several instances, and half a set of variables, are refused by name."""
    with pytest.raises(
        ConfigError, match=r"instance_count: expected 1, found 2|torchrun's numbers"
    ):
        is_first(env)


def test_the_first_forgets_what_torchrun_told() -> None:
    """Nothing that would make the framework take itself for a worker is left, and nothing else is gone."""
    env = torchrun()
    forget_launcher(env)
    assert env == {"SM_MODEL_DIR": "/opt/ml/model"}
    plain = {"OMP_NUM_THREADS": "2", "MASTER_ADDR": "a"}
    forget_launcher(plain)
    assert plain == {"OMP_NUM_THREADS": "2", "MASTER_ADDR": "a"}


@pytest.mark.parametrize(
    ("wanted", "paid_for", "there", "fits"),
    [
        ("auto", 0, 0, True),
        ("auto", 4, 4, True),
        ("auto", 1, 0, False),
        ("auto", 4, 3, False),
        ("cpu", 1, 0, True),
        ("cuda:0", 4, 1, True),
    ],
)
def test_a_paid_gpu_is_not_left_idle(wanted: str, paid_for: int, there: int, fits: bool) -> None:
    """With ``auto`` all GPUs of the machine must be usable; who names a device gets it."""
    if fits:
        require_devices(wanted, paid_for, there)
    else:
        with pytest.raises(DeviceMissing, match=f"{paid_for} GPUs, found {there}"):
            require_devices(wanted, paid_for, there)
