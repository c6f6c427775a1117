"""A time's fingerprint tells what this machine is; its class is what multiplies eight bits there."""

import platform

import cv2
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.framework_env import usable_cores
from safety_tasks.inference import fingerprint as module
from safety_tasks.inference.fingerprint import FEATURES, fingerprint, hardware_class
from safety_tasks.records.timing import Fingerprint

X86 = ("avx2", "avx512f")
ARCHITECTURES = ("x86_64", "AMD64", "amd64", "aarch64", "arm64", "ARM64", "armv7l", "riscv64", "")


def machine(architecture: str, *features: str) -> Fingerprint:
    """Return the fingerprint of a machine that has some instructions."""
    return Fingerprint(
        processor="p",
        architecture=architecture,
        cores=1,
        features=features,
        system="Linux 6",
        python="3.11",
        onnxruntime="1",
        opencv="5",
        provider="CPUExecutionProvider",
    )


@pytest.mark.parametrize(
    ("architecture", "features", "wanted"),
    [
        # No instruction told: the plain class of the architecture, however it is spelt.
        ("x86_64", (), "x86"),
        ("AMD64", (), "x86"),
        ("amd64", (), "x86"),
        ("aarch64", (), "arm"),
        ("arm64", (), "arm"),
        ("ARM64", (), "arm"),
        ("armv7l", (), "other"),
        ("riscv64", (), "other"),
        ("", (), "other"),
        # Instructions that multiply no eight bits change nothing.
        ("x86_64", X86, "x86"),
        ("x86_64", ("amx_bf16", *X86), "x86"),
        ("aarch64", ("asimd",), "arm"),
        # Each that does, alone.
        ("x86_64", ("amx_int8",), "x86-amx"),
        ("x86_64", ("avx512_vnni",), "x86-vnni"),
        ("x86_64", ("avx_vnni",), "x86-vnni"),
        ("aarch64", ("i8mm",), "arm-i8mm"),
        ("aarch64", ("asimddp",), "arm-dot"),
        # Of several the strongest.
        ("x86_64", ("amx_int8", "amx_bf16", "avx512_vnni", "avx_vnni", *X86), "x86-amx"),
        ("x86_64", ("avx512_vnni", "avx_vnni", *X86), "x86-vnni"),
        ("arm64", ("i8mm", "asimddp", "asimd"), "arm-i8mm"),
        ("arm64", ("asimddp", "asimd"), "arm-dot"),
    ],
)
def test_the_class_of_a_machine(architecture: str, features: tuple[str, ...], wanted: str) -> None:
    """The instructions decide, and where there are none that matter, the architecture."""
    assert hardware_class(machine(architecture, *features)) == wanted


@given(st.sampled_from(ARCHITECTURES), st.permutations(FEATURES), st.integers(0, len(FEATURES)))
def test_the_order_of_instructions_does_not_matter(
    architecture: str, features: list[str], count: int
) -> None:
    """A class depends on which instructions there are, not on how they are listed."""
    some = features[:count]
    found = hardware_class(machine(architecture, *some))
    assert found == hardware_class(machine(architecture, *sorted(some)))
    assert found == hardware_class(machine(architecture, *some, "rdrand", "svebf16"))


@pytest.mark.parametrize(
    ("flags", "features"),
    [
        (frozenset(), ()),
        (frozenset({"fpu", "avx"}), ()),
        (frozenset({"avx2", "fpu", "amx_int8"}), ("amx_int8", "avx2")),
        (frozenset({"asimd", "fp", "asimddp", "i8mm"}), ("i8mm", "asimddp", "asimd")),
        (
            frozenset({"avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_bf16", "amx_int8"}),
            ("amx_int8", "amx_bf16", "avx512_vnni", "avx_vnni", "avx512f", "avx2"),
        ),
    ],
)
def test_only_what_matters_to_a_detector_is_kept(
    monkeypatch: pytest.MonkeyPatch, flags: frozenset[str], features: tuple[str, ...]
) -> None:
    """Of hundreds of flags those that speed up a detector are on record, in one order; none told is none."""
    monkeypatch.setattr(module, "processor_flags", lambda: flags)
    assert fingerprint().features == features


def test_this_machine() -> None:
    """Every field is this process's own, the provider the one that is asked for."""
    found = fingerprint()
    assert found.architecture == platform.machine()
    assert platform.machine() in found.processor
    assert found.cores == usable_cores()
    assert found.system == f"{platform.system()} {platform.release()}"
    assert found.python == platform.python_version()
    assert (found.onnxruntime, found.opencv) == (ort.__version__, cv2.__version__)
    assert found.provider == "CPUExecutionProvider"
    other = fingerprint("CUDAExecutionProvider")
    assert other == found.model_copy(update={"provider": "CUDAExecutionProvider"})
    assert Fingerprint.from_json_bytes(found.to_json_bytes(), what="f") == found


def test_a_machine_that_says_nothing_is_of_the_plain_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without flags nothing is assumed, whatever this machine really has."""
    monkeypatch.setattr(module, "processor_flags", frozenset)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert hardware_class(fingerprint()) == "arm"
