"""The wheels that a job installs on top of its container, so that a network without internet is enough.

Rules: only files whose digest is pinned, in the pinned version, for Python 3.11 on 64-bit Linux; any other file is
refused by its name. PyTorch is the container's own. Run as a program, it lists what is to be downloaded.
Source: PEP 427 (names of wheels), PEP 425 (their tags); pip's "Hash-checking Mode".
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.cloud.pins import Pin, needed_by, normal_name, read_pins
from safety_tasks.digests import sha256_file
from safety_tasks.errors import ArtifactError, ConfigError

PROVIDED: Final = ("torch", "torchvision")
WHEEL_FOLDER: Final = "wheels"
_WHEEL: Final = re.compile(
    r"^(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl$"
)
_MAKE: Final = "Empty the folder and run `make sagemaker-wheels`."


@dataclass(frozen=True)
class Wheel:
    """A proved wheel."""

    path: Path
    name: str
    version: str
    sha256: str


def find_wheels(folder: Path, pins: Mapping[str, Pin]) -> tuple[Wheel, ...]:
    """Return the wheels of a folder by name, each proved.

    Raises:
        ConfigError: there is no such folder, or nothing in it.
        ArtifactError: a file is no wheel, is not pinned, has another digest, or does not run in the container.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"sagemaker.wheel_dir: expected a folder, found none at {folder}. Run `make sagemaker-wheels`."
        )
    found: dict[str, Wheel] = {}
    for path in sorted(folder.iterdir()):
        wheel = _proved(path, pins)
        if wheel.name in found:
            raise ArtifactError(
                f"{path.name}: expected one wheel of {wheel.name}, found {found[wheel.name].path.name} too. {_MAKE}"
            )
        found[wheel.name] = wheel
    if not found:
        raise ConfigError(
            f"sagemaker.wheel_dir: expected wheels in {folder}, found none. Run `make sagemaker-wheels`."
        )
    return tuple(found[name] for name in sorted(found))


def install_list(wheels: Sequence[Wheel]) -> str:
    """Return the ``requirements.txt`` by which the container installs the wheels beside it, and nothing else."""
    lines = ["--no-index", f"--find-links {WHEEL_FOLDER}", "--require-hashes"]
    lines += [f"{each.name}=={each.version} --hash=sha256:{each.sha256}" for each in wheels]
    return "\n".join(lines) + "\n"


def download_list(names: Sequence[str], pins: Mapping[str, Pin]) -> str:
    """Return what is to be downloaded for packages, and all that they need but PyTorch, pinned with digests."""
    lines = []
    for pin in needed_by(names, pins, PROVIDED):
        lines.append(
            " \\\n    ".join(
                [
                    f"{pin.name}=={pin.version}",
                    *(f"--hash=sha256:{digest}" for digest in sorted(pin.sha256s)),
                ]
            )
        )
    return "\n".join(lines) + "\n"


def _proved(path: Path, pins: Mapping[str, Pin]) -> Wheel:
    match = _WHEEL.match(path.name)
    if match is None or path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path.name}: expected only wheels, found something else. {_MAKE}")
    name = normal_name(match["name"])
    pin = pins.get(name)
    if pin is None:
        raise ArtifactError(
            f"{path.name}: expected a package of constraints.txt, found {name}, which is not pinned there. {_MAKE}"
        )
    digest = sha256_file(path)
    if digest not in pin.sha256s:
        raise ArtifactError(
            f"{path.name}: expected one of the {len(pin.sha256s)} digests that constraints.txt pins for "
            f"{name}=={pin.version}, found sha256 {digest[:12]}…. {_MAKE}"
        )
    if not _runs_there(match["python"], match["abi"], match["platform"]):
        raise ArtifactError(
            f"{path.name}: expected a wheel for Python 3.11 on 64-bit Linux (glibc), found another. {_MAKE}"
        )
    return Wheel(path, name, pin.version, digest)


def _runs_there(python: str, abi: str, platform: str) -> bool:
    """Tell whether a wheel's tags fit CPython 3.11 on x86_64 Linux with glibc."""
    platforms = platform.split(".")
    if not any(
        each == "any" or (each.startswith(("manylinux", "linux")) and each.endswith("_x86_64"))
        for each in platforms
    ):
        return False
    pythons = python.split(".")
    if "abi3" in abi.split("."):
        minors = [int(each[3:]) for each in pythons if re.fullmatch(r"cp3\d+", each)]
        return any(minor <= 11 for minor in minors)
    return bool({"py3", "py311", "cp311"} & set(pythons)) and bool(
        {"none", "cp311"} & set(abi.split("."))
    )


def main(arguments: Sequence[str]) -> None:
    """Print what is to be downloaded: of a file of names, by a file of pins."""
    wanted, constraints = map(Path, arguments)
    lines = (line.split("#")[0].strip() for line in wanted.read_text(encoding="utf-8").splitlines())
    names = [line for line in lines if line]
    sys.stdout.write(download_list(names, read_pins(constraints)))


if __name__ == "__main__":
    main(sys.argv[1:])
