"""A job's wheels: only what is pinned, for the container's Python, and refused by name otherwise."""

from pathlib import Path

import pytest

from safety_tasks.cloud.pins import Pin
from safety_tasks.cloud.wheels import download_list, find_wheels, install_list, main
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ConfigError

GOOD = b"a wheel"
DIGEST = sha256_bytes(GOOD)


def pinned(*names: str) -> dict[str, Pin]:
    """Return pins of packages whose one digest is the good wheel's."""
    return {name: Pin(name, "1.0", frozenset({DIGEST}), frozenset()) for name in names}


@pytest.mark.parametrize(
    "tags",
    [
        "py3-none-any",
        "py2.py3-none-any",
        "cp311-cp311-manylinux_2_28_x86_64",
        "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64",
        "cp37-abi3-manylinux2014_x86_64",
        "cp311-abi3-linux_x86_64",
        "1-py3-none-any",
    ],
)
def test_wheels_for_the_container(tmp_path: Path, tags: str) -> None:
    """Any Python, CPython 3.11, or the stable ABI of an older one, with glibc or without native code."""
    (tmp_path / f"some_name-1.0-{tags}.whl").write_bytes(GOOD)
    (wheel,) = find_wheels(tmp_path, pinned("some-name"))
    assert (wheel.name, wheel.version, wheel.sha256) == ("some-name", "1.0", DIGEST)
    assert install_list([wheel]) == (
        f"--no-index\n--find-links wheels\n--require-hashes\nsome-name==1.0 --hash=sha256:{DIGEST}\n"
    )


@pytest.mark.parametrize(
    "tags",
    [
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-abi3-manylinux_2_28_x86_64",
        "cp311-cp311-manylinux_2_28_aarch64",
        "cp311-cp311-musllinux_1_2_x86_64",
        "cp311-cp311-macosx_11_0_arm64",
        "cp311-cp311-win_amd64",
        "py2-none-any",
        "pp311-pypy311_pp73-manylinux_2_28_x86_64",
    ],
)
def test_wheels_for_other_machines(tmp_path: Path, tags: str) -> None:
    """They are pinned too, and would fail only in the job, when it is paid for."""
    (tmp_path / f"some_name-1.0-{tags}.whl").write_bytes(GOOD)
    with pytest.raises(ArtifactError, match=f"some_name-1.0-{tags}.whl: expected a wheel for"):
        find_wheels(tmp_path, pinned("some-name"))


@pytest.mark.parametrize(
    ("name", "payload", "found"),
    [
        ("some_name-1.0-py3-none-any.whl", b"another wheel", "digests"),
        ("stranger-1.0-py3-none-any.whl", GOOD, "not pinned"),
        ("requirements.txt", GOOD, "expected only wheels"),
        ("some_name-1.0.tar.gz", GOOD, "expected only wheels"),
        (".some_name-1.0-py3-none-any.whl", GOOD, "not pinned"),
    ],
)
def test_what_cannot_be_proved_is_refused_by_name(
    tmp_path: Path, name: str, payload: bytes, found: str
) -> None:
    """Other bytes, another package, another kind of file."""
    (tmp_path / name).write_bytes(payload)
    with pytest.raises(ArtifactError, match=f"^{name}: .*{found}"):
        find_wheels(tmp_path, pinned("some-name"))


def test_a_link_is_no_wheel(tmp_path: Path) -> None:
    """What it points at may change between the proof and the bundle."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    (tmp_path / "elsewhere").write_bytes(GOOD)
    (folder / "some_name-1.0-py3-none-any.whl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtifactError, match="expected only wheels"):
        find_wheels(folder, pinned("some-name"))


def test_one_wheel_a_package(tmp_path: Path) -> None:
    """Of two, nobody could say which one is installed."""
    for tags in ("py3-none-any", "cp311-cp311-manylinux_2_28_x86_64"):
        (tmp_path / f"some_name-1.0-{tags}.whl").write_bytes(GOOD)
    with pytest.raises(ArtifactError, match="one wheel of some-name"):
        find_wheels(tmp_path, pinned("some-name"))


def test_no_wheels(tmp_path: Path) -> None:
    """A folder that is set and not there, or empty, says how to fill it."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match="make sagemaker-wheels"):
            find_wheels(folder, pinned("some-name"))


def test_the_program_lists_what_to_download(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and comments go in, pins with digests come out, as pip reads them."""
    wanted, constraints = tmp_path / "job.in", tmp_path / "constraints.txt"
    wanted.write_text("# why\napp  # which\n\n")
    constraints.write_text(
        f"app==1.0 \\\n    --hash=sha256:{DIGEST}\n    # via -r base.in\n"
        f"torch==2.0 \\\n    --hash=sha256:{DIGEST}\n    # via app\n"
    )
    main([str(wanted), str(constraints)])
    assert capsys.readouterr().out == f"app==1.0 \\\n    --hash=sha256:{DIGEST}\n"
    assert download_list([], {}) == "\n"
