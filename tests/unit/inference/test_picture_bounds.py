"""Kind, size and end of a picture are read without decoding it; what is cut or lies is refused."""

import contextlib
import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support.drawn_pictures import png_of, with_jpeg_size, with_segment

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.picture_bounds import (
    MAX_PIXELS,
    PictureBounds,
    picture_bounds,
    require_bounded,
)


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


@pytest.mark.parametrize("at", [16, 20])
def test_no_size(at: int, make_picture: Callable[..., bytes]) -> None:
    """A width or a height of 0 is refused."""
    payload = bytearray(make_picture(3, "PNG"))
    payload[at : at + 4] = struct.pack(">I", 0)
    with pytest.raises(ArtifactError, match="with a size"):
        picture_bounds(bytes(payload))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]))
def test_any_bytes_end_in_an_answer_or_a_named_error(rest: bytes, head: bytes) -> None:
    """No bytes raise anything but ArtifactError, nor hang."""
    with contextlib.suppress(ArtifactError):
        picture_bounds(head + rest)


def claiming(kind: str, width_px: int, height_px: int, make_picture: Callable[..., bytes]) -> bytes:
    """Return a small file whose header claims a size."""
    if kind == "PNG":
        return png_of(width_px, height_px, b"")
    return with_jpeg_size(make_picture(4), width_px, height_px)


def test_nothing_is_not_bounded() -> None:
    """What names no size cannot be within one."""
    for payload in (b"", b"no picture", b"\xff\xd8\xff"):
        with pytest.raises(ArtifactError, match="expected a"):
            require_bounded(payload)


@pytest.mark.parametrize(
    ("kind", "width_px", "height_px", "bounded"),
    [
        ("JPEG", 1, 1, True),
        ("JPEG", 8000, 6250, True),
        ("JPEG", 6250, 8000, True),
        ("JPEG", 8000, 6251, False),
        ("JPEG", 65_535, 65_535, False),
        ("PNG", 1, 1, True),
        ("PNG", 8000, 6250, True),
        ("PNG", 50_000_000, 1, True),
        ("PNG", 50_000_001, 1, False),
        ("PNG", 1, 50_000_001, False),
        ("PNG", 2**32 - 1, 2**32 - 1, False),
    ],
)
def test_too_many_pixels_are_refused(
    kind: str, width_px: int, height_px: int, bounded: bool, make_picture: Callable[..., bytes]
) -> None:
    """Fifty million pixels are allowed in any shape, one more is not; the header alone decides."""
    assert MAX_PIXELS == 50_000_000
    payload = claiming(kind, width_px, height_px, make_picture)
    expected = PictureBounds(f"image/{kind.lower()}", width_px, height_px)  # type: ignore[arg-type]
    assert picture_bounds(payload) == expected
    if bounded:
        assert require_bounded(payload) == expected
        return
    found = f"expected at most 50000000 pixels, found {width_px * height_px}"
    with pytest.raises(ArtifactError, match=found):
        require_bounded(payload)


@pytest.mark.parametrize(
    ("frame", "is_frame"),
    [(code, code not in (0xC4, 0xC8, 0xCC)) for code in range(0xC0, 0xD0)],
)
def test_every_kind_of_frame_tells_a_size(
    frame: int, is_frame: bool, make_picture: Callable[..., bytes]
) -> None:
    """Thirteen markers begin a frame; Huffman tables, arithmetic tables and the reserved one do not."""
    payload = with_jpeg_size(make_picture(5), 321, 123, frame)
    if is_frame:
        assert picture_bounds(payload) == PictureBounds("image/jpeg", 321, 123)
        return
    with pytest.raises(ArtifactError, match="cut"):
        picture_bounds(payload)


@pytest.mark.parametrize(
    "between",
    [b"\xff", b"\xff" * 1000, b"\xff\x01", b"\xff\xd0\xff\xd7", b"\xff\xfe\x00\x02"],
)
def test_what_may_stand_between_segments(
    between: bytes, make_picture: Callable[..., bytes]
) -> None:
    """Fill bytes, markers without a length and empty comments are passed over."""
    payload = make_picture(6)
    found = picture_bounds(payload[:2] + between + payload[2:])
    assert found == PictureBounds("image/jpeg", 64, 48)


def test_a_frame_within_a_comment_is_no_frame(make_picture: Callable[..., bytes]) -> None:
    """Segments are passed over by their length, whatever lies in them: a thumbnail's size is not the picture's."""
    inside = with_jpeg_size(make_picture(7), 9, 9)
    payload = with_segment(make_picture(7), 0xE1, inside)
    assert picture_bounds(payload) == PictureBounds("image/jpeg", 64, 48)


def test_a_byte_between_segments_breaks_a_jpeg(make_picture: Callable[..., bytes]) -> None:
    """What is no marker where one must be is refused, not searched through."""
    payload = make_picture(8)
    at = payload.index(b"\xff\xdb")
    with pytest.raises(ArtifactError, match="broken markers"):
        picture_bounds(payload[:at] + b"\x00" + payload[at:])


@pytest.mark.parametrize("length", [0, 1])
def test_a_segment_shorter_than_its_length_is_no_endless_loop(
    length: int, make_picture: Callable[..., bytes]
) -> None:
    """A length of 0 or 1 is a lie; the reader goes on behind it or refuses, and ends either way."""
    payload = make_picture(9)
    lying = payload[:2] + b"\xff\xfe" + struct.pack(">H", length) + payload[2:]
    assert picture_bounds(lying) == PictureBounds("image/jpeg", 64, 48)
    with pytest.raises(ArtifactError):
        picture_bounds(b"\xff\xd8" + (b"\xff\xfe" + struct.pack(">H", length)) * 1000)


def test_another_first_chunk_than_the_header_is_refused(make_picture: Callable[..., bytes]) -> None:
    """A PNG begins with its header; a size is not read from anything else."""
    payload = bytearray(make_picture(10, "PNG"))
    payload[12:16] = b"iHDR"
    with pytest.raises(ArtifactError, match="without its header"):
        picture_bounds(bytes(payload))
