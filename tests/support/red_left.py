"""A small picture whose left half is red, in any mode, format and EXIF orientation."""

import io

import numpy as np
from PIL import Image

RED_LEFT = np.zeros((20, 40, 3), np.uint8)
RED_LEFT[:, :20] = (255, 0, 0)  # RGB


def red_left(mode: str, kind: str = "PNG", orientation: int = 1) -> bytes:
    """Encode the picture whose left half is red."""
    picture = Image.fromarray(RED_LEFT).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    picture.save(stream, kind, exif=exif, quality=95)
    return stream.getvalue()
