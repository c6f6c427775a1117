"""Detections as bytes: nothing is lost or moved, and what does not describe itself is refused by name."""

import io
import pickle
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.scored import SIDE_PX, found_in, labelled, right, wrong

from safety_tasks.errors import ArtifactError
from safety_tasks.records.release import Detection
from safety_tasks.scoring.detection_table import pack_detections, unpack_detections

COORDINATES = st.floats(allow_nan=False, allow_infinity=False)
DETECTIONS = st.builds(
    Detection,
    class_id=st.integers(0, 2**31 - 1),
    score=st.floats(0, 1),
    box_xyxy=st.tuples(*[COORDINATES] * 4),
)
EACH = st.lists(st.lists(DETECTIONS, max_size=4), max_size=5)
PICTURES = [labelled(n) for n in range(4)]
FOUND = found_in([right(0, 0.9), wrong(0.1, 2)], [], [right(1, 1 / 3, 1)], [wrong(0.3)] * 4)
PAYLOAD = pack_detections(PICTURES, FOUND)


def altered(**changes: npt.ArrayLike | None) -> bytes:
    """Return the payload with other columns, without those that are None."""
    with np.load(io.BytesIO(PAYLOAD)) as stored:
        columns = dict(stored) | changes
    stream = io.BytesIO()
    np.savez_compressed(stream, **{name: c for name, c in columns.items() if c is not None})
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    """Return a zip of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, payload in members.items():
            archive.writestr(name, payload)
    return stream.getvalue()


@settings(deadline=None)
@given(EACH)
@example([])
@example([[]])
@example([[], [right(0, 0.1 + 0.2), right(0, 5e-324)], []])
@example([[Detection(class_id=0, score=1, box_xyxy=(-0.0, -1e-300, 1.7e308, 1 / 3))]])
def test_every_digit_comes_back_in_its_place(each: Sequence[Sequence[Detection]]) -> None:
    """Pictures in their order, those with nothing among them, and each detection as it was, to the last bit."""
    pictures, found = [labelled(n) for n in range(len(each))], found_in(*each)
    table = unpack_detections(pack_detections(pictures, found), what="table")
    assert list(table.found) == [p.sha256 for p in pictures] == list(table.sizes_px)
    assert repr(dict(table.found)) == repr(found)  # -0.0 is not 0.0
    assert table.sized(pictures) == tuple(pictures)


@settings(deadline=None)
@given(EACH)
def test_the_same_detections_give_the_same_bytes(each: Sequence[Sequence[Detection]]) -> None:
    """Whatever the time, and in whatever order detections are kept by digest."""
    pictures, found = [labelled(n) for n in range(len(each))], found_in(*each)
    payload = pack_detections(pictures, found)
    assert payload == pack_detections(tuple(pictures), dict(reversed(found.items())))
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_picture_that_was_not_looked_at_is_left_out() -> None:
    """Without an entry it is in neither column; with an empty one it is, and detections of others are not kept."""
    table = unpack_detections(pack_detections(PICTURES[1:3], found_in([], [])), what="table")
    assert dict(table.found) == {PICTURES[1].sha256: ()}
    assert dict(table.sizes_px) == {PICTURES[1].sha256: (SIDE_PX, SIDE_PX)}
    assert unpack_detections(pack_detections(PICTURES, {}), what="table").found == {}


def test_a_picture_that_comes_twice_is_kept_once() -> None:
    """At its first place, with its last size."""
    larger = PICTURES[0].model_copy(update={"width_px": 640, "height_px": 480})
    payload = pack_detections([*PICTURES, larger], FOUND)
    table = unpack_detections(payload, what="table")
    assert list(table.found) == [p.sha256 for p in PICTURES]
    assert dict(table.found) == FOUND
    assert table.sizes_px[larger.sha256] == (640, 480)
    assert payload == pack_detections([larger, *PICTURES[1:]], FOUND)


def test_pictures_get_their_sizes_back() -> None:
    """In the order asked for, only those in the table, and nothing of them changes but the size."""
    turned = PICTURES[2].model_copy(update={"width_px": 48, "height_px": 64})
    table = unpack_detections(pack_detections([*PICTURES[:2], turned], FOUND), what="table")
    assert table.sized([]) == ()
    assert table.sized(PICTURES[::-1]) == (turned, PICTURES[1], PICTURES[0])


class Trap:
    """An object whose pickle makes a file where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_no_code_comes_from_data(tmp_path: Path) -> None:
    """A pickle, alone or as a column, is refused and not run."""
    trap = Trap(tmp_path / "sprung")
    for payload in (pickle.dumps(trap), altered(score=np.array([trap] * 7, dtype=object))):
        with pytest.raises(ArtifactError, match="table: expected a table of detections"):
            unpack_detections(payload, what="table")
    assert list(tmp_path.iterdir()) == []


