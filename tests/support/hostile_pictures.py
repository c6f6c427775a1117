"""The hostile corpus of pictures: each with the rule that it must break, or ``SOUND``.

Made from a seed, so that no file of unknown origin lies in the repository.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image
from support.drawn_pictures import (
    JPEG_END,
    JPEG_KINDS,
    PNG_START,
    chunk,
    drawn,
    jpeg_of_kind,
    png_of,
    png_with,
    saved,
    with_jpeg_size,
    with_segment,
)

from safety_tasks.ingest.picture_checks import PictureLimits

SOUND: Final = ""
BOMB_BYTES: Final = 100_000_000


@dataclass(frozen=True)
class HostilePicture:
    """A delivered file, the rule that it breaks, and whether only a decoder's complaint tells."""

    what: str
    name: str
    payload: bytes
    rule: str
    by_complaint: bool = False


def hostile_pictures(limits: PictureLimits) -> Iterator[HostilePicture]:
    """Make the corpus for some limits, one file at a time."""
    for what, payload, rule in _jpegs(limits):
        yield HostilePicture(what, "camera 1/a.jpg", payload, rule)
    for what, payload in _mended():
        yield HostilePicture(what, "a.jpeg", payload, "does_not_decode", by_complaint=True)
    for what, payload, rule in _pngs():
        yield HostilePicture(what, "a.PNG", payload, rule)
    jpeg, png = saved(drawn()), saved(drawn(), "PNG")
    for name, payload in (
        ("a.png", jpeg),
        ("a.jpg", png),
        ("a", jpeg),
        ("jpg", png),
        ("a.jpg.exe", jpeg),
    ):
        yield HostilePicture(f"{name!r} is another format", name, payload, "wrong_extension")


def _jpegs(limits: PictureLimits) -> Iterator[tuple[str, bytes, str]]:
    picture = drawn()
    jpeg = saved(picture)
    for kind in ("GIF", "BMP", "TIFF", "WEBP"):
        yield f"{kind} under a JPEG's name", saved(picture, kind), "not_a_picture"
    yield "nothing", b"", "not_a_picture"
    yield "zeros", bytes(5000), "not_a_picture"
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"
    yield "archive before the picture", _archive() + jpeg, "not_a_picture"
    yield "more bytes than allowed", jpeg[:3] + bytes(limits.max_bytes), "too_large"
    for kind in JPEG_KINDS:
        yield kind, jpeg_of_kind(kind), SOUND
    yield "smallest size", saved(drawn(16, 16)), SOUND
    for size in ((1, 1), (15, 64), (64, 15)):
        yield f"{size[0]}x{size[1]}", saved(drawn(*size)), "bad_size"
    for size in ((60_000, 60_000), (0, 120), (160, 0)):
        yield f"claims {size[0]}x{size[1]}", with_jpeg_size(jpeg, *size), "bad_size"
    yield "four inks", saved(picture.convert("CMYK")), "unusual_pixels"
    for frame in (0xC3, 0xC5, 0xC9, 0xCA):
        yield f"frame {frame:#x}", with_jpeg_size(jpeg, 160, 120, frame), "unusual_pixels"
    more = {"save_all": True, "append_images": [drawn(seed=2)]}
    yield "several pictures (MPO)", saved(picture, "MPO", **more), "several_pictures"
    yield "motion photo", jpeg + b"\x00\x00\x00\x18ftypmp42" + bytes(4000), "trailing_bytes"
    yield "archive after the picture", jpeg + _archive(), "trailing_bytes"
    yield "picture after the picture", jpeg + jpeg, "trailing_bytes"
    yield "script after the picture", jpeg + b"<?php", "trailing_bytes"
    yield "one byte after the picture", jpeg + b"\x00", "trailing_bytes"
    yield "end mark twice", jpeg + JPEG_END, "trailing_bytes"
    yield "archive in a comment", with_segment(jpeg, 0xFE, _archive()), SOUND
    thumbnail = with_segment(jpeg, 0xE1, b"Exif\x00\x00" + saved(drawn(32, 24)))
    yield "thumbnail", thumbnail, SOUND
    # The file ends with the thumbnail's end mark: the picture itself never began.
    yield "cut after its thumbnail", thumbnail[: thumbnail.index(JPEG_END) + 2], "truncated"
    yield "cut in its pixels, thumbnail whole", thumbnail[:-2000], "truncated"
    progressive = jpeg_of_kind("progressive")
    scans = [at for at in range(len(progressive)) if progressive.startswith(b"\xff\xda", at)]
    yield "cut between scans, end mark on", progressive[: scans[-1]] + JPEG_END, "truncated"
    bomb = progressive[:-2] + progressive[scans[-1] : -2] * 100 + JPEG_END
    yield "a hundred scans", bomb, "too_many_parts"
    yield "empty parts", jpeg[:2] + b"\xff\xfe\x00\x02" * 70_000 + jpeg[2:], "too_many_parts"
    yield "fill bytes", jpeg[:-2] + b"\xff" * 100_000 + JPEG_END, SOUND
    yield "start and end only", b"\xff\xd8\xff\xd9", "truncated"
    yield (
        "two frames",
        with_segment(jpeg, 0xC0, bytes.fromhex("080078 00a0 01 011100")),
        "does_not_decode",
    )
    for orientation in range(10):
        rule = "turned_by_exif" if 2 <= orientation <= 8 else SOUND
        yield f"EXIF orientation {orientation}", saved(picture, exif=_exif(orientation)), rule
    yield "EXIF of noise", with_segment(jpeg, 0xE1, b"Exif\x00\x00MM" + bytes(range(99))), SOUND


