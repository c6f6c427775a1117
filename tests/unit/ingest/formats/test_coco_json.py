"""A COCO document whose numbering means nothing refuses the delivery; it is never read halfway."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.file_source import FilesInMemory

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.coco_json import CocoDocument, brief, read_coco

IMAGE: dict[str, Any] = {"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}
CATEGORY: dict[str, Any] = {"id": 1, "name": " fire "}
ANNOTATION: dict[str, Any] = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}


def read(payload: str | bytes) -> CocoDocument:
    """Read a document."""
    return read_coco(FilesInMemory({"a.json": payload}), "a.json")


def document(**parts: Any) -> str:
    """Return a document of one picture with one box, with parts replaced."""
    whole = {"images": [IMAGE], "categories": [CATEGORY], "annotations": [ANNOTATION]}
    return json.dumps(whole | parts)


def test_a_document() -> None:
    """Pictures carry their annotations with the names of the categories; other keys do not matter."""
    assert read(document(images=[], annotations=[], categories=[])) == CocoDocument((), ())
    found = read(document(info={}, licenses=[]))
    assert found.categories == ("fire",)
    (image,) = found.images
    assert (image.listed_in, image.file_name) == ("a.json", "a.jpg")
    assert image.annotations == [(ANNOTATION, "fire")]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "expected COCO JSON"),
        (b"\xff", "expected COCO JSON"),
        ("[]", "expected a JSON object, found a list"),
        ("{}", "expected a list of objects as 'categories', found NoneType"),
        ('{"images": [], "images": []}', "the key 'images' twice"),
        (document()[:-1], "expected COCO JSON"),
        (document() + "x", "expected COCO JSON"),
        ("[" * 100_000, "expected COCO JSON"),
        (
            b'{"images": [' + b"[]," * 2_000_000 + b"0]}",
            "expected ≤ 2000000 objects, lists and keys",
        ),
        (b" " * 33_554_433, "expected ≤ 33554432 bytes"),
        ('{"a":' * 100_000, "expected COCO JSON"),
        (document(images={}), "expected a list of objects as 'images'"),
        (document(annotations=[[]]), "expected a list of objects as 'annotations'"),
        (document(categories=[CATEGORY, CATEGORY]), "for each category, found 'id': 1"),
        (document(categories=[CATEGORY | {"id": "1"}]), "for each category"),
        (document(categories=[CATEGORY | {"id": True}]), "for each category"),
        (document(categories=[CATEGORY | {"name": None}]), "for each category"),
        (document(images=[IMAGE, IMAGE | {"file_name": "b.jpg"}]), "for each image"),
        (document(images=[IMAGE | {"id": 1.0}]), "for each image"),
        (document(images=[IMAGE | {"id": 10**30}]), "for each image"),
        (document(images=[IMAGE | {"file_name": ""}]), "for each image"),
        (document(images=[IMAGE | {"file_name": 7}]), "for each image"),
        (document(images=[IMAGE | {"file_name": "a\x00.jpg"}]), "for each image"),
        (document(images=[IMAGE | {"file_name": "\ud800.jpg"}]), "for each image"),
        (document(images=[IMAGE | {"file_name": "a" * 2000}]), "for each image"),
        (document(annotations=[ANNOTATION | {"image_id": 2}]), "of listed images and categories"),
        (document(annotations=[ANNOTATION | {"image_id": "1"}]), "of listed images and categories"),
        (document(annotations=[ANNOTATION | {"image_id": None}]), "of listed images"),
        (document(annotations=[ANNOTATION | {"category_id": 0}]), "of listed images"),
        (document(annotations=[ANNOTATION | {"category_id": True}]), "of listed images"),
        (document(annotations=[ANNOTATION | {"category_id": [1]}]), "of listed images"),
        (document(annotations=[{}]), "of listed images"),
    ],
)
def test_documents_that_are_refused(payload: str | bytes, message: str) -> None:
    """Each names the document and what was found, in few words that can be written anywhere."""
    with pytest.raises(BatchError, match=r"^incoming/b/a\.json: expected") as caught:
        read(payload)
    assert message in str(caught.value)
    assert len(str(caught.value).encode()) < 1500


def test_numbers_of_any_size() -> None:
    """A number too long for Python's own reader does not refuse the document: its label is judged."""
    text = document().replace("[1, 2, 3, 4]", f"[{'9' * 5000}, 1e400, NaN, -Infinity]")
    ((entry, _),) = read(text).images[0].annotations
    assert len(entry["bbox"]) == 4


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_place(value: Any) -> None:
    """Whatever stands in a document, it is read or refused."""
    for part in ("images", "annotations", "categories"):
        for payload in (document(**{part: value}), document(**{part: [value]})):
            try:
                read(payload)
            except BatchError as problem:
                str(problem).encode()


def test_brief() -> None:
    """The beginning of a value is shown, however long or deep it is."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert brief({"a": [1]}) == '{"a": [1]}'
    assert len(brief("x" * 1000)) == 80
    assert "too deeply" in brief(deep)
