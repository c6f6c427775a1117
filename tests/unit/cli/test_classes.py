"""``safety-tasks classes``: one command grows the class map everywhere, and says what to label."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from safety_tasks.class_map import class_map_digest, extends
from safety_tasks.cli import together
from safety_tasks.cli.class_files import data_yaml_text, guide_of, with_table
from safety_tasks.cli.label_next import steps, support_needed
from safety_tasks.cli.main import app
from safety_tasks.config import load_classes
from safety_tasks.errors import ConfigError
from safety_tasks.profiles import list_profiles, load_profile
from safety_tasks.settings import IngestSettings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the checkout's config and guide, and point the command there."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "docs").mkdir()
    shutil.copy(guide_of(ROOT / "config"), tmp_path / "docs")
    monkeypatch.setenv("SAFETY_TASKS_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "config"


def call(*words: str) -> Any:
    """Run the command; return its result."""
    result = CliRunner().invoke(app, ["classes", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def texts(config: Path) -> dict[str, str]:
    """Return every file of the checkout."""
    found = [path for path in config.parent.rglob("*") if path.is_file()]
    return {str(path): path.read_text(encoding="utf-8") for path in found}


def test_the_classes_are_listed_with_their_digest(config: Path) -> None:
    """What is listed is what every boundary compares."""
    classes = load_classes(config)
    expected = {"classes": list(classes), "classes_sha256": class_map_digest(classes)}
    assert call("list") == expected


def test_adding_changes_every_place(config: Path) -> None:
    """List, data.yaml, docs and each profile's floors name the new hazard, at the end; nothing else changes."""
    before, old = texts(config), load_classes(config)
    result = call("add", "test_hazard")
    classes = load_classes(config)
    assert classes == (*old, "test_hazard")
    assert extends(classes, old)
    assert result["classes_sha256"] == class_map_digest(classes)
    assert (config / "data.yaml").read_text("utf-8") == data_yaml_text(classes)
    guide = guide_of(config).read_text("utf-8")
    assert with_table(guide, classes, where="guide") == guide
    for name in list_profiles(config):
        profile, earlier = load_profile(name, config), load_profile(name, ROOT / "config")
        for floors, had in (
            (profile.ap50_floors, earlier.ap50_floors),
            (profile.recall_floors, earlier.recall_floors),
        ):
            assert floors == had | {"test_hazard": max(had.values())}
    after = texts(config)
    assert {name for name in after if after[name] != before[name]} == set(result["changed"])
    assert len(result["changed"]) == 4


@pytest.mark.parametrize("name", ["", "fire", "Fire", "person-down", "1x", "a b"])
def test_a_refused_name_changes_nothing(config: Path, name: str) -> None:
    """The error is one of the tree, and every file is as it was."""
    before = texts(config)
    with pytest.raises(ConfigError, match="class "):
        call("add", name)
    assert texts(config) == before


def test_a_checkout_that_may_not_be_written_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to write classes.txt nothing else is written either."""
    before = texts(config)
    monkeypatch.setattr(together.os, "access", lambda path, mode: Path(path).name != "classes.txt")
    with pytest.raises(ConfigError, match=r"classes\.txt: expected a file that may be written"):
        call("add", "test_hazard")
    assert texts(config) == before


def test_a_cut_run_is_finished_by_the_next(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the list grew, the same command again does the rest and nothing twice."""
    whole = config.parent.parent / "whole"
    shutil.copytree(config.parent, whole)
    replace = Path.replace

    def cut(self: Path, to: Path) -> Path:
        if to.name == "classes.txt":
            raise KeyboardInterrupt
        return replace(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        stopped = CliRunner().invoke(app, ["classes", "add", "test_hazard"])
    assert stopped.exit_code != 0
    assert "test_hazard" not in load_classes(config)
    call("add", "test_hazard")
    finished = texts(config)
    monkeypatch.setenv("SAFETY_TASKS_CONFIG_DIR", str(whole / "config"))
    call("add", "test_hazard")
    assert list(finished.values()) == list(texts(whole / "config").values())


def test_without_docs_the_rest_is_done(config: Path) -> None:
    """A config folder that lies elsewhere has no docs beside it."""
    guide_of(config).unlink()
    assert len(call("add", "test_hazard")["changed"]) == 3


def test_what_to_label_follows_from_the_profile(config: Path) -> None:
    """The holdout needs the profile's minimum; the shares give the rest; every step is told."""
    result = call("add", "test_hazard", "--profile", "demo")
    assert result["profile"] == "demo"
    assert result["label_next"]["holdout"] == {"pictures": 10, "boxes": 10, "scenes": 2}
    assert result["label_next"]["val"] == {"pictures": 11, "boxes": 11, "scenes": 3}
    assert result["label_next"]["train"] == {"pictures": 46, "boxes": 46, "scenes": 9}
    told = " ".join(result["next"])
    for word in ("replaces_labels", "holdout extend", "gate.toml", "46 pictures", "champion"):
        assert word in told


@pytest.mark.parametrize(("val", "holdout"), [(0.01, 0.01), (0.15, 0.15), (0.49, 0.49)])
def test_every_split_needs_something(val: float, holdout: float) -> None:
    """However the shares are set, no split is told to do without."""
    settings = IngestSettings(val_fraction=val, holdout_fraction=holdout)
    for name in list_profiles(ROOT / "config"):
        needed = support_needed(load_profile(name, ROOT / "config"), settings)
        assert all(min(s.pictures, s.boxes, s.scenes) >= 1 for s in needed.values())
        assert len(steps("test_hazard", needed, name)) == 6
