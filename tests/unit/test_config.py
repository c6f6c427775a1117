"""Settings come from files and the environment; whatever is wrong is refused by file, field and value."""

import tomllib
from pathlib import Path

import pytest

from safety_tasks.config import (
    code_digest,
    config_dir,
    load_classes,
    load_settings,
    read_table,
    work_dir,
)
from safety_tasks.errors import ConfigError
from safety_tasks.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of configuration with no setting of its own."""
    (tmp_path / "classes.txt").write_text("smoke\nfire\n")
    (tmp_path / "pipeline.toml").write_text("")
    return tmp_path


def test_the_shipped_files_load() -> None:
    """The shipped settings are whole, and say the hazards in their order."""
    settings = load_settings(env={})
    assert settings.classes[:3] == ("smoke", "fire", "person_down")  # their numbers never change
    assert settings.store.uri == "s3://safety-models"
    assert settings.release.allow_unsigned_releases_dangerously is False


def test_the_shipped_file_names_every_setting() -> None:
    """An operator finds each setting in the file, with the value that the code assumes."""
    table = tomllib.loads((config_dir() / "pipeline.toml").read_text(encoding="utf-8"))
    assumed = Settings(classes=("x",)).model_dump(mode="json", exclude={"classes"})
    assert table == assumed


def test_an_empty_file_is_all_defaults(folder: Path) -> None:
    """Without a setting in the file the defaults hold."""
    assert load_settings(folder, env={}) == Settings(classes=("smoke", "fire"))


def test_settings_cannot_be_changed(settings: Settings) -> None:
    """Settings are frozen, in each section too."""
    for target, name in ((settings, "classes"), (settings.store, "uri")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(target, name, "x")


@pytest.mark.parametrize(
    ("name", "text", "section", "field", "value"),
    [
        ("STORE_URI", "/srv/store", "store", "uri", "/srv/store"),
        ("STORE_ENDPOINT_URL", "", "store", "endpoint_url", ""),
        ("INGEST_VAL_FRACTION", "0.2", "ingest", "val_fraction", 0.2),
        ("INGEST_MAX_BOXES_PER_PICTURE", "7", "ingest", "max_boxes_per_picture", 7),
        (
            *("RELEASE_ALLOW_UNSIGNED_RELEASES_DANGEROUSLY", "true"),
            *("release", "allow_unsigned_releases_dangerously", True),
        ),
        ("RETRAIN_CHANNEL", "canary", "retrain", "channel", "canary"),
    ],
)
def test_the_environment_beats_the_file(
    folder: Path, name: str, text: str, section: str, field: str, value: object
) -> None:
    """A variable sets its field, in the field's type, over what the file says; nothing else changes."""
    (folder / "pipeline.toml").write_text(
        '[store]\nuri = "s3://file"\nendpoint_url = "http://file"\n[ingest]\nval_fraction = 0.1\n'
    )
    before = load_settings(folder, env={"PATH": "/bin"})
    after = load_settings(folder, env={f"SAFETY_TASKS_{name}": text})
    assert getattr(getattr(after, section), field) == value
    changed = getattr(after, section).model_copy(
        update={field: getattr(getattr(before, section), field)}
    )
    assert after.model_copy(update={section: changed}) == before


@pytest.mark.parametrize(
    ("toml", "env", "messages"),
    [
        ("[store]\nurl = 's3://x'", {}, ["store.url", "Extra inputs", "s3://x"]),
        ("[shop]\n", {}, ["shop", "Extra inputs"]),
        ("classes = ['a']", {}, ["expected classes in classes.txt alone", "['a']"]),
        ("store = 3", {}, ["store", "found 3"]),
        ("store = 3", {"STORE_URI": "s3://x"}, ["store", "found 3"]),
        ("[ingest]\nval_fraction = 0.5", {}, ["ingest.val_fraction", "less than 0.5", "0.5"]),
        ("[ingest]\nval_fraction = nan", {}, ["ingest.val_fraction", "nan"]),
        ("[ingest]\nmax_label_bytes = 0", {}, ["ingest.max_label_bytes", "greater than 0"]),
        ("[retrain]\nchannel = 'beta'", {}, ["retrain.channel", "'canary' or 'stable'", "beta"]),
        ("", {"INGEST_VAL_FRACTION": "much"}, ["ingest.val_fraction", "much"]),
        ("", {"INGEST_VAL_FRACTION": ""}, ["ingest.val_fraction", "found ''"]),
        ("", {"TRAIN_DOWNLOAD_TIMEOUT_S": "-1"}, ["train.download_timeout_s", "-1"]),
        ("store = {", {}, ["expected TOML"]),
    ],
)
def test_wrong_settings_are_named(
    folder: Path, toml: str, env: dict[str, str], messages: list[str]
) -> None:
    """An unknown name, a wrong type and a value out of range are each told with file, field and value."""
    (folder / "pipeline.toml").write_text(toml)
    with pytest.raises(ConfigError) as caught:
        load_settings(folder, env={f"SAFETY_TASKS_{name}": text for name, text in env.items()})
    for message in [str(folder / "pipeline.toml"), *messages]:
        assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A folder without settings, or a table that is not there, is told by its path."""
    with pytest.raises(ConfigError, match=r"pipeline\.toml: expected a file, found none"):
        load_settings(tmp_path, env={})
    with pytest.raises(ConfigError, match=r"none\. Write it"):
        read_table(tmp_path / "x.toml", known="Write it.")


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("smoke", ("smoke",)),
        ("smoke\n\nfire\n", ("smoke", "fire")),
        (" smoke \r\nfire\r\n", ("smoke", "fire")),
    ],
)
def test_classes(folder: Path, text: str, classes: tuple[str, ...]) -> None:
    """The order of the lines is the class id; line ends and blanks around do not matter."""
    (folder / "classes.txt").write_bytes(text.encode())
    assert load_classes(folder) == classes


@pytest.mark.parametrize("text", ["", "\n", "smoke\nsmoke\n", "smoke\n smoke\n", "smoke\n  \n"])
def test_wrong_classes_are_refused(folder: Path, text: str) -> None:
    """No name, a blank one or one twice is refused."""
    (folder / "classes.txt").write_text(text)
    with pytest.raises(ConfigError, match="expected different names, one a line"):
        load_classes(folder)


def test_missing_classes_are_refused(tmp_path: Path) -> None:
    """A folder without hazard classes is told by its path."""
    with pytest.raises(ConfigError, match=r"classes\.txt: expected one class name a line"):
        load_classes(tmp_path)


def test_folders_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two variables move configuration and scratch; without them both lie in the checkout."""
    for name, function in (("CONFIG_DIR", config_dir), ("WORK_DIR", work_dir)):
        monkeypatch.delenv(f"SAFETY_TASKS_{name}", raising=False)
        assert function().is_relative_to(Path(__file__).resolve().parents[2])
        monkeypatch.setenv(f"SAFETY_TASKS_{name}", str(tmp_path))
        assert function() == tmp_path


def test_the_code_has_one_digest() -> None:
    """The digest of the code is a SHA-256 that stays while the code does."""
    assert len(code_digest()) == 64
    assert code_digest() == code_digest()
