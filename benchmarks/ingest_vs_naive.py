"""Ingest's core ÷ a straightforward pipeline: hashlib, full decode by OpenCV and by Pillow, imagehash."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.ingest_core import compare
from benchmarks.result import Result

NAME: Final = "ingest_vs_naive"
BAR: Final = 0.40
_WHAT: Final = "ingest core / (hashlib + full decode by OpenCV and Pillow + imagehash.phash)"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: the real pictures are missing.
    """
    del folder
    import cv2
    import imagehash
    import numpy as np
    from PIL import Image

    def naive(files: Sequence[Path]) -> None:
        for file in files:
            payload = file.read_bytes()
            hashlib.sha256(payload).hexdigest()
            cv2.imdecode(np.frombuffer(payload, np.uint8), cv2.IMREAD_COLOR)
            with Image.open(io.BytesIO(payload)) as picture:
                picture.load()
                imagehash.phash(picture)

    return compare(NAME, _WHAT, BAR, naive)
