"""What is no picture, or one of another format or too large, is an error with its name."""

from pathlib import Path
from typing import Any

import cv2
import pytest
from support.drawn_pictures import drawn, png_of, saved
from support.red_left import red_left

from safety_tasks.errors import ArtifactError
from safety_tasks.inference import pictures as module
from safety_tasks.inference.pictures import decode_picture, read_picture

DRAWN = drawn(64, 48)


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b"", "do not decode"),
        (b"\x89PNG\r\n\x1a\n", "do not decode"),
        (b"no picture at all", "do not decode"),
        (b"\x00" * 4096, "do not decode"),
        (red_left("RGB", "JPEG")[:40], "do not decode"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(payload: bytes, found: str) -> None:
    """No bytes, a bare header, text, zeros and a cut head raise, naming the picture."""
    with pytest.raises(ArtifactError, match=f"camera-7: expected a JPEG or PNG.*{found}"):
        decode_picture(payload, what="camera-7")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Reading names the path that is no picture."""
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(ArtifactError, match="expected a picture"):
            read_picture(path)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(kind: str) -> None:
    """The decoder could read more than cameras deliver; what ingest refuses is refused here too."""
    with pytest.raises(ArtifactError, match="camera-7: expected a JPEG or PNG, found bytes that"):
        decode_picture(saved(DRAWN, kind), what="camera-7")


def test_too_many_pixels_are_refused_before_they_are_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bomb costs nothing: the decoder does not see it."""

    def decoded(*args: Any) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(module.cv2, "imdecode", decoded)
    with pytest.raises(ArtifactError, match=r"bomb: .*at most 50000000 pixels, found 3600000000"):
        decode_picture(png_of(60_000, 60_000, b""), what="bomb")
    with pytest.raises(AssertionError, match="it was decoded"):
        decode_picture(saved(DRAWN), what="x")


def test_what_the_decoder_raises_is_an_artifact_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder's own complaint names the picture too."""

    def fails(*args: Any) -> None:
        raise cv2.error("no memory left")

    monkeypatch.setattr(module.cv2, "imdecode", fails)
    with pytest.raises(
        ArtifactError, match="camera-7: expected a JPEG or PNG, found bytes that do"
    ):
        decode_picture(saved(DRAWN), what="camera-7")


def test_a_file_that_does_not_decode_is_named_by_its_path(tmp_path: Path) -> None:
    """A file that was cut while it was written says which it is."""
    path = tmp_path / "cut.jpg"
    path.write_bytes(saved(DRAWN)[:-2])
    with pytest.raises(ArtifactError, match=r"cut\.jpg: expected a JPEG or PNG"):
        read_picture(path)
