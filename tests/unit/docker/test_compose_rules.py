"""The composed stack keeps its rules: secrets, ports, images, privileges, networks, Airflow's shared settings."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SECRET = re.compile(r"(PASSWORD|SECRET|SECRET_KEY|ACCESS_KEY|FERNET_KEY|TOKEN)(_ID)?$")
REQUIRED = re.compile(r"^\$\{([A-Z0-9_]+):\?set \1 in \.env, see \.env\.example\}$")
DIGEST = re.compile(r"^[a-z0-9./-]+:[0-9][\w.-]*@sha256:[0-9a-f]{64}$")
ONE_SHOT = {"s3-volume", "airflow-init", "trainer"}


def test_env_example_and_compose_name_the_same_variables(stack: Any) -> None:
    """Each variable that compose takes is explained in .env.example, and each one there is used."""
    assert stack.variables == set(stack.example)


def test_each_secret_is_required_with_clear_words(stack: Any) -> None:
    """A secret has no default anywhere: compose stops and names the variable and the place to look."""
    found = 0
    for service in stack.services.values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert REQUIRED.match(value), f"{name}: {value}"
                found += 1
    assert found > 20
    for name, value in stack.example.items():
        assert not (SECRET.search(name) and value), f"{name} has a default"


def test_no_secret_is_written_down(stack: Any) -> None:
    """Outside of ${...} nothing in compose or the images looks like a key or a password."""
    bare = re.sub(r"\$\{[^}]*\}", "", stack.code) + "\n"
    bare = re.sub(r"@sha256:[0-9a-f]{64}", "", bare)
    for path in sorted((ROOT / "docker").rglob("*")):
        if path.is_file() and path.suffix not in (".txt", ".pyc"):
            bare += re.sub(r"@sha256:[0-9a-f]{64}", "", path.read_text(encoding="utf-8"))
    assert re.findall(r"\b(?:AKIA[A-Z0-9]{16}|[0-9a-fA-F]{24,}|[A-Za-z0-9_-]{43}=)", bare) == []
    assert re.findall(r"://[^:/@\s]+:[^@/\s]+@", bare) == []


def test_ports_are_published_on_the_loopback_only(stack: Any) -> None:
    """No port of the stack is reachable from another machine."""
    ports = [port for service in stack.services.values() for port in service.get("ports", ())]
    assert len(ports) == 2
    for port in ports:
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z0-9_]+:-\d+\}:\d+", port), port


def test_each_build_has_its_dockerfile_and_sources(
    stack: Any, dockerfiles: dict[str, list[str]]
) -> None:
    """Each build names a Dockerfile that exists, and what it copies exists and is sent to the builder."""
    builds = {s["build"]["dockerfile"] for s in stack.services.values() if "build" in s}
    assert builds == {f"docker/{name}/Dockerfile" for name in ("airflow", "trainer", "edge")}
    assert set(dockerfiles) == {"airflow", "trainer", "edge"}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert not sent & {"var", ".venv", ".git", ".env", "data", "tests"}
    for name, lines in dockerfiles.items():
        for line in lines:
            if not line.startswith("COPY ") or "--from=" in line:
                continue
            *sources, _ = [word for word in line.split()[1:] if not word.startswith("--")]
            for source in sources:
                optional = "[" in source
                assert optional or (ROOT / source).exists(), f"{name}: {source}"
                assert source.split("/")[0].replace("[", "").replace("]", "") in sent, source


def test_mounted_files_exist_and_are_read_only(stack: Any) -> None:
    """A file of the checkout is mounted read-only; everything else is a named volume."""
    for name, service in stack.services.items():
        for volume in service.get("volumes", ()):
            source, target, *mode = volume.split(":")
            assert target.startswith("/")
            if source.startswith("."):
                assert (ROOT / source).is_file(), f"{name}: {source}"
                assert mode == ["ro"]
            else:
                assert source in stack.volumes


@pytest.mark.parametrize(
    "name",
    [
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AIRFLOW__CORE__EXECUTOR",
    ],
)
def test_airflow_services_share_what_they_must(stack: Any, name: str) -> None:
    """Every Airflow service has the same value, or a task's token is refused halfway."""
    assert len(stack.airflow) == 5
    assert len({service["environment"].get(name, "") for service in stack.airflow.values()}) == 1
    assert all(service["environment"].get(name) for service in stack.airflow.values())


