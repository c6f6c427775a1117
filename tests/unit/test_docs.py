"""The documents agree with the code: commands, targets, links, errors, settings, words, snippets."""

import ast
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.documents import (
    DOCUMENTS,
    FENCE,
    LINK,
    ROOT,
    anchors,
    calls,
    cells,
    commands,
    make_targets,
    named,
    read,
    snippets,
)
from support.toy_runs import publish_toy, toy_dataset
from toy_models import png, toy_picture

from safety_tasks import errors
from safety_tasks.edge import DeviceFolder, poll_once
from safety_tasks.profiles import list_profiles, list_recipes
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import CurrentDataset
from safety_tasks.records.gate import GateProfile
from safety_tasks.records.release import DeviceStatus
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY

WORDS = (
    "hazard class, batch, scene, dataset version, manifest, ledger, quarantine, split, train, val, holdout, recipe, "
    "training run, candidate, artifact, reference model, parity, benchmark report, check, gate, PASS, FAIL, "
    "INCONCLUSIVE, gate report, champion, release, `release_seq`, channel, publish, edge agent, slot, self-test, "
    "activate, beacon"
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_exists(path: Path) -> None:
    """A document names no make target, no command and no option that is not there."""
    text = path.read_text("utf-8")
    assert make_targets(text) <= set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    there = commands()
    for name, options in calls(text):
        assert name in there, f"safety-tasks {name}"
        known = {option for param in there[name].params for option in param.opts} | {"--help"}
        assert set(options) <= known, f"safety-tasks {name}"


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_readme_lists_every_command(name: str) -> None:
    """Both READMEs hold a row for each command."""
    rows = {call for row in cells(read(name)) for call, _ in calls(row[0])}
    assert rows == set(commands())


def test_both_readmes_say_the_same_commands() -> None:
    """English and Korean show the same code, in as many sections, in at most 150 lines."""
    english, korean = read("README.md"), read("README.ko.md")
    assert max(english.count("\n"), korean.count("\n")) <= 150
    assert {"demo", "test", "up", "down"} <= make_targets(english) == make_targets(korean)
    assert list(calls(english)) == list(calls(korean))
    assert english.count("\n## ") == korean.count("\n## ")
    assert len(cells(english)) == len(cells(korean))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_and_picture_resolves(path: Path) -> None:
    """A relative link leads to a file, and its anchor to a heading there."""
    missing = []
    for target in LINK.findall(FENCE.sub("", path.read_text("utf-8"))):
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        if re.match(r"[a-z]+:", target):
            continue
        if not there.exists() or (anchor and anchor not in anchors(there.read_text("utf-8"))):
            missing.append(target)
    assert not missing


def test_the_runbook_knows_every_error_and_outcome() -> None:
    """Each error of the tree but its root is named, and each way a device's poll can end has its row."""
    text = read("docs/runbook.md")
    tree = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    assert tree - {"SafetyTasksError"} <= set(re.findall(r"`([A-Z]\w+)`", text))
    outcomes: Any = DeviceStatus.model_fields["outcome"].annotation
    assert set(outcomes.__args__) <= {row[0].strip("`") for row in cells(text)}


def test_every_setting_is_documented() -> None:
    """configuration.md holds each setting with the file's value, each field of a profile, and each recipe."""
    rows = {row[0].strip("`"): row[1].strip("`") for row in cells(read("docs/configuration.md"))}
    table = tomllib.loads(read("config/pipeline.toml"))
    settings = {f"{s}.{name}": value for s, entry in table.items() for name, value in entry.items()}
    assert {row for row in rows if row.partition(".")[0] in Settings.model_fields} == set(settings)
    for name, value in settings.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key} = {each}" for key, each in value.items())
            assert rows[name] == (shown or "none"), name
        elif isinstance(value, list):
            assert rows[name] == (", ".join(map(str, value)) or "empty"), name
        elif isinstance(value, int | float) and not isinstance(value, bool):
            assert float(rows[name]) == value, name
        else:
            assert rows[name] == (str(value).lower() or "empty"), name
    spans = set(re.findall(r"`([^`\n]+)`", read("docs/configuration.md")))
    assert {*GateProfile.model_fields, *list_profiles(), *list_recipes()} - {"name"} <= spans


