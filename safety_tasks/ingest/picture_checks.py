"""Decide whether bytes are a picture that every reader sees alike.

Rules: size and end are read from the header and the parts before anything is decoded; then two independent decoders
must give the same size and the same grey pixels, since a picture that one of them mends and the other refuses is not
the same picture everywhere. Whatever readers may show differently is refused with the way out: turned by EXIF,
transparent, several pictures in one file.

JPEG's library mends what it can and says so only on the error stream. Whoever decodes in a process of its own listens
there (``complaints``): only so is a picture refused that was cut short, or spoilt, and has its end mark back on.
"""

from collections.abc import Callable
from typing import Final

import cv2

from safety_tasks.ingest.checked_picture import (
    CheckedPicture,
    Extension,
    PictureLimits,
    PictureProblem,
)
from safety_tasks.ingest.jpeg_parts import walk_jpeg
from safety_tasks.ingest.picture_decoders import (
    Grey,
    grey_by_opencv,
    grey_by_pillow,
    reduced,
    reduction_of,
)
from safety_tasks.ingest.picture_headers import extension_of
from safety_tasks.ingest.png_parts import walk_png
from safety_tasks.ingest.signatures import signature_of

__all__ = ["CheckedPicture", "PictureLimits", "PictureProblem", "check_picture"]

_NAMES: Final[dict[Extension, frozenset[str]]] = {
    "jpg": frozenset({"jpg", "jpeg"}),
    "png": frozenset({"png"}),
}
_ROUNDING: Final = 2  # grey levels: each decoder weighs a PNG's colours in its own fixed point


def check_picture(
    payload: bytes,
    name: str,
    limits: PictureLimits,
    *,
    complaints: Callable[[], str] = str,
) -> CheckedPicture | PictureProblem:
    """Judge a delivered picture.

    Args:
        payload: the file's bytes.
        name: its delivered name; the extension must fit the content.
        limits: its bounds; those of memory and time are the worker's business.
        complaints: returns what was written to the error stream since it was last asked.

    Raises:
        MemoryError: the process may not have what decoding needs.
    """
    if len(payload) > limits.max_bytes:
        return too_large(payload, limits)
    extension = extension_of(payload)
    if extension is None:
        return PictureProblem("not_a_picture", f"expected JPEG or PNG, found {payload[:12]!r}")
    if name.rpartition(".")[2].lower() not in _NAMES[extension]:
        return PictureProblem("wrong_extension", f"the content is {extension}, the name {name!r}")
    header = (walk_jpeg if extension == "jpg" else walk_png)(payload, limits)
    if isinstance(header, PictureProblem):
        return header
    first = grey_by_pillow(payload, header)
    if isinstance(first, PictureProblem):
        return first
    grey = grey_by_opencv(payload, header, complaints)
    if isinstance(grey, PictureProblem):
        return grey
    if first.shape != grey.shape or cv2.norm(first, grey, cv2.NORM_INF) > _ROUNDING:
        return PictureProblem("decoders_disagree", "the two decoders give other pixels")
    if header.extension == "png":
        grey = reduced(grey, reduction_of(header))
    return CheckedPicture(
        header.extension,
        header.width_px,
        header.height_px,
        signature_of(grey),
        round(cv2.mean(grey)[0], 1),
        sharpness_of(grey),
    )


def too_large(payload: bytes, limits: PictureLimits) -> PictureProblem:
    """Return the problem of a file of too many bytes."""
    return PictureProblem("too_large", f"expected ≤ {limits.max_bytes} bytes, found {len(payload)}")


def sharpness_of(grey: Grey) -> float:
    """Return the variance of the Laplacian of a grey uint8 (height, width) picture, rounded to 0.1.

    Of the reduced picture, an eighth of the size for a camera's: fine noise and coding artefacts are gone there, so it
    tells a scene out of focus, smeared or fogged from a sharp one; compare it at like sizes only.
    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study" (2000).
    """
    deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1]
    return round(float(deviation[0, 0]) ** 2, 1)
