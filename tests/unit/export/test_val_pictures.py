"""Which pictures an export looks at, and what it sees in them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import labelled
from toy_models import png, toy_model, toy_picture

from safety_tasks.export.val_pictures import LOWEST_SCORE, look, spread_over_scenes, squares
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.letterbox import PAD_GREY, letterbox
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.picture import Picture


def of_scenes(*scenes: str) -> list[Picture]:
    """Return pictures 0, 1, … of these scenes, in order of their digests."""
    return [labelled(index, scene=scene) for index, scene in enumerate(scenes)]


@pytest.mark.parametrize(
    ("scenes", "count", "chosen"),
    [
        ("", 0, []),
        ("", 5, []),
        ("aab", 0, []),
        ("aab", 1, [0]),
        ("aab", 2, [0, 2]),
        ("aab", 3, [0, 2, 1]),
        ("aab", 9, [0, 2, 1]),
        ("baab", 2, [1, 0]),
        ("aaaaaabc", 3, [0, 6, 7]),
        ("aaaaaabc", 5, [0, 6, 7, 1, 2]),
        ("aabbb", 4, [0, 2, 1, 3]),
    ],
)
def test_scene_by_scene(scenes: str, count: int, chosen: list[int]) -> None:
    """Each scene gives its first picture before any gives its second; scenes by name, pictures by digest."""
    found = spread_over_scenes(of_scenes(*scenes), count)
    assert [int(picture.sha256, 16) for picture in found] == chosen


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.integers(0, 40), st.randoms())
def test_no_scene_crowds_out_another(scenes: list[str], count: int, random: object) -> None:
    """As many as there are and asked for, each once, whatever the order; a scene leads by one unless others ended."""
    pictures = of_scenes(*scenes)
    found = spread_over_scenes(pictures, count)
    mixed = list(pictures)
    random.shuffle(mixed)
    assert spread_over_scenes(mixed, count) == found
    assert len(found) == len(set(found)) == min(count, len(pictures))
    taken = {scene: sum(p.scene == scene for p in found) for scene in scenes}
    most = max(taken.values(), default=0)
    assert all(n >= most - 1 or n == scenes.count(scene) for scene, n in taken.items())
    assert spread_over_scenes(pictures, count + 3)[: len(found)] == found


@pytest.fixture
def kept(tmp_path: Path) -> tuple[list[Picture], PictureReader]:
    """Keep two drawn pictures of 64 x 64 that their records call 100 x 100, and a wide one."""
    wide = np.concatenate([toy_picture([(0, 3)]), toy_picture([])], axis=1)
    drawn = [toy_picture([(1, 6)]), toy_picture([]), wide]
    paths = {}
    for index, pixels in enumerate(drawn):
        paths[f"{index:064x}"] = tmp_path / f"{index}.png"
        paths[f"{index:064x}"].write_bytes(png(pixels))
    return of_scenes("a", "b", "c"), PictureReader(paths)


def test_looking_gives_sizes_and_faint_scores(kept: tuple[list[Picture], PictureReader]) -> None:
    """Pictures keep their order and labels and get the size that they decode to; faint detections are there too."""
    pictures, reader = kept
    detector = Detector(toy_model(gains=(1.0, 0.002, 1.0)), what="toy")
    seen = look(detector, pictures[::-1], reader)
    assert [(p.width_px, p.height_px) for p in seen.pictures] == [(128, 64), (64, 64), (64, 64)]
    sizes = {"width_px": 100, "height_px": 100}
    assert [p.model_copy(update=sizes) for p in seen.pictures] == pictures[::-1]
    assert set(seen.found) == {p.sha256 for p in pictures}
    assert seen.found[pictures[1].sha256] == ()
    (faint,) = seen.found[pictures[0].sha256]
    assert faint.class_id == 1
    assert LOWEST_SCORE <= faint.score < 0.01
    assert [d.class_id for d in seen.found[pictures[2].sha256]] == [0]
    assert look(detector, [], reader).pictures == ()


def test_what_scores_less_is_not_looked_at(kept: tuple[list[Picture], PictureReader]) -> None:
    """Below the lowest score nothing is kept."""
    pictures, reader = kept
    detector = Detector(toy_model(gains=(1.0, 0.0009, 1.0)), what="toy")
    assert look(detector, pictures[:1], reader).found == {pictures[0].sha256: ()}


def test_squares_are_as_a_detector_sees_them(kept: tuple[list[Picture], PictureReader]) -> None:
    """Letterboxed to the asked side, each in memory of its own, in order."""
    pictures, reader = kept
    found = squares(pictures, reader, 32)
    assert [square.shape for square in found] == [(32, 32, 3)] * 3
    assert squares([], reader, 32) == []
    for picture, square in zip(pictures, found, strict=True):
        assert np.array_equal(square, letterbox(reader.read(picture.sha256), 32)[0])
    assert (found[2][:8] == PAD_GREY).all()
    assert not np.shares_memory(found[0], found[1])