def ledger_rules() -> set[str]:
    """Return the rules that the code of ingest names where it refuses a picture or a label."""
    found = set()
    for path in (ROOT / "safety_tasks" / "ingest").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name, first = ast.unparse(node.func), node.args[0]
            refusing = name in ("PictureProblem", "LabelProblem", "refused")
            if refusing and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def test_every_rule_of_the_ledger_is_explained() -> None:
    """Each rule by which a picture or a label is refused stands in the table of deliveries.md."""
    rows = [row[0] for row in cells(read("docs/deliveries.md")) if len(row) == 3]
    explained = {rule for row in rows for rule in re.findall(r"`([a-z_]+)`", row)}
    rules = ledger_rules()
    assert len(rules) > 20
    assert rules <= explained


def test_the_glossary_holds_every_word() -> None:
    """Each word has one row, with a Korean term."""
    rows = [row for row in cells(read("docs/glossary.md")) if row[0].startswith("**")]
    words = [row[0].strip("*") for row in rows]
    assert set(WORDS.split(", ")) <= set(words)
    assert len(words) == len(set(words))
    assert all(re.search("[가-힣]", row[1]) and row[2] for row in rows)


def test_architecture_knows_every_task() -> None:
    """Each task of each DAG has a row."""
    text = read("docs/architecture.md")
    rows = {row[0].strip("`") for row in cells(text)}
    for path in (ROOT / "dags").glob("*.py"):
        for function in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(function, ast.FunctionDef):
                continue
            kinds = {ast.unparse(d).partition("(")[0] for d in function.decorator_list}
            if "task" in kinds:
                assert function.name in rows, f"{path.name}: {function.name}"
            if "dag" in kinds:
                assert f"**`{function.name}`**" in text


def test_architecture_shows_the_layers_that_lint_holds() -> None:
    """The drawing equals the contract in pyproject.toml, line by line."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["type"] == "layers")
    drawn = "\n".join(layer.replace("safety_tasks.", "") for layer in layers)
    assert f"```\n{drawn}\n```" in read("docs/architecture.md")


@pytest.mark.parametrize(("where", "body"), list(snippets()), ids=lambda value: value[:40])
def test_every_snippet_compiles_and_its_imports_resolve(where: str, body: str) -> None:
    """What a reader copies is Python, and each name it imports is there."""
    imports: list[ast.stmt] = [
        node for node in ast.parse(body).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    exec(compile(ast.Module(imports, []), where, "exec"), {})


def runbook_snippets() -> list[tuple[str, str]]:
    """Return the snippets that somebody runs at night."""
    return [item for item in snippets() if item[0].startswith("docs/runbook.md")]


@pytest.mark.parametrize(("where", "body"), runbook_snippets(), ids=lambda value: value[:40])
def test_snippets_of_the_runbook_run_on_an_empty_store(
    where: str, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first night nothing is there yet, and the snippets must not be what breaks."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path))
    exec(compile(body, where, "exec"), {})


def test_snippets_show_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a dataset, a release and a device, the snippets tell of each."""
    store = LocalStore(tmp_path / "store")
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", store.uri)
    version = toy_dataset(store)
    report = Artifact(key="report", sha256="0" * 64, size_bytes=1)
    pointer = CurrentDataset(version_id=version.version_id, validation=report)
    store.put(CURRENT_KEY, pointer.to_json_bytes())
    publish_toy(store, version, "run-1")
    device = DeviceFolder(tmp_path / "device")
    assert poll_once(store, device, "line-3", "stable").outcome == "activated"
    for where, body in runbook_snippets():
        exec(compile(body, where, "exec"), {})
    shown = capsys.readouterr().out
    for expected in ("run-1", "1 A activated"):
        assert expected in shown
    ((where, body),) = (item for item in snippets() if "model-usage" in item[0])
    names: dict[str, Any] = {}
    exec(compile(body, where, "exec"), names)
    picture = tmp_path / "picture.png"
    picture.write_bytes(png(toy_picture([(0, 0)], grey=100)))
    assert [found[0] for found in names["detect"](device.root, picture)] == ["smoke"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_documents_name_no_place_of_one_machine(path: Path) -> None:
    """No home folder, scratch folder or private address of whoever wrote a document is in it."""
    text = path.read_text("utf-8")
    assert not re.findall(r"/home/\w|/root/|/tmp/|/work/|https?://(?!127\.0\.0\.1)", text)
