"""Pictures are decoded alike whatever their form; what is no picture is an error with its name."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps
from support.drawn_pictures import (
    JPEG_KINDS,
    PNG_START,
    chunk,
    drawn,
    jpeg_of_kind,
    png_of,
    png_with,
    saved,
)
from toy_models import png, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference import pictures as module
from safety_tasks.inference.pictures import (
    PictureReader,
    decode_picture,
    draw_detections,
    encode_jpeg,
    read_picture,
)
from safety_tasks.records.release import Detection

RED_LEFT = np.zeros((20, 40, 3), np.uint8)
RED_LEFT[:, :20] = (255, 0, 0)  # RGB


def encoded(mode: str, kind: str = "PNG", orientation: int = 1) -> bytes:
    """Encode the picture whose left half is red."""
    picture = Image.fromarray(RED_LEFT).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    picture.save(stream, kind, exif=exif, quality=95)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b"", "do not decode"),
        (b"\x89PNG\r\n\x1a\n", "do not decode"),
        (b"no picture at all", "do not decode"),
        (b"\x00" * 4096, "do not decode"),
        (encoded("RGB", "JPEG")[:40], "do not decode"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(payload: bytes, found: str) -> None:
    """No bytes, a bare header, text, zeros and a cut head raise, naming the picture."""
    with pytest.raises(ArtifactError, match=f"camera-7: expected a JPEG or PNG.*{found}"):
        decode_picture(payload, what="camera-7")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA"])
def test_every_colour_mode_becomes_three_channels(mode: str) -> None:
    """Grey, palette and alpha pictures decode to (height, width, 3) with their content."""
    picture = decode_picture(encoded(mode), what="x")
    assert (picture.shape, picture.dtype) == ((20, 40, 3), np.uint8)
    left = [76, 76, 76] if mode in ("L", "LA") else [0, 0, 255]
    assert picture[10, 5].tolist() == left
    assert picture[10, 35].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("orientation", "shape", "red_at"),
    [
        (1, (20, 40), (10, 5)),
        (3, (20, 40), (10, 35)),
        (6, (40, 20), (5, 10)),
        (8, (40, 20), (35, 10)),
    ],
)
def test_a_turned_camera_gives_an_upright_picture(
    orientation: int, shape: tuple[int, int], red_at: tuple[int, int]
) -> None:
    """The EXIF orientation is applied, as annotation tools and the training framework do."""
    picture = decode_picture(encoded("RGB", "JPEG", orientation), what="x")
    assert picture.shape[:2] == shape
    assert picture[red_at][2] > 200
    assert picture[shape[0] - 1 - red_at[0], shape[1] - 1 - red_at[1]][2] < 50


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Reading names the path that is no picture."""
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(ArtifactError, match="expected a picture"):
            read_picture(path)


def test_a_file_is_read_as_its_bytes_decode(tmp_path: Path) -> None:
    """Reading a file gives the pixels that were written."""
    picture = toy_picture([(0, 3), (2, 9)])
    (tmp_path / "a.png").write_bytes(png(picture))
    assert np.array_equal(read_picture(tmp_path / "a.png"), picture)


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


