"""Which of a job's processes this is, where the toolkit's torchrun starts one for each GPU of the instance.

Rules: the first process trains on all GPUs, as it would anywhere: the engine starts the framework's workers itself, by
torchrun again, since it must be able to end all of them and begin anew when memory runs out in one. So the others
leave at once, and the first one forgets what torchrun told it. One instance only, since the framework counts the
devices of one machine; and never on the CPU of a machine with GPUs, which are paid for.
Proved without GPUs: the toolkit's own torchrun command, and workers started inside it. **Unproven**: training itself on
several GPUs of an instance.
Source: PyTorch, "torchrun (Elastic Launch)", environment variables; ultralytics 8.4 ``engine/trainer.py``.
"""

from collections.abc import Mapping, MutableMapping
from typing import Final

from safety_tasks.errors import ConfigError, DeviceMissing

_TOLD: Final = ("RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK", "ROLE_NAME")
_TOLD_TOO: Final = ("WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE")
_MEETING: Final = ("MASTER_ADDR", "MASTER_PORT", "OMP_NUM_THREADS")
_FAMILY: Final = "TORCHELASTIC_"


def is_first(env: Mapping[str, str]) -> bool:
    """Tell whether this process is the one that trains; without torchrun it is the only one.

    Raises:
        ConfigError: the processes are spread over several instances, or the variables are no numbers.
    """
    if "WORLD_SIZE" not in env:
        return True
    try:
        rank, world = int(env["RANK"]), int(env["WORLD_SIZE"])
        here = int(env.get("LOCAL_WORLD_SIZE", world))
    except (KeyError, ValueError) as problem:
        raise ConfigError(
            f"RANK and WORLD_SIZE: expected torchrun's numbers, found: {problem}. Start the job by torchrun, or unset "
            "them."
        ) from problem
    if here != world:
        raise ConfigError(
            f"sagemaker.instance_count: expected 1, found {world // max(here, 1)} instances with {here} processes "
            "each: the framework trains on the GPUs of one machine. Set 1 and a larger instance_type."
        )
    return rank == 0


def forget_launcher(env: MutableMapping[str, str]) -> None:
    """Take torchrun's variables away, before the framework reads them and takes itself for a worker."""
    if "WORLD_SIZE" not in env:
        return
    for name in list(env):
        if name in (*_TOLD, *_TOLD_TOO, *_MEETING) or name.startswith(_FAMILY):
            del env[name]


def require_devices(wanted: str, paid_for: int, there: int) -> None:
    """Refuse to train on the CPU, or on some of the GPUs, of a machine that has more.

    Args:
        wanted: the recipe's device; only ``auto`` means all that there are.
        paid_for: how many GPUs the machine has.
        there: how many of them the framework can use.

    Raises:
        DeviceMissing: not all.
    """
    if wanted == "auto" and there < paid_for:
        raise DeviceMissing(
            f"device auto: expected the machine's {paid_for} GPUs, found {there} that torch can use. The image's torch "
            "does not fit the machine's driver: choose another image or instance_type, or set device to cpu."
        )