def npy(array: npt.ArrayLike) -> bytes:
    """Return one array as a file of its own."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def lying(shape: tuple[int, ...]) -> bytes:
    """Return the payload with another shape in the header of its scores."""
    stream = io.BytesIO()
    header: dict[str, Any] = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    with zipfile.ZipFile(io.BytesIO(PAYLOAD)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(**members | {"score.npy": stream.getvalue() + members["score.npy"][128:]})


def test_a_header_that_tells_the_truth_is_read() -> None:
    """What the lies below are told with makes a sound table of true columns."""
    for payload in (altered(), altered(more=np.zeros(3)), lying((7,))):
        assert unpack_detections(payload, what="table").found == FOUND


DIGESTS = np.array([p.sha256.encode() for p in PICTURES])
REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "a byte": b"P",
    "text": b"no table",
    "an array": npy(np.zeros(7)),
    "a zip of other files": zipped(**{"readme.txt": b"hello"}),
    "a zip of no arrays": zipped(
        **{f"{n}.npy": b"hello" for n in ("sha256", "size_px", "count", "class_id", "score")}
    ),
    "cut in half": PAYLOAD[: len(PAYLOAD) // 2],
    "without its end": PAYLOAD[:-1],
    "without its beginning": PAYLOAD[9:],
    "more rows in a header than there are": lying((8,)),
    "fewer": lying((6,)),
    "fewer than none": lying((-1,)),
    "more rows than fit in memory": lying((10**13,)),
    "more than can be counted": lying((10**30,)),
    "no scores": altered(score=None),
    "no digests": altered(sha256=None),
    "a score too many": altered(score=np.zeros(8)),
    "a class too few": altered(class_id=np.zeros(6, int)),
    "a class for all": altered(class_id=0),
    "a box too few": altered(box_xyxy=np.zeros((6, 4))),
    "boxes of three corners": altered(box_xyxy=np.zeros((7, 3))),
    "boxes in one row": altered(box_xyxy=np.zeros(7)),
    "counts that do not add up": altered(count=[2, 0, 1, 3]),
    "a count too many": altered(count=[2, 0, 1, 4, 0]),
    "a count for all": altered(count=7),
    "counts in a column": altered(count=[[2], [0], [1], [4]]),
    "counts that are no whole numbers": altered(count=[2.0, 0.0, 1.0, 4.0]),
    "counts under none": altered(count=[3, -1, 1, 4]),
    "counts from before the beginning": altered(count=[-1, 3, 1, 4]),
    "a size too few": altered(size_px=np.ones((3, 2), int)),
    "sizes of three sides": altered(size_px=np.ones((4, 3), int)),
    "sizes of one side": altered(size_px=np.ones(4, int)),
    "sizes that are no numbers": altered(size_px=np.full((4, 2), np.nan)),
    "pictures without a size": altered(size_px=np.zeros((4, 2), int)),
    "digests as numbers": altered(sha256=np.arange(4)),
    "digests that are none": altered(sha256=np.array([b"\xff" * 64] * 4)),
    "one digest": altered(sha256=DIGESTS[0]),
    "a digest twice": altered(sha256=DIGESTS[[0, 1, 2, 0]]),
    "a class under 0": altered(class_id=[-1, 0, 0, 0, 0, 0, 0]),
    "half a class": altered(class_id=[0.5, 0, 0, 0, 0, 0, 0]),
    "a score under 0": altered(score=[-1e-9, 0, 0, 0, 0, 0, 0]),
    "a score over 1": altered(score=[1 + 1e-9, 0, 0, 0, 0, 0, 0]),
    "a score that is no number": altered(score=[np.nan, 0, 0, 0, 0, 0, 0]),
    "a box without end": altered(box_xyxy=np.full((7, 4), np.inf)),
}


@pytest.mark.parametrize("payload", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_table_is_refused_by_name(payload: bytes) -> None:
    """The error of the tree names what was read, and says what to do."""
    with pytest.raises(
        ArtifactError, match=r"(?s)^runs/r1/x\.npz: expected .*Benchmark the run again"
    ):
        unpack_detections(payload, what="runs/r1/x.npz")


@pytest.mark.parametrize("bits", [0x01, 0x80, 0xFF])
def test_no_altered_byte_gives_another_table(bits: int) -> None:
    """Whichever byte is altered, the table is refused by name or holds what it held."""
    for place in range(len(PAYLOAD)):
        payload = bytearray(PAYLOAD)
        payload[place] ^= bits
        try:
            table = unpack_detections(bytes(payload), what="table")
        except ArtifactError:
            continue
        assert dict(table.found) == FOUND
        assert set(table.sizes_px.values()) == {(SIDE_PX, SIDE_PX)}


def test_no_shorter_table_is_read() -> None:
    """Cut anywhere it is refused by name."""
    for end in range(len(PAYLOAD)):
        with pytest.raises(ArtifactError, match="table: expected a table of detections"):
            unpack_detections(PAYLOAD[:end], what="table")
