"""The commands over keys: what is printed can be pasted, and nothing secret is."""

import logging
import shutil
from pathlib import Path

import pytest
from support.typed import call, run

from safety_tasks.config import config_dir
from safety_tasks.errors import ConfigError, KeyUnusable
from safety_tasks.signing import load_approvers, load_key, public_part

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the command at a copy of the configuration."""
    folder = tmp_path / "config"
    shutil.copytree(config_dir(), folder)
    monkeypatch.setenv("SAFETY_TASKS_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    """Give a file with a passphrase, its owner's alone."""
    path = tmp_path / "passphrase"
    path.touch(0o600)
    path.write_text(PASSPHRASE + "\n")
    return path


@pytest.mark.parametrize("name", ["kim", "kim.lee"])
def test_the_printed_line_makes_an_approver(config: Path, tmp_path: Path, name: str) -> None:
    """The key's public parts are printed as JSON; the line on stderr, added to the file, makes it count."""
    file = tmp_path / "kim.pem"
    result = run("keys", "approver", file, "--name", name)
    made = call("keys", "show", file)
    assert made == {
        "approver": None,
        "key_id": public_part(load_key(file)).key_id,
        "public_key": public_part(load_key(file)).public_key,
        "file": str(file),
    }
    line = result.stderr.splitlines()[-1]
    with (config / "approvers.toml").open("a") as stream:
        stream.write(line + "\n")
    (approver,) = load_approvers()
    assert (approver.name, approver.key_id) == (name, made["key_id"])
    assert call("keys", "show", file)["approver"] == name


def test_the_result_is_json(tmp_path: Path) -> None:
    """stdout holds name, id, public key and file, and nothing else."""
    file = tmp_path / "kim.pem"
    made = call("keys", "approver", file, "--name", "kim")
    found = public_part(load_key(file))
    assert made == {
        "name": "kim",
        "key_id": found.key_id,
        "public_key": found.public_key,
        "file": str(file),
    }


def test_nothing_secret_is_printed_or_logged(
    tmp_path: Path, passphrase_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a line of the key file nor the passphrase appears on a stream, in a log or in an error."""
    caplog.set_level(logging.DEBUG)
    file, other = tmp_path / "kim.pem", tmp_path / "other"
    other.touch(0o600)
    other.write_text("another passphrase")
    with_it = ("--passphrase-file", passphrase_file)
    told = run("keys", "approver", file, "--name", "kim", *with_it).output
    told += run("keys", "show", file, *with_it).output
    for words in ((), ("--passphrase-file", other)):
        with pytest.raises(KeyUnusable) as refused:
            run("keys", "show", file, *words)
        told += repr(refused.value)
    with pytest.raises(KeyUnusable, match="expected no file yet") as refused:
        run("keys", "approver", file, "--name", "kim", *with_it)
    told += repr(refused.value) + caplog.text
    secrets = (*file.read_text().splitlines()[1:-1], PASSPHRASE, "another passphrase", "BEGIN")
    assert not [secret for secret in secrets if secret in told]


@pytest.mark.parametrize("name", ["", "two words", "kim\n"])
def test_a_bad_name_makes_no_key(tmp_path: Path, name: str) -> None:
    """A name that could not stand in the file is refused before a key is made."""
    with pytest.raises(ConfigError, match="expected a name"):
        run("keys", "approver", tmp_path / "kim.pem", "--name", name)
    assert not (tmp_path / "kim.pem").exists()


def test_a_passphrase_that_others_can_read_makes_no_key(
    tmp_path: Path, passphrase_file: Path
) -> None:
    """A passphrase that others may have read protects nothing."""
    passphrase_file.chmod(0o644)
    words = ("--name", "kim", "--passphrase-file", passphrase_file)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        run("keys", "approver", tmp_path / "kim.pem", *words)
    assert not (tmp_path / "kim.pem").exists()


def test_a_name_is_needed(tmp_path: Path) -> None:
    """Without a name the command says which option is missing."""
    assert "--name" in run("keys", "approver", tmp_path / "kim.pem", status=2).stderr
