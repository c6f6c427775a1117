"""Several files change together or not at all, wherever it stops."""

import os
from pathlib import Path

import pytest

from safety_tasks.cli.together import replace_together
from safety_tasks.errors import ConfigError

OLD = {"a": "old a", "b": "old b", "c": "old c"}
NEW = {"a": "new a", "b": "new b", "c": "new c", "d": "new d"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write three files."""
    for name, text in OLD.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def there(folder: Path) -> dict[str, str]:
    """Return what lies in the folder, hidden files too."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def new_texts(folder: Path) -> dict[Path, str]:
    """Return the new texts, one of them of a new file."""
    return {folder / name: text for name, text in NEW.items()}


def test_nothing_to_write_changes_nothing(folder: Path) -> None:
    """No files, and files that say it already, are left alone."""
    assert replace_together({}) == ()
    assert replace_together({folder / "a": "old a"}) == ()
    assert there(folder) == OLD


def test_all_are_replaced_and_nothing_is_left_over(folder: Path) -> None:
    """Every file has its new text, rights stay, and the changed ones are told in order."""
    (folder / "a").chmod(0o640)
    changed = replace_together(new_texts(folder) | {folder / "b": "old b"})
    assert [path.name for path in changed] == ["a", "c", "d"]
    assert there(folder) == NEW | {"b": "old b"}
    assert (folder / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("fails_at", range(8))
def test_a_failure_anywhere_leaves_all_as_they_were(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """A full disk while a text is laid down, or at a rename: old texts everywhere, no leftovers."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps > fails_at:
            raise OSError(28, "No space left on device")

    replace, sync = Path.replace, os.fsync
    monkeypatch.setattr(Path, "replace", lambda self, to: (step(), replace(self, to))[1])
    monkeypatch.setattr(
        os, "fsync", lambda handle: (step() if steps < 4 else None, sync(handle))[1]
    )
    with pytest.raises(ConfigError, match=r"No space left on device.*Nothing was changed"):
        replace_together(new_texts(folder))
    assert there(folder) == OLD


@pytest.mark.parametrize("cut_at", range(4))
def test_a_power_cut_between_renames_is_healed_by_the_next_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cut_at: int
) -> None:
    """The last file is old until all are new, and the same call again brings all to their new texts."""
    replace, renamed = Path.replace, 0

    def cut(self: Path, to: Path) -> Path:
        nonlocal renamed
        renamed += 1
        if renamed > cut_at:
            raise KeyboardInterrupt
        return replace(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            replace_together(new_texts(folder))
    assert not (folder / "d").exists()
    replace_together(new_texts(folder))
    assert there(folder) == NEW


def test_a_file_that_may_not_be_written_stops_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights are looked at before anything is written, and the message names the file."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "c")
    with pytest.raises(ConfigError, match="c: expected a file that may be written"):
        replace_together(new_texts(folder))
    assert there(folder) == OLD
