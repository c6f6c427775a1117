"""Samples are few, from many scenes, small, and grey where there is nothing to show."""

import base64

import numpy as np
import pytest
from support.made_versions import CLASSES, made_box, made_picture, manifest_of
from toy_models import png

from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.dataset import Tombstone
from safety_tasks.records.picture import Picture
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import tombstone_key
from safety_tasks.store.tables import PICTURE_SCHEMA
from safety_tasks.validate.report_samples import (
    EACH,
    MOST_BYTES,
    SampleGroup,
    choose_samples,
    label_boxes,
    pictures_at,
    thumbnails,
)


def test_an_empty_version_has_no_samples() -> None:
    """Nothing to show is nothing shown."""
    assert choose_samples(PICTURE_SCHEMA.empty_table(), 3) == ()


def test_samples_come_from_different_scenes() -> None:
    """Where there are scenes enough, no scene is shown twice in a group."""
    table = manifest_of([made_picture(n, scene=f"s{n % 6}") for n in range(60)])
    scene = table["scene"].to_pylist()
    for group in choose_samples(table, 3):
        assert len({scene[row] for row in group.rows}) == len(group.rows) == EACH


def test_a_scene_is_never_shown_more_than_twice_in_a_group() -> None:
    """One long clip does not fill the page."""
    table = manifest_of([made_picture(n, scene="clip") for n in range(60)])
    assert [len(group.rows) for group in choose_samples(table, 3)] == [2, 2, 2]


def test_each_split_and_hazard_has_its_group() -> None:
    """Only those that hold a picture; backgrounds come last."""
    pictures = [
        made_picture(1, boxes=(made_box(1),)),
        made_picture(2, boxes=()),
        made_picture(3, "incident", boxes=(made_box(0),)),
    ]
    groups = choose_samples(manifest_of(pictures), 3)
    assert groups == (
        SampleGroup("train", 1, (0,)),
        SampleGroup("train", None, (1,)),
        SampleGroup("incident", 0, (2,)),
    )


def test_many_classes_have_fewer_samples_each() -> None:
    """The page stays small when classes are added."""
    boxes = tuple(made_box(n) for n in range(30))
    table = manifest_of([made_picture(n, boxes=boxes) for n in range(10)])
    assert {len(group.rows) for group in choose_samples(table, 30)} == {1}


def stored(store: LocalStore, payload: bytes, **changes: object) -> Picture:
    """Store a picture and return its row."""
    values = {"sha256": sha256_bytes(payload), "extension": "png", "boxes": (made_box(),)} | changes
    picture = made_picture(1, **values)  # type: ignore[arg-type]
    store.put(picture.key, payload)
    return picture


def noise(width_px: int, height_px: int) -> bytes:
    """Return a picture that compresses as badly as any."""
    shape = (height_px, width_px, 3)
    return png(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))


def test_a_thumbnail_is_a_small_picture_with_its_boxes(local_store: LocalStore) -> None:
    """The worst picture costs the page no more than its share."""
    picture = stored(local_store, noise(280, 210))
    plain, boxed = thumbnails(
        local_store, [(picture, ()), (picture, label_boxes(picture, CLASSES))]
    )
    head, _, body = str(plain.uri).partition(",")
    payload = base64.b64decode(body)
    assert head == "data:image/jpeg;base64"
    assert len(payload) <= MOST_BYTES
    assert max(decode_picture(payload, what="x").shape) <= 280
    assert boxed.uri != plain.uri


def test_a_label_is_drawn_where_it_is() -> None:
    """Corners are shares of the picture; a class without a name is called by its number."""
    picture = made_picture(1, boxes=(made_box(1), made_box(9)))
    first, second = label_boxes(picture, CLASSES)
    assert first.xyxy == pytest.approx((0.4, 0.4, 0.6, 0.6))
    assert (first.text, second.text) == ("fire", "9")


def test_what_cannot_be_shown_is_grey(local_store: LocalStore) -> None:
    """A purged, missing, altered or broken picture never breaks the page."""
    purged = made_picture(1, sha256="1" * 64)
    grave = Tombstone(
        picture_sha256=purged.sha256, size_bytes=1, purged_by="a", why="asked", at="2026-01-01",
        versions=(), runs=(), releases=(),
    )  # fmt: skip
    local_store.put(tombstone_key(purged.sha256), grave.to_json_bytes())
    missing = made_picture(2, sha256="2" * 64)
    altered = made_picture(3, sha256="3" * 64)
    local_store.put(altered.key, noise(8, 8))
    broken = stored(local_store, b"no picture")
    found = list(
        thumbnails(local_store, [(each, ()) for each in (purged, missing, altered, broken)])
    )
    assert [each.uri for each in found] == [None] * 4
    assert [each.instead for each in found] == ["purged", "missing", "altered", "altered"]


def test_rows_come_back_in_the_order_asked_for() -> None:
    """A sample keeps its place."""
    pictures = [made_picture(n) for n in range(5)]
    assert [p.file for p in pictures_at(manifest_of(pictures), [3, 0])] == ["3.jpg", "0.jpg"]