def bgr(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the pixels of a picture as (height, width, 3) BGR."""
    return np.asarray(picture.convert("RGB"))[:, :, ::-1]


def interlaced_png(picture: npt.NDArray[np.uint8]) -> bytes:
    """Encode an RGB picture in the seven passes of Adam7 (PNG specification, section 8.2)."""
    rows = b""
    for top, left, down, right in (
        (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)
    ):  # fmt: skip
        part = picture[top::down, left::right]
        rows += b"".join(b"\x00" + row.tobytes() for row in part) if part.size else b""
    plain = png_of(picture.shape[1], picture.shape[0], rows)
    header = plain[len(PNG_START) + 8 : len(PNG_START) + 20] + b"\x01"
    return PNG_START + chunk(b"IHDR", header) + plain[len(PNG_START) + 25 :]


DRAWN = drawn(64, 48)
PIXELS = np.asarray(DRAWN)
PALETTE = DRAWN.quantize(16)
ONE_BIT = DRAWN.convert("1")
SIXTEEN_GREY = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 21
SIXTEEN_RGB = PIXELS.astype(np.uint16) * 257
HALF_CLEAR = Image.fromarray(np.dstack([PIXELS, np.full((48, 64), 7, np.uint8)]))


def rows_of(pixels: npt.NDArray[np.uint16]) -> bytes:
    """Return the rows of a PNG of 16 bits, each after its filter's byte."""
    return b"".join(b"\x00" + row.astype(">u2").tobytes() for row in pixels)


WITH_ALPHA = np.dstack([SIXTEEN_GREY, np.full_like(SIXTEEN_GREY, 9)])


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (saved(DRAWN, "PNG"), bgr(DRAWN)),
        (interlaced_png(PIXELS), bgr(DRAWN)),
        (saved(DRAWN.convert("L"), "PNG"), bgr(DRAWN.convert("L"))),
        (saved(DRAWN.convert("LA"), "PNG"), bgr(DRAWN.convert("L"))),
        (saved(HALF_CLEAR, "PNG"), bgr(DRAWN)),
        (saved(PALETTE, "PNG"), bgr(PALETTE)),
        (saved(PALETTE, "PNG", transparency=bytes(16)), bgr(PALETTE)),
        (saved(ONE_BIT, "PNG"), bgr(ONE_BIT)),
        (png_of(64, 48, rows_of(SIXTEEN_GREY), bits=16, colour=0), np.dstack([SIXTEEN_GREY >> 8] * 3)),
        (png_of(64, 48, rows_of(WITH_ALPHA), bits=16, colour=4), np.dstack([SIXTEEN_GREY >> 8] * 3)),
        (png_of(64, 48, rows_of(SIXTEEN_RGB), bits=16, colour=2), bgr(DRAWN)),
        (png_of(1, 1, b"\x00\x01\x02\x03"), np.array([[[3, 2, 1]]])),
        (png_with(saved(DRAWN, "PNG"), chunk(b"tEXt", b"a\0b")), bgr(DRAWN)),
        (saved(DRAWN, "PNG") + b"the camera's own", bgr(DRAWN)),
    ],
    ids=[
        "colour", "interlaced", "grey", "grey and alpha", "alpha", "palette", "palette and alpha", "one bit",
        "16 bits grey", "16 bits grey and alpha", "16 bits", "one pixel", "text inside", "bytes after its end",
    ],
)  # fmt: skip
def test_every_form_of_png(payload: bytes, wanted: npt.NDArray[np.uint8]) -> None:
    """Whatever the form, the pixels are those that were stored: alpha is dropped, of 16 bits the upper 8 stay."""
    found = decode_picture(payload, what="x")
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize("kind", JPEG_KINDS)
def test_every_kind_of_jpeg(kind: str) -> None:
    """Baseline, progressive, with restarts, grey: the pixels are those that another decoder reads."""
    payload = jpeg_of_kind(kind)
    wanted = bgr(Image.open(io.BytesIO(payload)))
    for found in (decode_picture(payload, what="x"), decode_picture(payload + b"\0more", what="x")):
        assert (found.shape, found.dtype) == ((120, 160, 3), np.uint8)
        assert np.abs(found.astype(int) - wanted).mean() < 1.5


def test_a_jpeg_of_four_inks() -> None:
    """Printers' colours become those that a screen shows."""
    red = Image.new("RGB", (64, 48), (200, 30, 60))
    payload = saved(red.convert("CMYK"), quality=95)
    found = decode_picture(payload, what="x")
    assert (found.shape, found.dtype) == ((48, 64, 3), np.uint8)
    assert np.abs(found.astype(int) - [60, 30, 200]).max() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_turn_is_done(kind: str, orientation: int) -> None:
    """Each of the eight orientations comes out upright, as another reader of EXIF has it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    payload = saved(DRAWN, kind, exif=exif)
    found = decode_picture(payload, what="x")
    wanted = bgr(ImageOps.exif_transpose(Image.open(io.BytesIO(payload))))
    assert found.shape == wanted.shape == ((64, 48, 3) if orientation >= 5 else (48, 64, 3))
    assert np.abs(found.astype(int) - wanted).mean() < 2


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_a_turn_that_there_is_none_of_is_not_done(orientation: int) -> None:
    """EXIF that says nonsense leaves the picture as it was stored."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode_picture(saved(DRAWN, "PNG", exif=exif), what="x")
    assert np.array_equal(found, bgr(DRAWN))


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "a.png"), ("PNG", "a.jpg"), ("PNG", "a"), ("JPEG", "a.txt")]
)
def test_the_content_decides_not_the_name(kind: str, name: str, tmp_path: Path) -> None:
    """A file under another format's name is read as what it is."""
    payload = saved(DRAWN, kind)
    (tmp_path / name).write_bytes(payload)
    found = read_picture(tmp_path / name)
    assert np.array_equal(found, decode_picture(payload, what="x"))


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