def _mended() -> Iterator[tuple[str, bytes]]:
    """JPEGs that both decoders mend without an error."""
    jpeg = saved(drawn())
    yield "cut in half, end mark on", jpeg[: len(jpeg) // 2] + JPEG_END
    yield "claims more rows", with_jpeg_size(jpeg, 160, 400)
    yield "claims fewer rows", with_jpeg_size(jpeg, 160, 64)
    yield "archive before the end mark", jpeg[:-2] + _archive() + JPEG_END
    middle = len(jpeg) // 2
    yield "spoilt pixels", jpeg[:middle] + b"\xa5" * 64 + jpeg[middle + 64 :]
    restarts = jpeg_of_kind("restart markers")
    first = restarts.index(b"\xff\xd0")
    yield "a restart interval lost", restarts[:first] + restarts[restarts.index(b"\xff\xd1") :]


def _pngs() -> Iterator[tuple[str, bytes, str]]:
    picture = drawn()
    png = saved(picture, "PNG")
    body, end = png[:-12], png[-12:]
    row = b"\x00" + bytes(range(192))
    header = png_of(64, 64, b"")[: len(PNG_START) + 25]
    packed = zlib.compress(row * 64)
    for mode in ("RGB", "L", "P", "1"):
        yield f"mode {mode}", saved(picture.convert(mode), "PNG"), SOUND
    yield "alpha, opaque", saved(picture.convert("RGBA"), "PNG"), SOUND
    ghost = picture.convert("RGBA")
    ghost.putpixel((5, 5), (1, 2, 3, 254))
    yield "alpha, one pixel not opaque", saved(ghost, "PNG"), "transparent"
    yield "grey with alpha", saved(ghost.convert("LA"), "PNG"), "transparent"
    yield (
        "palette with alpha",
        saved(picture.convert("P"), "PNG", transparency=bytes(256)),
        "transparent",
    )
    yield "16 bits", saved(Image.new("I;16", (64, 64), 4660), "PNG"), "unusual_pixels"
    more = {"save_all": True, "append_images": [drawn(seed=2)]}
    yield "animation (APNG)", saved(picture, "PNG", **more), "several_pictures"
    for size in ((1, 1), (15, 64), (0, 64), (64, 0), (60_000, 60_000), (2**31 - 1, 2**31 - 1)):
        yield f"claims {size[0]}x{size[1]}", png_of(*size, b""), "bad_size"
    yield "no pixels", png_of(64, 64, b""), "truncated"
    yield "interlaced in name only", png_of(64, 64, row * 64, colour=7), "does_not_decode"
    yield "rows missing", png_of(64, 64, row * 60), "truncated"
    yield "rows too many", png_of(64, 64, row * 65), "trailing_bytes"
    yield "a bomb of pixels", png_of(64, 64, bytes(BOMB_BYTES)), "trailing_bytes"
    hidden = chunk(b"IDAT", packed) + chunk(b"IDAT", b"hidden")
    yield "bytes after the pixels' stream", header + hidden + end, "trailing_bytes"
    yield "pixels' checksum cut", header + chunk(b"IDAT", packed[:-4]) + end, "truncated"
    wrong = packed[:-1] + bytes([packed[-1] ^ 1])
    yield "pixels' checksum wrong", header + chunk(b"IDAT", wrong) + end, "does_not_decode"
    yield "part's checksum wrong", body[:-1] + bytes([body[-1] ^ 1]) + end, "does_not_decode"
    yield "no end", body, "truncated"
    yield "cut, end on", body[: len(body) * 3 // 4] + end, "truncated"
    yield "archive after the end", png + _archive(), "trailing_bytes"
    yield "another PNG after the end", png + png, "trailing_bytes"
    yield "two headers", png_with(png, header[len(PNG_START) :]), "does_not_decode"
    yield "no header", PNG_START + png[len(PNG_START) + 25 :], "does_not_decode"
    yield "empty parts", png_with(png, chunk(b"teSt", b"") * 70_000), "too_many_parts"
    packed_bomb = zlib.compress(bytes(BOMB_BYTES), 9)
    for kind, head in ((b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")):
        bomb = chunk(kind, head + packed_bomb)
        for after in (b"IHDR", b"IDAT"):
            words = f"a bomb in {kind.decode()} after {after.decode()}"
            yield words, png_with(png, bomb, after=after), "does_not_decode"
    yield (
        "20 MB of EXIF",
        png_with(png, chunk(b"eXIf", b"MM\0*" + bytes(20_000_000))),
        "does_not_decode",
    )
    yield "EXIF orientation 6", saved(picture, "PNG", exif=_exif(6)), "turned_by_exif"


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("run.sh", "true\n")
    return stream.getvalue()
