"""The edge's image has what its code imports, in the versions of the tests, and nothing heavy."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FORBIDDEN = (
    "torch",
    "torchvision",
    "ultralytics",
    "apache-airflow",
    "pandas",
    "pyarrow",
    "great-expectations",
)
REFUSED = (
    "torch",
    "torchvision",
    "ultralytics",
    "airflow",
    "pandas",
    "pyarrow",
    "great_expectations",
)
# Imports what the edge's command needs, refusing every package that is not on its list; prints what was used.
EDGE_IMPORTS = """
import importlib.metadata, json, re, sys
listed = set(sys.argv[1].split(","))
plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
owners = {top: {plain(o) for o in found} for top, found in importlib.metadata.packages_distributions().items()}
class Refuse:
    def find_spec(self, name, path=None, target=None):
        found = owners.get(name.split(".")[0])
        if found and not found & listed:
            raise ImportError(f"the edge has no {name}")
sys.meta_path.insert(0, Refuse())
if len(sys.argv) > 2:
    __import__(sys.argv[2])
import safety_tasks.edge, safety_tasks.edge.predict, safety_tasks.inference.detector
import safety_tasks.bundle.reading, safety_tasks.store.s3, safety_tasks.store.opening
import safety_tasks.cli.main, safety_tasks.cli.device, safety_tasks.cli.predict, safety_tasks.edge.frame_child
import safety_tasks.inference.hot_swap, safety_tasks.inference.fingerprint
import boto3, rich.progress
boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
print(json.dumps(sorted({owner for top in {n.split(".")[0] for n in sys.modules} for owner in owners.get(top, ())})))
"""


def pins(path: Path) -> dict[str, str]:
    """Return the exact version of each package that a compiled list names."""
    found = re.findall(
        r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", path.read_text(encoding="utf-8"), re.M
    )
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_edge_list_holds_nothing_heavy() -> None:
    """No training framework, no scheduler, no table library, and OpenCV without windows."""
    edge = pins(ROOT / "requirements" / "edge.txt")
    assert [name for name in edge if name.startswith(FORBIDDEN) or "nvidia" in name] == []
    assert "opencv-python-headless" in edge
    assert "opencv-python" not in edge
    assert "onnxruntime" in edge


def test_the_edge_runs_the_versions_that_the_tests_run() -> None:
    """A package that both have has one version; both builds of OpenCV are one version too."""
    edge, all_of_it = pins(ROOT / "requirements" / "edge.txt"), pins(ROOT / "constraints.txt")
    assert set(edge) - set(all_of_it) == {"opencv-python-headless"}
    assert {
        name: edge[name] for name in edge if name in all_of_it and edge[name] != all_of_it[name]
    } == {}
    assert edge["opencv-python-headless"] == all_of_it["opencv-python"]


def test_the_edge_list_is_compiled_from_what_is_asked_for() -> None:
    """What edge.in asks for is in edge.txt."""
    lines = (ROOT / "requirements" / "edge.in").read_text(encoding="utf-8").splitlines()
    asked = {line.split("==")[0] for line in lines if line and not line.startswith(("#", "-c"))}
    assert asked <= set(pins(ROOT / "requirements" / "edge.txt"))
    assert "-c ../constraints.txt" in lines


def import_like_the_edge(*more: str) -> "subprocess.CompletedProcess[str]":
    """Import the edge's modules where every package that is not on its list is refused."""
    listed = {*pins(ROOT / "requirements" / "edge.txt"), "safety-tasks"}
    listed |= {"opencv-python"} if "opencv-python-headless" in listed else set()
    return subprocess.run(
        [sys.executable, "-c", EDGE_IMPORTS, ",".join(listed), *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_edge_imports_only_what_its_image_has() -> None:
    """The agent, predict and the command import from the packages on the edge's list alone."""
    done = import_like_the_edge()
    assert done.returncode == 0, done.stderr
    assert {"numpy", "onnxruntime", "boto3", "onnx", "pydantic", "typer"} <= set(
        json.loads(done.stdout)
    )


@pytest.mark.parametrize("name", REFUSED)
def test_the_refusal_of_other_packages_works(name: str) -> None:
    """The check above would notice a heavy import: each heavy package is refused there."""
    done = import_like_the_edge(name)
    assert done.returncode != 0
    assert f"the edge has no {name}" in done.stderr
