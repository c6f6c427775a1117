"""Labels and detections as COCO's documents."""

import json

import pytest
from support.scored import CLASSES, found_in, labelled, right

from safety_tasks.scoring.coco_documents import coco_documents


def test_nothing_is_still_a_document() -> None:
    """No pictures give empty lists and the categories, from 1 on."""
    truth, results = coco_documents([], {}, CLASSES)
    categories = [{"id": n, "name": name} for n, name in enumerate(CLASSES, start=1)]
    assert truth == {"images": [], "annotations": [], "categories": categories}
    assert results == []


def test_by_hand() -> None:
    """Ids rise from 1, boxes are x, y, width, height in pixels, and all of it is JSON."""
    truth, results = coco_documents(
        [labelled(0), labelled(1, 2, 0)], found_in([], [right(1, 0.5)]), CLASSES
    )
    assert [image["id"] for image in truth["images"]] == [1, 2]
    assert truth["images"][1] == {"id": 2, "file_name": "1.png", "width": 100, "height": 100}
    first, second = truth["annotations"]
    assert (first["id"], first["image_id"], first["category_id"]) == (1, 2, 3)
    assert second["bbox"] == pytest.approx([10, 0, 10, 10])
    assert second["area"] == pytest.approx(100)
    assert results == [{"image_id": 2, "category_id": 1, "bbox": [10, 0, 10, 10], "score": 0.5}]
    assert json.loads(json.dumps([truth, results])) == [truth, results]


def test_a_picture_without_detections_must_say_so() -> None:
    """A picture that was never looked at is not one where nothing was found."""
    with pytest.raises(KeyError):
        coco_documents([labelled(0)], {}, CLASSES)
