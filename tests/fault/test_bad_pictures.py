"""Pictures that are cut, spoilt, forged or something else end in a named error: no frame, no crash, no hang."""

import contextlib
import random
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.archives import zip_of
from support.drawn_pictures import (
    chunk,
    drawn,
    jpeg_of_kind,
    png_of,
    png_with,
    saved,
    with_jpeg_size,
)

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.pictures import decode_picture, read_picture

PICTURE = drawn(160, 120)
JPEG, PNG = saved(PICTURE), saved(PICTURE, "PNG")
PROGRESSIVE = jpeg_of_kind("progressive")
BODY, END = PNG[:-12], PNG[-12:]
ROW = b"\x00" + bytes(range(192))
HEADER = png_of(64, 64, b"")[:33]
PACKED = zlib.compress(ROW * 64)


def bad_pictures() -> Iterator[tuple[str, bytes]]:
    """Make the corpus."""
    yield "empty", b""
    yield "zeros", bytes(5000)
    yield "text", b"no picture at all"
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    yield "an archive", zip_of([("data.pkl", b"x" * 1000)])
    yield "an archive before the picture", zip_of([("data.pkl", b"x")]) + JPEG
    for kind in ("GIF", "BMP", "TIFF", "WEBP"):
        yield kind, saved(PICTURE, kind)
    for kind, payload in (("JPEG", JPEG), ("progressive", PROGRESSIVE), ("PNG", PNG)):
        for share in (1, 5, 20, 50, 80, 95, 99):
            yield f"{kind} cut at {share} %", payload[: len(payload) * share // 100]
        yield f"{kind} without its last byte", payload[:-1]
    yield "start and end only", b"\xff\xd8\xff\xd9"
    for size in ((65_535, 65_535), (60_000, 60_000), (7072, 7072)):
        yield f"JPEG claims {size}", with_jpeg_size(JPEG, *size)
    for size in ((0, 120), (160, 0), (0, 0)):
        yield f"JPEG claims {size}", with_jpeg_size(JPEG, *size)
    for frame in (0xC3, 0xC5, 0xCA):
        yield f"JPEG frame {frame:#x}", with_jpeg_size(JPEG, 160, 120, frame)
    for size in ((60_000, 60_000), (2**31 - 1, 2**31 - 1), (2**32 - 1, 2**32 - 1), (7072, 7072)):
        yield f"PNG claims {size}", png_of(*size, b"")
    for size in ((0, 64), (64, 0), (0, 0)):
        yield f"PNG claims {size}", png_of(*size, b"")
    yield "PNG claims more than there is", png_of(7000, 7000, ROW * 64)
    yield "no pixels", png_of(64, 64, b"")
    yield "rows missing", png_of(64, 64, ROW * 60)
    yield "interlaced in name only", png_of(64, 64, ROW * 64, colour=7)
    yield "a depth that there is not", png_of(64, 64, ROW * 64, bits=5)
    yield "PNG cut, end on", BODY[: len(BODY) * 3 // 4] + END
    yield "a part's checksum wrong", BODY[:-1] + bytes([BODY[-1] ^ 1]) + END
    yield "the pixels' checksum cut", HEADER + chunk(b"IDAT", PACKED[:-4]) + END
    yield "the pixels are no stream", HEADER + chunk(b"IDAT", b"garbage") + END
    yield "two headers", png_with(PNG, HEADER[8:])
    yield "no header", PNG[:8] + PNG[33:]


BAD_PICTURES = dict(bad_pictures())


def test_no_name_is_given_twice() -> None:
    """Each bad picture is tried."""
    assert len(BAD_PICTURES) == len(list(bad_pictures()))


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_a_named_error(name: str, tmp_path: Path) -> None:
    """What is cut, spoilt, forged or something else is never a frame; the message names the file."""
    path = tmp_path / "camera-7.jpg"
    path.write_bytes(BAD_PICTURES[name])
    started = time.monotonic()
    with pytest.raises(ArtifactError, match=r"camera-7\.jpg: expected a JPEG or PNG, found bytes"):
        read_picture(path)
    with pytest.raises(ArtifactError, match="frame 7: expected a JPEG or PNG, found bytes"):
        decode_picture(BAD_PICTURES[name], what="frame 7")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG"])
def test_altered_bytes_are_a_frame_or_a_named_error(kind: str) -> None:
    """Whatever a disk or a wire made of a picture, what comes out is a whole frame, or an error with its name."""
    payload = {"JPEG": JPEG, "progressive": PROGRESSIVE, "PNG": PNG}[kind]
    chance = random.Random(kind)
    frames = 0
    for _ in range(150):
        altered = bytearray(payload)
        for _ in range(chance.choice([1, 2, 8])):
            at = chance.randrange(chance.choice([40, 700, len(payload)]))
            altered[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        with contextlib.suppress(ArtifactError):
            frame = decode_picture(bytes(altered), what="frame 7")
            assert (frame.ndim, frame.shape[2], frame.dtype) == (3, 3, np.uint8)
            assert frame.size
            frames += 1
    assert frames < 150
