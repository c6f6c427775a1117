"""What may be shown of an address or a name, and what files about it are called."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.edge.addresses import file_stem, is_address, shown, shown_path


@pytest.mark.parametrize(
    ("source", "safe"),
    [
        ("", ""),
        ("pictures/a@b=c.jpg", "pictures/a@b=c.jpg"),
        ("rtsp://host:554/live/1", "rtsp://host:554/live/1"),
        ("rtsp://name:word@host/live", "rtsp://…@host/live"),
        ("rtsp://name@host/live", "rtsp://…@host/live"),
        ("RTSP://name:w@rd/1?#@host/live", "RTSP://…@host/live"),
        ("http://h/v.mjpg?user=me&password=word&fps=5", "http://h/v.mjpg?user=…&password=…&fps=5"),
        ("http://h/v?channel=1&subtype=0", "http://h/v?channel=1&subtype=0"),
        ("https://h/v?Access_Token=word#x", "https://h/v?Access_Token=…#x"),
        ("rtsp://h/user=me_password=word_channel=1", "rtsp://h/user=…"),
        ("http://name:word@h/v?pwd=other", "http://…@h/v?pwd=…"),
    ],
)
def test_an_address_is_shown_without_its_secrets(source: str, safe: str) -> None:
    """Names, passwords and keys go, wherever a camera takes them; what tells cameras apart stays."""
    assert shown(source) == safe


@given(name=st.text(min_size=1), word=st.text(min_size=1))
def test_no_password_is_shown(name: str, word: str) -> None:
    """Whatever signs a name and a password hold, the shown address is the same."""
    assert shown(f"rtsp://{name}:{word}@host/live") == "rtsp://…@host/live"


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("", "picture"),
        ("...", "picture"),
        ("../../etc/passwd", "etc-passwd"),
        ("a b\n;$(c)", "a-b-c"),
        ("화재", "화재"),
        ("192.168.0.7:554/live?channel=1", "192.168.0.7-554-live-channel-1"),
        (".hidden", "hidden"),
        ("x" * 300, "x" * 50),
        ("\udcff\x1b[2J", "2J"),
    ],
)
def test_a_name_is_fit_for_a_file(text: str, stem: str) -> None:
    """No folder, no control sign, no leading dot and no length that a disk refuses comes through."""
    assert file_stem(text) == stem


@given(st.text())
def test_every_name_is_fit_for_a_file(text: str) -> None:
    """Whatever a source is called, its files lie in the folder and their names are text that fits."""
    stem = file_stem(text)
    assert Path("out", f"0000_{stem}.jpg").parent == Path("out")
    assert stem.strip(".") == stem
    assert 0 < len(stem.encode()) <= 200


def test_a_path_that_is_no_text_is_shown(tmp_path: Path) -> None:
    """A name of odd bytes is shown so that it can be printed."""
    path = tmp_path / os.fsdecode(b"odd-\xff.jpg")
    assert shown_path(path).encode().endswith(b"/odd-\\xff.jpg")
    assert not is_address(shown_path(path))
