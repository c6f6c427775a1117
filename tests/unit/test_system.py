"""The look at the system names what is missing, and installs only where it may."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "requirements" / "system.sh"
ALL = "libGL.so.1 (libc6) => /x\nlibglib-2.0.so.0 (libc6) => /y"


@pytest.fixture
def look(tmp_path: Path) -> "Look":
    """Give a run of the script on a made-up system."""
    return Look(tmp_path)


class Look:
    """A system whose ``id``, ``ldconfig``, ``apt-get`` and Python are made up."""

    def __init__(self, folder: Path) -> None:
        self.asked = folder / "asked"
        self._bin = folder / "bin"
        self._bin.mkdir()
        (self._bin / "cat").symlink_to(_tool("cat"))
        self._tool("apt-get", f'echo "$@" >> {self.asked}')

    def at(
        self, *words: str, user: int, libraries: str = ALL, python: str = sys.executable
    ) -> "subprocess.CompletedProcess[str]":
        """Look as a user, with these libraries and this Python."""
        self._tool("id", f"echo {user}")
        self._tool("ldconfig", f"cat <<'X'\n{libraries}\nX")
        return subprocess.run(
            [_tool("sh"), str(SCRIPT), *words],
            env={"PATH": str(self._bin), "PYTHON": python},
            capture_output=True,
            text=True,
            check=False,
        )

    def compiler(self) -> None:
        """Make a C compiler."""
        self._tool("cc", "exit 0")

    def python(self, version: str, modules: bool = True, headers: bool = True) -> str:
        """Make a Python of a version, with or without venv and headers."""
        venv = f"*venv*) exit {0 if modules else 1} ;;"
        found = f"*Python.h*) exit {0 if headers else 1} ;;"
        return self._tool("python-made-up", f'case "$2" in {venv} {found} esac; echo {version}')

    def _tool(self, name: str, body: str) -> str:
        path = self._bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)


def _tool(name: str) -> str:
    found = shutil.which(name)
    assert found
    return found


def test_a_whole_system_is_left_alone(look: Look) -> None:
    """Nothing is installed or said where nothing is missing."""
    done = look.at(user=0, libraries=ALL)
    assert (done.returncode, done.stdout) == (0, "")
    assert not look.asked.exists()


def test_a_user_is_told_the_one_command(look: Look) -> None:
    """Without the right to install, the one command is printed and the set-up stops."""
    done = look.at(user=1000, libraries="", python=look.python("3.11", modules=False))
    assert done.returncode == 1
    assert "sudo apt-get install -y python3-venv libgl1 libglib2.0-0" in done.stdout
    assert not look.asked.exists()


def test_root_installs_what_is_missing_and_only_that(look: Look) -> None:
    """With the right to install, the missing library is installed and the set-up goes on."""
    done = look.at(user=0, libraries="libGL.so.1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert look.asked.read_text().splitlines()[-1].endswith("--no-install-recommends libglib2.0-0")


def test_another_python_is_refused(look: Look) -> None:
    """Any Python but 3.11 is named and refused."""
    done = look.at(user=1000, libraries=ALL, python=look.python("3.13"))
    assert done.returncode == 1
    assert "Expected Python 3.11, found 3.13" in done.stdout


@pytest.mark.parametrize(
    ("compiler", "headers", "lacking"),
    [
        (True, True, ""),
        (False, True, "gcc libc6-dev"),
        (True, False, "python3-dev"),
        (False, False, "gcc libc6-dev python3-dev"),
    ],
)
def test_a_compiler_is_looked_for_where_one_is_needed(
    look: Look, compiler: bool, headers: bool, lacking: str
) -> None:
    """The toolkit that is built here needs a C compiler and Python's headers; nothing else asks for them."""
    if compiler:
        look.compiler()
    python = look.python("3.11", headers=headers)
    assert look.at(user=1000, python=python).stdout == ""
    done = look.at("compiler", user=1000, python=python)
    assert done.returncode == (1 if lacking else 0)
    assert ("apt-get install" in done.stdout) == bool(lacking)
    assert done.stdout.endswith(f"install -y {lacking}\n" if lacking else "")
