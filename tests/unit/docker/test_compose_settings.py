"""The composed stack agrees with the code: settings, pool, commands, store, and who may write what."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from botocore.config import Config

from safety_tasks.config import PREFIX, config_dir, load_settings, work_dir
from safety_tasks.errors import UnsignedRefused
from safety_tasks.release.publish import refuse_unsigned
from safety_tasks.settings import Settings
from safety_tasks.store.opening import open_store

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = {f"{PREFIX}CONFIG_DIR": config_dir, f"{PREFIX}WORK_DIR": work_dir}
UNSIGNED = "SAFETY_TASKS_RELEASE_ALLOW_UNSIGNED_RELEASES_DANGEROUSLY"
KEYS = {
    "S3_BUCKET": "safety-models",
    "S3_PIPELINE_ACCESS_KEY": "pipelinekey",
    "S3_PIPELINE_SECRET_KEY": "pipelinesecret",
    "S3_VIEWER_ACCESS_KEY": "viewerkey",
    "S3_VIEWER_SECRET_KEY": "viewersecret",
    "S3_EDGE_ACCESS_KEY": "edgekey",
    "S3_EDGE_SECRET_KEY": "edgesecret",
    "EDGE_DEVICE_ID": "edge-1",
}


def known_settings() -> set[str]:
    """Return the name of every environment variable that ``load_settings`` reads."""
    return {
        f"{PREFIX}{section.upper()}_{name.upper()}"
        for section, field in Settings.model_fields.items()
        if section != "classes" and field.annotation is not None
        for name in field.annotation.model_fields
    }


def settings_of(stack: Any, service: str, **values: str) -> Settings:
    """Load the settings as a service's process would, with ``.env.example`` and some values."""
    given = stack.services[service]["environment"].items()
    env = {name: stack.resolved(str(v), stack.example | KEYS | values) for name, v in given}
    return load_settings(ROOT / "config", env)


