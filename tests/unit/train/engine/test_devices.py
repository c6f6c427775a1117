"""Which device, which arithmetic, how many threads."""

from collections.abc import Callable

import pytest
import torch

from safety_tasks.errors import DeviceMissing
from safety_tasks.records.recipe import Recipe
from safety_tasks.train.engine import devices
from safety_tasks.train.engine.devices import (
    Device,
    hardware,
    packages,
    pick_precision,
    resolve_device,
)

TWO = Device("cuda", (0, 1), ("GPU 0", "GPU 1"))
CPU, MPS = Device("cpu", names=("p",)), Device("mps", names=("m",))


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, bool], None]:
    """Give a way to say which accelerators torch finds."""

    def say(cuda: int, mps: bool) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"GPU {number}")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return say


@pytest.mark.parametrize(
    ("wanted", "cuda", "mps", "label", "argument"),
    [
        ("auto", 0, False, "cpu", "cpu"),
        ("auto", 0, True, "mps", "mps"),
        ("auto", 1, True, "cuda:0", "0"),
        ("auto", 2, False, "cuda:0,1", "0,1"),
        ("cpu", 2, True, "cpu", "cpu"),
        ("mps", 2, True, "mps", "mps"),
        ("cuda", 2, False, "cuda:0,1", "0,1"),
        ("cuda:1", 2, False, "cuda:1", "1"),
        ("cuda:1,0,1", 2, False, "cuda:1,0", "1,0"),
    ],
)
def test_a_device_that_is_there(
    there: Callable[[int, bool], None], wanted: str, cuda: int, mps: bool, label: str, argument: str
) -> None:
    """``auto`` prefers every CUDA device, then MPS, then the CPU; a name means itself."""
    there(cuda, mps)
    found = resolve_device(wanted)
    assert (found.label, found.argument) == (label, argument)
    if found.kind == "cuda":
        assert found.names == tuple(f"GPU {number}" for number in found.numbers)


@pytest.mark.parametrize(
    ("wanted", "cuda", "mps", "found"),
    [
        ("cuda", 0, False, "found cpu"),
        ("cuda:0", 0, True, "found mps, cpu"),
        ("cuda:0,2", 2, False, "found cuda:0, cuda:1, cpu"),
        ("mps", 1, False, "found cuda:0, cpu"),
    ],
)
def test_a_device_that_is_absent(
    there: Callable[[int, bool], None], wanted: str, cuda: int, mps: bool, found: str
) -> None:
    """The error says what was expected, what is there and what to do."""
    there(cuda, mps)
    with pytest.raises(DeviceMissing, match=f"expected {wanted}, {found}\\. Set the recipe's"):
        resolve_device(wanted)


@pytest.mark.parametrize(
    ("said", "device", "flags", "precision"),
    [
        ("auto", CPU, "", "float32"),
        ("auto", CPU, "avx512f", "float32"),
        ("auto", CPU, "avx512_bf16", "bfloat16"),
        ("auto", CPU, "amx_bf16 amx_tile", "bfloat16"),
        ("float32", CPU, "amx_bf16", "float32"),
        ("bfloat16", CPU, "", "bfloat16"),
        ("auto", MPS, "amx_bf16", "float32"),
        ("float32", TWO, "", "mixed"),
    ],
)
def test_precision(
    monkeypatch: pytest.MonkeyPatch, said: str, device: Device, flags: str, precision: str
) -> None:
    """``auto`` on a CPU follows the processor; CUDA has the framework's own, MPS float32."""
    monkeypatch.setattr(devices, "processor_flags", lambda: frozenset(flags.split()))
    recipe = Recipe.model_validate({"name": "x", "precision": said})
    assert pick_precision(recipe, device) == precision


@pytest.mark.parametrize(("imgsz_px", "threads"), [(64, 1), (128, 1), (192, 1), (224, 7), (640, 7)])
def test_small_pictures_take_one_core(
    monkeypatch: pytest.MonkeyPatch, imgsz_px: int, threads: int
) -> None:
    """Up to 192 px one thread trains, from there on every usable core."""
    monkeypatch.setattr(devices, "usable_cores", lambda: 7)
    assert devices.cpu_threads(imgsz_px) == threads


def test_no_more_gpus_than_pictures() -> None:
    """A batch of one takes one GPU; a CPU is a CPU whatever the batch."""
    assert TWO.for_batch(1).label == "cuda:0"
    assert TWO.for_batch(16) == TWO
    assert CPU.for_batch(1) == CPU


def test_the_machine_is_described() -> None:
    """Names, cores, bytes and versions are those of this machine."""
    found = hardware(CPU)
    assert found.devices == ("p",)
    assert found.cores >= 1
    assert found.memory_bytes > 1 << 28
    assert packages()["torch"] == torch.__version__.partition("+")[0]
