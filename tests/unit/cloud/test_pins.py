"""Pins: what a container needs, read from the file that pins everything for every machine."""

from pathlib import Path

import pytest

from safety_tasks.cloud.pins import needed_by, normal_name, read_pins
from safety_tasks.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parents[3]
A, B = "a" * 64, "b" * 64
TEXT = f"""# made by a tool
app==1.0 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via -r requirements/base.in
deep==3.0 ; python_full_version < '3.12' \\
    --hash=sha256:{A}
    # via
    #   library
    #   torch
deep==4.0 ; python_full_version >= '3.12' \\
    --hash=sha256:{B}
    # via library
library==2.0 \\
    --hash=sha256:{A}
    # via
    #   -r requirements/base.in
    #   app
Odd_Name.x==1 \\
    --hash=sha256:{A}
    # via app
torch==9.0 \\
    --hash=sha256:{A}
    # via app
cuda==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:{A}
    # via torch
windows==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:{A}
    # via app
"""


@pytest.fixture
def constraints(tmp_path: Path) -> Path:
    """Give a file of pins."""
    path = tmp_path / "constraints.txt"
    path.write_text(TEXT)
    return path


def test_pins_are_read_for_the_container(constraints: Path) -> None:
    """Version, every digest and who needs it; of two pins the one for Python 3.11 on Linux."""
    pins = read_pins(constraints)
    assert pins["app"].version == "1.0"
    assert pins["app"].sha256s == {A, B}
    assert pins["deep"].version == "3.0"
    assert pins["library"].via == {"app"}
    assert pins["deep"].via == {"library", "torch"}
    assert "windows" not in pins
    assert normal_name("Odd_Name.x") in pins


def test_what_a_package_needs_comes_with_it(constraints: Path) -> None:
    """Also what is needed through another package; what is provided is left out with what only that needs."""
    pins = read_pins(constraints)
    assert [pin.name for pin in needed_by(["App"], pins, ["torch"])] == [
        "app",
        "deep",
        "library",
        "odd-name-x",
    ]
    assert "cuda" in {pin.name for pin in needed_by(["app"], pins)}
    assert needed_by([], pins) == ()


def test_a_package_that_is_not_pinned_is_named(constraints: Path) -> None:
    """It cannot be proved, so it is not taken."""
    with pytest.raises(ConfigError, match="nosuch: expected"):
        needed_by(["nosuch"], read_pins(constraints))


@pytest.mark.parametrize("text", ["", "app==1.0\n", "app>=1.0\n"])
def test_pins_without_digests(tmp_path: Path, text: str) -> None:
    """A file that proves nothing is refused."""
    path = tmp_path / "constraints.txt"
    path.write_text(text)
    with pytest.raises(ConfigError, match="sha256"):
        read_pins(path)
    with pytest.raises(ConfigError, match="no file"):
        read_pins(tmp_path / "none.txt")


def test_the_shipped_pins_hold_what_a_job_needs() -> None:
    """All that a job installs is pinned; PyTorch and CUDA, which the container has, are not among it."""
    names = [
        line
        for line in (CHECKOUT / "requirements" / "sagemaker-job.in").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    pins = needed_by(names, read_pins(CHECKOUT / "constraints.txt"), ["torch", "torchvision"])
    found = {pin.name for pin in pins}
    assert {"ultralytics", "pydantic-core", "contourpy", "numpy", "polars-runtime-32"} <= found
    assert not {"torch", "torchvision", "triton", "nvidia-cublas", "apache-airflow"} & found
    assert all(pin.sha256s for pin in pins)
