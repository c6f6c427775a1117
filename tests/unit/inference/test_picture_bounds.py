"""Kind, size and end of a picture are read without decoding it; what is cut or lies is refused."""

import contextlib
import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.picture_bounds import PictureBounds, picture_bounds


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size_px", [(64, 48), (1, 1), (501, 17)])
def test_whole_pictures(
    kind: str, size_px: tuple[int, int], make_picture: Callable[..., bytes]
) -> None:
    """Width and height are the picture's own, also with bytes after its end."""
    payload = make_picture(1, kind, size_px)
    expected = PictureBounds(f"image/{kind.lower()}", *size_px)
    assert picture_bounds(payload) == expected
    assert picture_bounds(payload + b"camera's own") == expected


def test_progressive_and_with_a_thumbnail() -> None:
    """A progressive JPEG has its size in another marker; a thumbnail's end is not the picture's."""
    picture = Image.effect_noise((90, 70), 40).convert("RGB")
    stream, small = io.BytesIO(), io.BytesIO()
    picture.resize((16, 16)).save(small, "JPEG")
    picture.save(stream, "JPEG", progressive=True, comment=small.getvalue())
    payload = stream.getvalue()
    assert small.getvalue() in payload
    assert picture_bounds(payload) == PictureBounds("image/jpeg", 90, 70)
    with pytest.raises(ArtifactError, match="cut"):
        picture_bounds(payload[:-2])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_cut_anywhere(kind: str, make_picture: Callable[..., bytes]) -> None:
    """A picture that is cut at any byte is refused: a decoder would fill the rest with grey."""
    payload = make_picture(2, kind)
    for end in range(len(payload) - 1):
        with pytest.raises(ArtifactError):
            picture_bounds(payload[:end])


@pytest.mark.parametrize(
    "payload",
    [b"", b"GIF89a" + bytes(40), b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", bytes(1000), b"<svg/>"],
)
def test_other_things(payload: bytes) -> None:
    """What is no JPEG or PNG is refused."""
    with pytest.raises(ArtifactError, match="expected a"):
        picture_bounds(payload)


def test_no_size(make_picture: Callable[..., bytes]) -> None:
    """A width of 0 is refused."""
    payload = bytearray(make_picture(3, "PNG"))
    payload[16:20] = struct.pack(">I", 0)
    with pytest.raises(ArtifactError, match="with a size"):
        picture_bounds(bytes(payload))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]))
def test_any_bytes_end_in_an_answer_or_a_named_error(rest: bytes, head: bytes) -> None:
    """No bytes raise anything but ArtifactError, nor hang."""
    with contextlib.suppress(ArtifactError):
        picture_bounds(head + rest)
