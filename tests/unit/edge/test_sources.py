"""What there is to look at: folders with what else lies in them, doubles, order, addresses."""

import os
from pathlib import Path

import pytest

from safety_tasks.edge.sources import find_sources
from safety_tasks.errors import EdgeError, StreamError


def fill(folder: Path, *names: str) -> Path:
    """Make empty files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_folder_gives_what_it_knows_and_names_the_rest(tmp_path: Path) -> None:
    """Pictures and videos come in order of name at any depth; other files and links to folders are named."""
    folder = fill(tmp_path / "in", "b.JPG", "a.png", "c/d.mp4", "c/e.txt", ".hidden", "f.jpg.part")
    fill(tmp_path / "elsewhere", "g.jpg")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    found = find_sources([folder], tmp_path / "out")
    assert [(one.shown, one.kind) for one in found.wanted] == [
        (str(folder / "a.png"), "picture"),
        (str(folder / "b.JPG"), "picture"),
        (str(folder / "c" / "d.mp4"), "video"),
    ]
    assert {one.asked for one in found.wanted} == {str(folder)}
    named = {line.partition(": ")[0].removeprefix(f"{folder}/") for line in found.ignored}
    assert named == {"c/e.txt", ".hidden", "f.jpg.part", "link"}


def test_results_are_not_looked_at_again(tmp_path: Path) -> None:
    """A folder of results inside the pictures is left aside, and said so; the pictures' own folder is refused."""
    folder = fill(tmp_path / "in", "a.png", "out/0000_a.jpg", "outside/b.png")
    found = find_sources([folder], folder / "out")
    assert [one.stem for one in found.wanted] == ["a", "b"]
    assert found.ignored == (f"{folder}/out: the folder of the results",)
    inside = find_sources([folder / "outside"], folder)
    assert [one.stem for one in inside.wanted] == ["b"]
    with pytest.raises(EdgeError, match="another folder than --out"):
        find_sources([folder], tmp_path / "in" / "out" / "..")


def test_a_file_that_is_named_twice_is_looked_at_once(tmp_path: Path) -> None:
    """By its own name and by its folder's a file is one, and that is said."""
    folder = fill(tmp_path / "in", "a.png", "b.png")
    found = find_sources([folder / "a.png", str(folder), "rtsp://h/1", "rtsp://h/1"], tmp_path)
    assert [one.stem for one in found.wanted[:2]] == ["a", "b"]
    assert len(found.wanted) == 3
    assert found.ignored == (f"{folder}/a.png: named twice", "rtsp://h/1: named twice")


def test_a_folder_that_is_closed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be listed is no reason for silence."""
    folder = fill(tmp_path / "in", "a.png", "closed/b.png")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_sources([folder], tmp_path / "out")
    assert [one.stem for one in found.wanted] == ["a"]
    assert found.ignored == (f"{folder}/closed: Permission denied",)


def test_streams_come_last(tmp_path: Path) -> None:
    """What may never end is looked at after all that does; an address of one picture is such."""
    sources = ["RTSP://Camera/1", "http://camera/snap.JPG?channel=2", tmp_path / "a.png"]
    found = find_sources(sources, tmp_path / "out")
    assert [one.kind for one in found.wanted] == ["snapshot", "picture", "stream"]


def test_nothing_to_look_at_is_an_error(tmp_path: Path) -> None:
    """No source and a folder of texts are refused, with what would be looked at."""
    fill(tmp_path / "in", "notes.txt")
    for sources in ([], [tmp_path / "in"]):
        with pytest.raises(EdgeError, match=r"expected pictures or videos \(.*\.jpg"):
            find_sources(sources, tmp_path / "out")


@pytest.mark.parametrize("address", ["rtmp://u:sesame@h/1", "file:///etc/passwd", "udp://@:5000"])
def test_other_addresses_are_refused(address: str, tmp_path: Path) -> None:
    """An address of another kind is refused before any work, without its password."""
    with pytest.raises(StreamError, match="begins with rtsp, rtsps, http, https") as caught:
        find_sources([address], tmp_path)
    assert "sesame" not in str(caught.value)
