"""What a picture says of itself before anything is decoded, and what is wrong with that."""

from dataclasses import dataclass
from typing import Final

from safety_tasks.ingest.checked_picture import Extension, PictureLimits, PictureProblem

JPEG_START: Final = b"\xff\xd8\xff"
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
# A part costs a step of its walk: encoders write a few, or one each 4 KiB; whoever writes more means harm.
MAX_PARTS: Final = 65_536


@dataclass(frozen=True)
class PictureHeader:
    """Format, and size as stored."""

    extension: Extension
    width_px: int
    height_px: int


def extension_of(payload: bytes) -> Extension | None:
    """Return the format that the first bytes tell, or None."""
    if payload.startswith(JPEG_START):
        return "jpg"
    return "png" if payload.startswith(PNG_START) else None


def beyond(header: PictureHeader, limits: PictureLimits) -> PictureProblem | None:
    """Return the problem of a size outside its bounds."""
    width, height = header.width_px, header.height_px
    if width * height <= limits.max_pixels and min(width, height) >= limits.min_side_px:
        return None
    return PictureProblem(
        "bad_size",
        f"expected ≥ {limits.min_side_px} px a side and ≤ {limits.max_pixels} pixels, found {width}x{height}",
    )


def ended(payload: bytes, at: int) -> PictureProblem | None:
    """Return the problem of a picture that ends at a byte, and the file does not."""
    if at == len(payload):
        return None
    return PictureProblem("trailing_bytes", f"{len(payload) - at} bytes follow the picture's end")


def truncated(payload: bytes) -> PictureProblem:
    """Return the problem of a file that ends before its picture does."""
    observed = f"the file ends after {len(payload)} bytes, the picture does not"
    return PictureProblem("truncated", observed)


def too_many_parts() -> PictureProblem:
    """Return the problem of a file that is all parts and no picture."""
    return PictureProblem("too_many_parts", f"expected ≤ {MAX_PARTS} parts")