def test_what_does_not_encode_is_an_artifact_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that says no is not taken for an empty file."""
    monkeypatch.setattr(module.cv2, "imencode", lambda *args: (False, None))
    with pytest.raises(ArtifactError, match="expected a picture that encodes as JPEG"):
        encode_jpeg(toy_picture([]))


def test_a_better_jpeg_is_larger_and_nearer() -> None:
    """The quality is the encoder's; without a word it lies between."""
    picture = np.ascontiguousarray(bgr(drawn()))
    files = [encode_jpeg(picture, 30), encode_jpeg(picture), encode_jpeg(picture, 98)]
    assert len(files[0]) < len(files[1]) < len(files[2])
    assert files[1] == encode_jpeg(picture, 88)
    apart = [np.abs(decode_picture(f, what="x").astype(int) - picture).mean() for f in files]
    assert apart == sorted(apart, reverse=True)


class Disk:
    """A folder of pictures by digest, whose reads are counted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int = 4) -> None:
        self.paths = {}
        self.read: list[str] = []
        for number in range(count):
            path = folder / f"{number}.png"
            path.write_bytes(png(np.full((10, 10 + number, 3), number, np.uint8)))
            self.paths[f"{number:064x}"] = path
        usual = module.read_picture

        def watched(path: Path) -> npt.NDArray[np.uint8]:
            self.read.append(path.stem)
            return usual(path)

        monkeypatch.setattr(module, "read_picture", watched)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Give four pictures of 300, 330, 360 and 390 bytes, decoded."""
    return Disk(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("most_bytes", "kept"),
    [
        (0, ""),
        (299, ""),
        (300, "0"),
        (629, "0"),
        (630, "01"),
        (689, "01"),
        (989, "01"),
        (990, "012"),
        (1379, "012"),
        (1380, "0123"),
        (1 << 30, "0123"),
    ],
)
def test_a_reader_keeps_as_much_as_fits(disk: Disk, most_bytes: int, kept: str) -> None:
    """What fits into the bound is read once, what does not each time; the pixels are the same."""
    reader = PictureReader(disk.paths, most_bytes)
    for _ in range(3):
        for number, sha256 in enumerate(disk.paths):
            found = reader.read(sha256)
            assert found.shape == (10, 10 + number, 3)
            assert (found == number).all()
    assert disk.read[:4] == ["0", "1", "2", "3"]
    assert disk.read[4:] == [n for n in "0123" if n not in kept] * 2


def test_a_smaller_picture_fits_where_a_larger_did_not(disk: Disk) -> None:
    """The bound is for what is kept, not for what was tried."""
    reader = PictureReader(disk.paths, 350)
    for number in (3, 0, 0, 3, 0):
        reader.read(f"{number:064x}")
    assert disk.read == ["3", "0", "3"]


def test_a_reader_keeps_a_gigabyte_without_a_word(disk: Disk) -> None:
    """Nobody has to name a bound for a few pictures."""
    reader = PictureReader(disk.paths)
    for _ in range(2):
        for sha256 in disk.paths:
            reader.read(sha256)
    assert disk.read == ["0", "1", "2", "3"]


def test_a_reader_of_nothing_and_of_what_is_gone(tmp_path: Path) -> None:
    """A digest that nobody listed is a mistake of the caller; a file that is gone or broken is named, each time."""
    with pytest.raises(KeyError):
        PictureReader({}).read("0" * 64)
    (tmp_path / "text.png").write_text("no picture")
    reader = PictureReader({"a": tmp_path / "gone.png", "b": tmp_path / "text.png"})
    for _ in range(2):
        with pytest.raises(ArtifactError, match=r"gone\.png: expected a picture"):
            reader.read("a")
        with pytest.raises(ArtifactError, match=r"text\.png: expected a JPEG or PNG"):
            reader.read("b")
    (tmp_path / "text.png").write_bytes(png(toy_picture([])))
    assert reader.read("b").shape == (64, 64, 3)
