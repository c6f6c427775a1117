"""An answer is believed only if an honest child could have given it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.picture_checks import CheckedPicture, PictureLimits, PictureProblem
from safety_tasks.ingest.picture_frames import (
    ANSWER,
    MAX_ANSWER_BYTES,
    decode_answer,
    encode_answer,
    encode_request,
    tidy,
)
from safety_tasks.ingest.signatures import HASHES, THUMBNAIL_SIDE_PX, Signature

LIMITS = PictureLimits()
SIGNATURE = Signature(tuple(range(2**64 - HASHES, 2**64)), bytes(THUMBNAIL_SIDE_PX**2))
SOUND = CheckedPicture("png", 7000, 7000, SIGNATURE, 127.3, 1234.5)


def body(answer: CheckedPicture | PictureProblem) -> bytes:
    """Return an answer without its length, which must be right and small."""
    framed = encode_answer(answer)
    (length,) = ANSWER.unpack_from(framed)
    assert length == len(framed) - ANSWER.size <= MAX_ANSWER_BYTES
    return framed[ANSWER.size :]


@pytest.mark.parametrize("answer", [PictureProblem("truncated", "ends"), SOUND])
def test_answers_come_back(answer: CheckedPicture | PictureProblem) -> None:
    """What is encoded is decoded, either way."""
    assert decode_answer(body(answer), LIMITS) == answer


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"X",
        b"P",
        b"P[]",
        b"Pnull",
        b'P{"rule": "fine"}',
        b'P{"rule": "fine", "observed": "", "more": 1}',
        b'P{"rule": "a/../b", "observed": ""}',
        b'P{"rule": "fine", "observed": 1}',
        b'P{"rule": ["fine"], "observed": ""}',
        b"P\xff\xfe",
        b"\x80\x04.",
        b"S",
        body(SOUND)[:-1],
        body(SOUND) + b"\x00",
        body(replace(SOUND, width_px=0)),
        body(replace(SOUND, height_px=15)),
        body(replace(SOUND, width_px=7143)),
        body(replace(SOUND, brightness=255.1)),
        body(replace(SOUND, brightness=float("nan"))),
        body(replace(SOUND, sharpness=-0.1)),
        body(replace(SOUND, sharpness=float("inf"))),
        body(replace(SOUND, sharpness=float("nan"))),
        b"Sgif" + body(SOUND)[4:],
    ],
)
def test_nonsense_is_not_believed(nonsense: bytes) -> None:
    """Each field out of its range, each text that is no answer, is a ``ValueError``."""
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        decode_answer(nonsense, LIMITS)


@given(st.binary(max_size=3000), st.sampled_from([b"", b"P", b"S"]))
def test_no_bytes_do_more_than_raise(noise: bytes, kind: bytes) -> None:
    """Whatever bytes come, they are an answer or a ``ValueError``."""
    try:
        decode_answer(kind + noise, LIMITS)
    except ValueError:
        return


@given(st.text())
def test_texts_are_tidied_on_both_sides(text: str) -> None:
    """What was observed becomes one short printable line, also if an unruly child sends another."""
    line = tidy(text)
    assert len(line) <= 300
    assert all(letter.isprintable() for letter in line)
    unruly = b"P" + json.dumps({"rule": "fine", "observed": text}).encode()
    assert decode_answer(unruly, LIMITS) == PictureProblem("fine", line)
    assert decode_answer(body(PictureProblem("fine", text)), LIMITS) == PictureProblem("fine", line)


def test_a_request_names_its_lengths() -> None:
    """A request is both lengths, the name and the picture, which is not copied; odd names pass."""
    payload = b"xyz"
    head, rest = encode_request(payload, "ä\udcff")
    assert head == b"\x00\x00\x00\x03\x00\x00\x00\x03\xc3\xa4?"
    assert rest is payload
