"""What a picture's worker is asked and what it answers, as bytes.

Rules: fixed layouts and JSON text, nothing that could run; an answer is believed only if every field is in its range,
since a hostile picture may have taken the worker over.
"""

import json
import math
import re
import struct
from typing import Final

from safety_tasks.ingest.checked_picture import (
    CheckedPicture,
    Extension,
    PictureLimits,
    PictureProblem,
)
from safety_tasks.ingest.signatures import HASHES, THUMBNAIL_SIDE_PX, Signature

READY: Final = b"picture worker 1\n"
REQUEST: Final = struct.Struct(">II")  # bytes of the name, bytes of the picture; both follow
ANSWER: Final = struct.Struct(">I")  # bytes that follow
MAX_ANSWER_BYTES: Final = 16_384
_MAX_OBSERVED: Final = 300  # characters
_SOUND: Final = struct.Struct(f">c3sIIdd{HASHES}Q")
_RULE: Final = re.compile(r"[a-z][a-z_]{1,39}")
_EXTENSIONS: Final[dict[bytes, Extension]] = {b"jpg": "jpg", b"png": "png"}


def encode_request(payload: bytes, name: str) -> list[bytes]:
    """Return a request's parts; the picture itself is not copied."""
    title = name.encode("utf-8", "replace")
    return [REQUEST.pack(len(title), len(payload)) + title, payload]


def encode_answer(answer: CheckedPicture | PictureProblem) -> bytes:
    """Return an answer with its length before it."""
    if isinstance(answer, PictureProblem):
        observed = tidy(answer.observed)
        body = b"P" + json.dumps({"rule": answer.rule, "observed": observed}).encode()
    else:
        size = (answer.width_px, answer.height_px, answer.brightness, answer.sharpness)
        kind = answer.extension.encode()
        body = _SOUND.pack(b"S", kind, *size, *answer.signature.hashes) + answer.signature.thumbnail
    return ANSWER.pack(len(body)) + body


def decode_answer(body: bytes, limits: PictureLimits) -> CheckedPicture | PictureProblem:
    """Return what an answer says.

    Args:
        body: the answer without its length.
        limits: which a sound picture keeps.

    Raises:
        ValueError: it is no answer of an honest worker.
    """
    if body[:1] == b"P":
        problem = json.loads(body[1:])
        if not isinstance(problem, dict) or problem.keys() != {"rule", "observed"}:
            raise ValueError("expected a rule and what was observed")
        rule, observed = problem["rule"], problem["observed"]
        if not (isinstance(rule, str) and isinstance(observed, str) and _RULE.fullmatch(rule)):
            raise ValueError("expected a rule's name and a text")
        return PictureProblem(rule, tidy(observed))
    thumbnail = body[_SOUND.size :]
    if body[:1] != b"S" or len(thumbnail) != THUMBNAIL_SIDE_PX**2:
        raise ValueError("expected a sound picture's fields")
    _, kind, width, height, brightness, sharpness, *hashes = _SOUND.unpack_from(body)
    sane = (
        kind in _EXTENSIONS
        and min(width, height) >= limits.min_side_px
        and width * height <= limits.max_pixels
        and 0 <= brightness <= 255
        and 0 <= sharpness < math.inf
    )
    if not sane:
        raise ValueError("expected a sound picture's fields within their ranges")
    signature = Signature(tuple(hashes), thumbnail)
    return CheckedPicture(_EXTENSIONS[kind], width, height, signature, brightness, sharpness)


def tidy(text: str) -> str:
    """Return a text as one printable line of bounded length."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(line.split())[:_MAX_OBSERVED]