def test_each_setting_is_one_that_the_code_reads(
    stack: Any, dockerfiles: dict[str, list[str]]
) -> None:
    """A variable of this system in compose, .env.example or an image is a real setting or folder."""
    images = [line for lines in dockerfiles.values() for line in lines]
    everything = "\n".join([stack.code, *stack.example, *images])
    named = set(re.findall(rf"{PREFIX}[A-Z0-9_]+", everything))
    assert f"{PREFIX}STORE_URI" in named
    assert named - known_settings() - set(FOLDERS) == set()


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_the_folders_named_in_the_images_are_read(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration and work folders come from the variables that the images set."""
    monkeypatch.setenv(name, "/somewhere/else")
    assert FOLDERS[name]() == Path("/somewhere/else")


@pytest.mark.parametrize("service", ["airflow-scheduler", "airflow-api-server", "edge"])
def test_settings_of_a_service_load(stack: Any, service: str) -> None:
    """The scheduler, the page and the edge device load, and all look at the stack's own store."""
    store = settings_of(stack, service).store
    assert (store.uri, store.endpoint_url) == ("s3://safety-models", "http://s3:8333")
    assert "s3" in stack.services


def test_defaults_are_the_same_in_all_three_places(stack: Any) -> None:
    """What .env.example and compose fill in for a retraining is what pipeline.toml says."""
    shipped = load_settings(ROOT / "config", {}).retrain
    empty = dict.fromkeys(stack.example, "") | KEYS
    for name in ("recipe", "profile", "channel"):
        variable = f"{PREFIX}RETRAIN_{name.upper()}"
        assert stack.example[variable] == getattr(shipped, name)
    assert settings_of(stack, "airflow-scheduler").retrain == shipped
    assert settings_of(stack, "airflow-scheduler", **empty).retrain == shipped


def test_unsigned_releases_are_refused_by_default(
    stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As shipped, publishing to the stack's S3 server is refused; only the plain word `true` allows it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    store = open_store(settings_of(stack, "airflow-scheduler").store)
    for word in ("false", ""):  # "" is a .env without the line
        settings = settings_of(stack, "airflow-scheduler", **{UNSIGNED: word})
        with pytest.raises(UnsignedRefused):
            refuse_unsigned(store, settings.release)
    refuse_unsigned(store, settings_of(stack, "airflow-scheduler", **{UNSIGNED: "true"}).release)
    assert stack.example[UNSIGNED] == "false"
    assert UNSIGNED not in stack.services["edge"]["environment"]


def test_the_pool_is_the_one_that_the_dags_name(stack: Any) -> None:
    """The init service creates each pool that a DAG names, with one slot for heavy tasks."""
    named = {
        value.value
        for path in sorted((ROOT / "dags").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for key, value in _pairs(node)
        if key == "pool" and isinstance(value, ast.Constant)
    }
    script = stack.services["airflow-init"]["command"][-1]
    made = dict(re.findall(r"airflow pools set (\S+) (\d+) ", script))
    assert named
    assert made == dict.fromkeys(named, "1")
    assert script.index("airflow db migrate") < script.index("airflow pools set")


def _pairs(node: ast.AST) -> list[tuple[Any, ast.expr]]:
    if isinstance(node, ast.Dict):
        keys = (key.value for key in node.keys if isinstance(key, ast.Constant))
        return list(zip(keys, node.values, strict=False))
    if isinstance(node, ast.Call):
        return [(word.arg, word.value) for word in node.keywords]
    return []


def test_the_edge_command_is_one_that_the_cli_has(stack: Any) -> None:
    """The edge service's words parse as `safety-tasks agent`, with the device named in .env."""
    from safety_tasks.cli.main import app

    words = [stack.resolved(w, stack.example | KEYS) for w in stack.services["edge"]["command"]]
    group = typer.main.get_command(app)
    context = group.context_class(group)
    command = group.get_command(context, words[0])
    assert command is not None, f"safety-tasks has no command {words[0]!r}"
    parsed = command.make_context(words[0], words[1:], parent=context).params
    assert parsed["device_id"] == "edge-1"
    assert str(parsed["device_dir"]) == stack.services["edge"]["volumes"][0].split(":")[1]
    assert (parsed["channel"], float(parsed["interval_s"])) == ("stable", 60.0)


def test_the_trainers_command_is_one_that_the_cli_has(dockerfiles: dict[str, list[str]]) -> None:
    """The trainer's image starts `safety-tasks train`, and there is such a command."""
    from safety_tasks.cli.main import app

    [entry] = [line for line in dockerfiles["trainer"] if line.startswith("ENTRYPOINT")]
    program, name = json.loads(entry.removeprefix("ENTRYPOINT "))
    group = typer.main.get_command(app)
    assert program == "safety-tasks"
    assert name in group.list_commands(group.context_class(group))


def test_airflow_opens_the_same_store_with_the_same_keys(stack: Any) -> None:
    """The Airflow connection of the tasks says what the settings and the AWS variables say."""
    env = {
        name: stack.resolved(str(value), stack.example | KEYS)
        for name, value in stack.services["airflow-scheduler"]["environment"].items()
    }
    connection = json.loads(env["AIRFLOW_CONN_AWS_DEFAULT"])
    assert connection["conn_type"] == "aws"
    assert connection["login"] == env["AWS_ACCESS_KEY_ID"] == KEYS["S3_PIPELINE_ACCESS_KEY"]
    assert connection["password"] == env["AWS_SECRET_ACCESS_KEY"] == KEYS["S3_PIPELINE_SECRET_KEY"]
    assert connection["extra"]["endpoint_url"] == env[f"{PREFIX}STORE_ENDPOINT_URL"]
    assert connection["extra"]["region_name"] == env[f"{PREFIX}STORE_REGION"]


def test_the_page_opens_the_same_store_and_may_only_read(stack: Any) -> None:
    """The API server's connection reaches the settings' store with the viewer's keys, and gives up within a minute."""
    env = {
        name: stack.resolved(str(value), stack.example | KEYS)
        for name, value in stack.services["airflow-api-server"]["environment"].items()
    }
    connection = json.loads(env["AIRFLOW_CONN_AWS_DEFAULT"])
    assert connection["conn_type"] == "aws"
    assert connection["login"] == KEYS["S3_VIEWER_ACCESS_KEY"]
    assert connection["password"] == KEYS["S3_VIEWER_SECRET_KEY"]
    assert connection["extra"]["endpoint_url"] == env[f"{PREFIX}STORE_ENDPOINT_URL"]
    assert connection["extra"]["region_name"] == env[f"{PREFIX}STORE_REGION"]
    words = connection["extra"]["config_kwargs"]
    Config(**words)
    waits_s = words["connect_timeout"] + words["read_timeout"]
    assert waits_s * words["retries"]["max_attempts"] <= 60