def test_airflow_runs_tasks_beside_the_scheduler(stack: Any) -> None:
    """The executor is the LocalExecutor, and tasks find the API server by its service name and port."""
    env = stack.services["airflow-scheduler"]["environment"]
    assert env["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    url = env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert url == "http://airflow-api-server:8080/execution/"
    assert stack.services["airflow-api-server"]["ports"][0].endswith(":8080")
    script = (ROOT / "docker" / "airflow" / "start_api_server.py").read_text(encoding="utf-8")
    assert '"--port", "8080"' in script
    assert set(stack.airflow) == {
        f"airflow-{part}"
        for part in ("init", "api-server", "scheduler", "dag-processor", "triggerer")
    }


def test_each_airflow_option_exists(stack: Any) -> None:
    """Each AIRFLOW__SECTION__OPTION is one that this Airflow has; a misspelt one would be ignored in silence."""
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    listed = Path(spec.origin).parent / "config_templates" / "config.yml"
    known = yaml.load(listed.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    named = {n for s in stack.airflow.values() for n in s["environment"] if "__" in n}
    assert len(named) > 10
    for name in sorted(named):
        _, section, option = name.lower().split("__")
        assert option in known[section]["options"], name


def test_images_are_pinned(stack: Any, dockerfiles: dict[str, list[str]]) -> None:
    """An image from outside is named by tag and digest, one of ours by version; all ours share a base."""
    for name, service in stack.services.items():
        pattern = (
            re.compile(r"^safety-tasks/[a-z]+:\d+\.\d+\.\d+$") if "build" in service else DIGEST
        )
        assert pattern.match(service["image"]), name
    froms = [line.split() for ls in dockerfiles.values() for line in ls if line.startswith("FROM ")]
    bases = {words[1] for words in froms} - {words[3] for words in froms if "AS" in words}
    assert len(bases) == 1
    assert all(DIGEST.match(base) and base.startswith("python:3.11.") for base in bases)
    version = re.match(r"chrislusf/seaweedfs:(\d+)\.(\d+)@", stack.services["s3"]["image"])
    assert version is not None
    assert (int(version[1]), int(version[2])) >= (4, 44)
    assert stack.services["s3-volume"]["image"] == stack.services["s3"]["image"]


def test_each_container_is_locked_down(stack: Any) -> None:
    """No container has a writable root, a capability, new privileges or unbounded resources."""
    for name, service in stack.services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "cpus", "pids_limit"} <= set(service), name
        assert "privileged" not in service, name
        assert name == "s3-volume" or "cap_add" not in service, name
        assert name == "s3-volume" or not service["user"].startswith("0"), name


def test_the_one_root_container_can_only_change_an_owner(stack: Any) -> None:
    """The container with root runs one command on one volume, without a network."""
    service = stack.services["s3-volume"]
    assert service["cap_add"] == ["CHOWN"]
    assert service["network_mode"] == "none"
    assert service["entrypoint"] == ["chown", stack.services["s3"]["user"], "/data"]
    assert service["volumes"] == ["s3-data:/data"]


def test_long_running_services_are_watched_and_restarted(stack: Any) -> None:
    """What runs for ever has a health check and comes back; what runs once does not come back."""
    for name, service in stack.services.items():
        once = name in ONE_SHOT
        assert service["restart"] == ("no" if once else "unless-stopped"), name
        assert ("healthcheck" in service) is not once, name


def test_the_edge_reaches_the_store_and_nothing_else(stack: Any) -> None:
    """The edge shares a network with the S3 server alone, and holds keys of its own."""
    beside = {name for name, s in stack.services.items() if "edge" in s.get("networks", ())}
    assert beside == {"edge", "s3"}
    edge = stack.services["edge"]
    assert edge["networks"] == ["edge"]
    assert "depends_on" not in edge
    assert not re.search(r"PIPELINE|POSTGRES|AIRFLOW", str(edge["environment"]))
    assert "S3_EDGE_ACCESS_KEY" in edge["environment"]["AWS_ACCESS_KEY_ID"]
    assert stack.networks["edge"] == stack.networks["metadata"] == {"internal": True}


def test_only_the_scheduler_holds_the_pipelines_keys(stack: Any) -> None:
    """Of the containers that run this system's code, the one that runs tasks can write the bucket."""
    holders = {
        name for name, s in stack.services.items() if "S3_PIPELINE" in str(s.get("environment"))
    }
    assert holders == {"s3", "airflow-scheduler"}
    viewers = {n for n, s in stack.services.items() if "S3_VIEWER" in str(s.get("environment"))}
    assert viewers == {"s3", "airflow-api-server"}
    database = {n for n, s in stack.services.items() if "POSTGRES_P" in str(s.get("environment"))}
    assert database == {"postgres", *stack.airflow}


@pytest.mark.container_engine
def test_the_container_engine_accepts_the_stack(stack: Any, tmp_path: Path) -> None:
    """The engine's own parser takes the file with filled-in secrets, and refuses it without."""
    docker = shutil.which("docker")
    version = [docker or "docker", "compose", "version"]
    if docker is None or subprocess.run(version, capture_output=True, check=False).returncode:
        pytest.skip("expected `docker compose`, found none")

    def config(values: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        file = tmp_path / "env"
        file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        words = [
            docker,
            "compose",
            "--env-file",
            str(file),
            "-f",
            str(ROOT / "docker-compose.yaml"),
        ]
        return subprocess.run(
            [*map(str, words), "config", "--quiet"], capture_output=True, text=True, check=False
        )

    filled = config({name: value or "filled" for name, value in stack.example.items()})
    assert filled.returncode == 0, filled.stderr
    refused = config(stack.example)
    assert refused.returncode != 0
    assert ".env.example" in refused.stderr
