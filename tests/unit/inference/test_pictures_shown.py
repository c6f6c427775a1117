"""Boxes are drawn on a copy, and what is shown is a JPEG of the quality that was asked for."""

import numpy as np
import pytest
from support.drawn_pictures import drawn
from toy_models import toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference import pictures as module
from safety_tasks.inference.pictures import decode_picture, draw_detections, encode_jpeg
from safety_tasks.records.release import Detection


def test_drawing_changes_a_copy_only() -> None:
    """Boxes are drawn on an enlarged copy; the picture that was detected in stays as it was."""
    picture = toy_picture([])
    before = picture.copy()
    box = Detection(class_id=1, score=0.5, box_xyxy=(10, 10, 50, 50))
    drawn = draw_detections(picture, [box], ("smoke", "fire", "person_down"))
    assert np.array_equal(picture, before)
    assert drawn.shape == (480, 480, 3)
    assert not np.array_equal(drawn, draw_detections(picture, [], ("smoke",)))
    assert drawn[225, 75].tolist() != [114, 114, 114]


def test_jpeg_encoding_reads_back() -> None:
    """An encoded picture decodes to nearly the same pixels."""
    picture = toy_picture([(1, 5)])
    again = decode_picture(encode_jpeg(picture, quality=100), what="x")
    assert np.abs(again.astype(int) - picture).mean() < 4


def test_what_does_not_encode_is_an_artifact_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that says no is not taken for an empty file."""
    monkeypatch.setattr(module.cv2, "imencode", lambda *args: (False, None))
    with pytest.raises(ArtifactError, match="expected a picture that encodes as JPEG"):
        encode_jpeg(toy_picture([]))


def test_a_better_jpeg_is_larger_and_nearer() -> None:
    """The quality is the encoder's; without a word it lies between."""
    picture = np.ascontiguousarray(np.asarray(drawn())[:, :, ::-1])
    files = [encode_jpeg(picture, 30), encode_jpeg(picture), encode_jpeg(picture, 98)]
    assert len(files[0]) < len(files[1]) < len(files[2])
    assert files[1] == encode_jpeg(picture, 88)
    apart = [np.abs(decode_picture(f, what="x").astype(int) - picture).mean() for f in files]
    assert apart == sorted(apart, reverse=True)
