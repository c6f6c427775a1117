"""The images: who they run as, what is in them, and that the edge needs nothing else."""

import importlib.util
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.sagemaker_toolkit import FRAMEWORK_MODULE

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


def script(name: str) -> ModuleType:
    """Load one of the scripts that the Airflow image carries."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docker" / "airflow" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("image", "service"),
    [("airflow", "airflow-scheduler"), ("trainer", "trainer"), ("edge", "edge")],
)
def test_an_image_ends_as_the_user_that_compose_names(
    stack: Any, dockerfiles: dict[str, list[str]], image: str, service: str
) -> None:
    """The last USER is a number above 0, has an account, and is the one of the composed service."""
    users = [line.split()[1] for line in dockerfiles[image] if line.startswith("USER ")]
    assert users == [stack.services[service]["user"]]
    number = users[0].split(":")[0]
    assert int(number) > 0
    last = [line for line in dockerfiles[image] if not line.startswith(("ENTRYPOINT", "CMD"))][-1]
    assert last == f"USER {users[0]}"
    assert any(f"useradd --uid {number} " in line for line in dockerfiles[image])


def test_images_install_only_hashed_wheels(dockerfiles: dict[str, list[str]]) -> None:
    """Each pip install proves digests; only AWS's toolkits run build scripts, where the image does not keep them."""
    for name, lines in dockerfiles.items():
        installs = [line for line in lines if "pip install" in line]
        assert len(installs) == (2 if name == "trainer" else 1), name
        assert "--require-hashes" in installs[0]
        assert "--only-binary :all:" in installs[0]
        for line in installs[1:]:
            assert "pip wheel --no-cache-dir --disable-pip-version-check --require-hashes" in line
            assert "--no-build-isolation -r /tmp/sagemaker.txt -w /tmp/wheels" in line
            assert "--no-index --no-deps /tmp/wheels/*.whl" in line


def test_the_sagemaker_stage_is_laid_out_as_the_jobs_of_the_tests(
    dockerfiles: dict[str, list[str]],
) -> None:
    """AWS's toolkits first, then the project's packages; the framework's module; no code of ours, no entry point."""
    lines = dockerfiles["trainer"]
    heads = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    stages = {lines[a].split(" AS ")[1]: lines[a + 1 : b] for a, b in pairwise([*heads, None])}
    assert list(stages) == ["packages", "toolkits", "sagemaker", "trainer"]
    stage = stages["sagemaker"]
    [env] = [line.removeprefix("ENV ") for line in stage if line.startswith("ENV ")]
    values = dict(pair.split("=", 1) for pair in env.split())
    assert values["PATH"].split(":") == ["/opt/sagemaker/bin", "/opt/venv/bin", "$PATH"]
    assert values["SAGEMAKER_TRAINING_MODULE"] == FRAMEWORK_MODULE
    assert values["PYTHONUNBUFFERED"] == "1"
    assert [line for line in stage if line.startswith("COPY ")] == [
        "COPY --from=packages /opt/venv /opt/venv",
        "COPY --from=toolkits /opt/sagemaker /opt/sagemaker",
    ]
    assert stage[-1] == 'CMD ["train"]'
    assert not [line for line in stage if line.startswith(("ENTRYPOINT", "USER"))]
    [made] = [line for line in stages["toolkits"] if "site.addsitedir" in line]
    assert "addsitedir('/opt/venv/lib/python3.11/site-packages')" in made
    edge = " ".join(dockerfiles["edge"])
    assert "requirements/edge.txt" in edge
    assert "constraints.txt" not in edge
    assert "apt-get" not in edge


@pytest.mark.parametrize("listed", ["requirements/edge.txt", "docker/airflow/postgres.txt"])
def test_compiled_lists_carry_hashes_and_no_addresses(listed: str) -> None:
    """Each package of a compiled list has a hash, and the list names no server."""
    text = (ROOT / listed).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


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


@pytest.mark.parametrize(
    ("report", "healthy"),
    [
        ({}, False),
        ({"scheduler": None}, False),
        ({"scheduler": {}}, False),
        ({"scheduler": {"status": "unhealthy"}}, False),
        ({"metadatabase": {"status": "healthy"}}, False),
        ({"scheduler": {"status": "healthy"}}, True),
    ],
)
def test_only_the_word_healthy_is_healthy(report: dict[str, Any], healthy: bool) -> None:
    """A part that the report lacks, or calls anything else, is unhealthy."""
    assert script("check_health").is_healthy(report, "scheduler") is healthy


def test_health_of_an_absent_server_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is unhealthy, and a part that Airflow does not have is a wrong question."""
    monkeypatch.setenv("HEALTH_URL", "http://127.0.0.1:9/api/v2/monitor/health")
    check = script("check_health")
    assert check.main(["scheduler"]) == 1
    assert check.main(["kitchen"]) == 2
    assert check.main([]) == 2


def test_each_health_check_asks_about_a_part_that_airflow_has(stack: Any) -> None:
    """Every Airflow service's health check names a known part."""
    asked = {s["healthcheck"]["test"][-1] for s in stack.airflow.values() if "healthcheck" in s}
    assert asked == set(script("check_health").PARTS)


def test_passwords_are_written_for_their_owner_only(tmp_path: Path) -> None:
    """Each configured login gets its password from the environment, in a file nobody else reads."""
    start = script("start_api_server")
    target = tmp_path / "passwords.json"
    env = {start.USERS: "admin:admin,viewer:viewer", start.PASSWORDS_FILE: str(target)}
    env |= {"AIRFLOW_ADMIN_PASSWORD": "one", "AIRFLOW_VIEWER_PASSWORD": "two"}
    for _ in range(2):
        start.write_passwords(env)
    assert json.loads(target.read_text()) == {"admin": "one", "viewer": "two"}
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_login_without_a_password_is_refused(stack: Any) -> None:
    """The server does not start with a made-up password; compose gives one for each login."""
    start = script("start_api_server")
    env = stack.services["airflow-api-server"]["environment"]
    assert set(start.passwords(env)) == {"admin", "viewer"}
    with pytest.raises(SystemExit, match="AIRFLOW_VIEWER_PASSWORD: expected a password"):
        start.passwords(env | {"AIRFLOW_VIEWER_PASSWORD": ""})
