"""Which device trains, how it multiplies, and what the machine is.

Rules: ``auto`` takes every CUDA device, else MPS, else the CPU; a device that is named and absent is an error, never
another one; on a CPU bfloat16 is taken only where the processor multiplies it in hardware.
"""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

from safety_tasks.errors import DeviceMissing
from safety_tasks.framework_env import machine_name, processor_flags, usable_cores
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Hardware

Precision = Literal["float32", "bfloat16", "mixed"]
PACKAGES: Final = ("torch", "torchvision", "ultralytics", "numpy", "opencv-python")
# One training step, bfloat16 ÷ float32, both channels_last: 0.42 with amx_bf16 (640 px); with avx512_bf16 0.84 at
# 320 px and 0.7 at 128 px, one thread.
_MULTIPLIES_BFLOAT16: Final = frozenset({"amx_bf16", "avx512_bf16"})
# A recipe of 128 px, batch 8, 22 epochs took 146 s on two cores and 95 s on one of them.
_SMALL_PX: Final = 192


@dataclass(frozen=True)
class Device:
    """A device that is there: ``kind`` and, of CUDA, the numbers of the devices; ``names`` are for people."""

    kind: Literal["cpu", "mps", "cuda"]
    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def argument(self) -> str:
        """The framework's own word for it."""
        return ",".join(map(str, self.numbers)) if self.kind == "cuda" else self.kind

    @property
    def label(self) -> str:
        """The recipe's word for it."""
        return f"cuda:{self.argument}" if self.kind == "cuda" else self.kind

    def for_batch(self, batch: int) -> "Device":
        """Return as many of the devices as a batch has pictures for."""
        return Device(self.kind, self.numbers[:batch], self.names[:batch])


def resolve_device(wanted: str) -> Device:
    """Find the device that a recipe names.

    Raises:
        DeviceMissing: it is not there.
    """
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    mps = torch.backends.mps.is_available()
    kind, _, numbers = wanted.partition(":")
    if kind == "auto":
        kind = "cuda" if there else "mps" if mps else "cpu"
    if kind == "cpu":
        return Device("cpu", names=(machine_name(),))
    if kind == "mps" and mps:
        return Device("mps", names=(f"MPS of {machine_name()}",))
    chosen = tuple(dict.fromkeys(map(int, numbers.split(",")))) if numbers else tuple(range(there))
    if kind == "mps" or not chosen or max(chosen) >= there:
        found = [f"cuda:{number}" for number in range(there)] + ["mps"] * mps + ["cpu"]
        raise DeviceMissing(
            f"device: expected {wanted}, found {', '.join(found)}. Set the recipe's device to one of these or to auto, "
            "or run where that device is; a CUDA device also needs its driver and a CUDA build of torch."
        )
    return Device("cuda", chosen, tuple(torch.cuda.get_device_name(number) for number in chosen))


def pick_precision(recipe: Recipe, device: Device) -> Precision:
    """Return the arithmetic that a recipe means on a device.

    The framework's mixed precision on CUDA; float32 on MPS; on a CPU what the recipe says.
    """
    if device.kind == "cuda":
        return "mixed"
    if device.kind == "mps":
        return "float32"
    if recipe.precision != "auto":
        return recipe.precision
    return "bfloat16" if processor_flags() & _MULTIPLIES_BFLOAT16 else "float32"


def cpu_threads(imgsz_px: int) -> int:
    """Return how many threads train fastest on pictures of this size."""
    return 1 if imgsz_px <= _SMALL_PX else usable_cores()


def hardware(device: Device) -> Hardware:
    """Describe the machine and the devices that compute."""
    return Hardware(
        machine=machine_name(),
        cores=usable_cores(),
        memory_bytes=_memory_bytes(),
        devices=device.names,
    )


def packages() -> dict[str, str]:
    """Return the versions of what the numbers depend on, and of Python."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a container may hold OpenCV under another name
            continue
    return found


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0
