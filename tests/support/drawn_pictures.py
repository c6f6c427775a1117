"""Pictures that compress like a camera's, drawn from a seed, and the bytes around them."""

import io
import struct
import zlib
from typing import Any, Final

import numpy as np
from PIL import Image

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
JPEG_END: Final = b"\xff\xd9"
# What cameras and encoders write; each is sound.
JPEG_KINDS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "baseline 4:2:0": ("RGB", {"quality": 85, "subsampling": 2}),
    "baseline 4:4:4": ("RGB", {"quality": 95, "subsampling": 0}),
    "progressive": ("RGB", {"quality": 85, "progressive": True}),
    "restart markers": ("RGB", {"quality": 85, "restart_marker_blocks": 3}),
    "optimised": ("RGB", {"quality": 40, "optimize": True}),
    "grey": ("L", {"quality": 85}),
    "grey progressive": ("L", {"quality": 85, "progressive": True}),
}


def drawn(width_px: int = 160, height_px: int = 120, seed: int = 1) -> Image.Image:
    """Return an RGB picture: slopes, shapes and a sensor's noise."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:height_px, 0:width_px]
    slopes = chance.uniform(-1, 1, (3, 2)) * 80 / max(width_px, height_px)
    pixels = np.stack([128 + a * x + b * y for a, b in slopes], axis=-1)
    for _ in range(12):
        top, left = chance.integers(0, height_px), chance.integers(0, width_px)
        tall, wide = chance.integers(3, 4 + height_px // 3), chance.integers(3, 4 + width_px // 3)
        pixels[top : top + tall, left : left + wide] += chance.uniform(-90, 90, 3)
    pixels += chance.normal(0, 6, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Encode a picture."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def jpeg_of_kind(kind: str, width_px: int = 160, height_px: int = 120, seed: int = 1) -> bytes:
    """Return a sound JPEG of one of ``JPEG_KINDS``."""
    mode, options = JPEG_KINDS[kind]
    return saved(drawn(width_px, height_px, seed).convert(mode), **options)


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """Return a JPEG with one more segment at its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def with_jpeg_size(jpeg: bytes, width_px: int, height_px: int, frame: int | None = None) -> bytes:
    """Return a JPEG whose header claims another size, and perhaps another kind of frame."""
    at = next(at for code in (0xC0, 0xC1, 0xC2) if (at := jpeg.find(bytes([0xFF, code, 0]))) > 0)
    code = jpeg[at + 1] if frame is None else frame
    claimed = struct.pack(">HH", height_px, width_px)
    return jpeg[: at + 1] + bytes([code]) + jpeg[at + 2 : at + 5] + claimed + jpeg[at + 9 :]


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a part of a PNG."""
    sealed = kind + content
    return struct.pack(">I", len(content)) + sealed + struct.pack(">I", zlib.crc32(sealed))


def png_with(png: bytes, *parts: bytes, after: bytes = b"IHDR") -> bytes:
    """Return a PNG with more parts after its first part of a kind."""
    start = png.find(after) - 4
    end = start + 12 + struct.unpack_from(">I", png, start)[0]
    return png[:end] + b"".join(parts) + png[end:]


def png_of(width_px: int, height_px: int, rows: bytes, *, bits: int = 8, colour: int = 2) -> bytes:
    """Return a PNG that claims a size and holds rows of pixels, each after its filter's byte."""
    header = struct.pack(">IIBBBBB", width_px, height_px, bits, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows, 9))
    return PNG_START + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def large_png(width_px: int, height_px: int, colour: int) -> bytes:
    """Return a PNG of equal rows, opaque if it has alpha (colour 6), made without holding its pixels."""
    samples = {0: 1, 2: 3, 6: 4}[colour]
    row = np.arange(width_px * samples, dtype=np.uint8)
    if colour == 6:
        row[3::4] = 255
    stream = zlib.compressobj(1)
    packed = [stream.compress(b"\x00" + row.tobytes()) for _ in range(height_px)]
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", b"".join([*packed, stream.flush()]))
    return PNG_START + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")
