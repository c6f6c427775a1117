"""A class number means its name, whichever file says it; files that disagree say nothing."""

import json

import pytest
from support.file_source import FilesInMemory

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.yolo_names import read_yolo_names

IN_ORDER = {0: "smoke", 1: "fire", 2: "person_down"}
NOTES = json.dumps({"categories": [{"id": n, "name": name} for n, name in IN_ORDER.items()]})


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({}, None),
        ({"sub/data.yaml": "names: [smoke]"}, None),
        ({"classes.txt": ""}, {}),
        ({"classes.txt": "smoke\nfire\nperson_down"}, IN_ORDER),
        ({"classes.txt": "\ufefffire\r\n smoke \r\n"}, {0: "fire", 1: "smoke"}),
        ({"data.yaml": "names: [smoke, fire, person_down]"}, IN_ORDER),
        ({"data.yaml": "names: {0: smoke, 1: fire, 2: person_down}\nnc: 3"}, IN_ORDER),
        ({"data.yaml": "names:\n  '7': fire\n"}, {7: "fire"}),
        ({"dataset.yaml": "names: [fire, smoke]"}, {0: "fire", 1: "smoke"}),
        ({"data.yml": "names: [fire]"}, {0: "fire"}),
        ({"dataset.yml": "names: [fire]"}, {0: "fire"}),
        ({"data.yaml": "names: [car, no, 3, 1_0]"}, {0: "car", 1: "no", 2: "3", 3: "1_0"}),
        ({"notes.json": NOTES}, IN_ORDER),
        ({"notes.json": NOTES, "classes.txt": "smoke\nfire\nperson_down\n"}, IN_ORDER),
        ({"data.yaml": "names: [fire]", "classes.txt": "fire"}, {0: "fire"}),
    ],
)
def test_names(files: dict[str, str], names: dict[int, str] | None) -> None:
    """Ultralytics, Roboflow and Label Studio each have their file, at the top of the delivery."""
    assert read_yolo_names(FilesInMemory(files)) == names


ALIASES = "a: &a [x, x]\nb: &b [*a, *a]\nnames: [*b]\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"classes.txt": b"\xff\xfe"}, "classes.txt: expected UTF-8"),
        ({"classes.txt": "x\n" * 40_000}, "classes.txt: expected ≤ 65536 bytes"),
        ({"data.yaml": ""}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "nc: 3"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "names: []"}, "data.yaml: expected 'names:' with some class names, found 0"),
        ({"data.yaml": "names: 3"}, "expected 'names:' with class names, found: a str"),
        ({"data.yaml": "names: [a, b]\nnc: 3"}, "with 3 class names, found 2"),
        ({"data.yaml": "names: {a: smoke}"}, "a class name for each number"),
        ({"data.yaml": "names: {.inf: smoke}"}, "a class name for each number"),
        ({"data.yaml": "names: {1_0: smoke}"}, "a class name for each number"),
        ({"data.yaml": "names: {true: smoke}"}, "a class name for each number"),
        ({"data.yaml": "names: {-1: smoke}"}, "a class name for each number"),
        ({"data.yaml": "names: {١: smoke}"}, "a class name for each number"),
        ({"data.yaml": "names: {1: smoke, 01: fire}"}, "a class name for each number"),
        ({"data.yaml": "names: {0: smoke, 0: fire}"}, "a key stands twice"),
        ({"data.yaml": "names: [smoke]\nnames: [fire]"}, "a key stands twice"),
        ({"data.yaml": "names: ["}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "- names"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "names: [\x00]"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": ALIASES}, "found a list for '0'"),
        ({"data.yaml": "names: !!python/object/apply:os.getcwd []"}, "expected 'names:'"),
        ({"data.yaml": "names: " + "[" * 3000}, "data.yaml: expected 'names:'"),
        ({"notes.json": ""}, "notes.json: expected 'categories'"),
        ({"notes.json": "[]"}, "notes.json: expected 'categories'"),
        ({"notes.json": "[" * 30_000}, "notes.json: expected 'categories'"),
        ({"notes.json": '{"categories": [{"id": "0", "name": "fire"}]}'}, "a different whole id"),
        ({"notes.json": '{"categories": [{"id": true, "name": "fire"}]}'}, "a different whole id"),
        ({"notes.json": '{"categories": [{"id": 0, "name": 1}]}'}, "a different whole id"),
        (
            {"notes.json": '{"categories": [{"id": 0, "name": "a"}, {"id": 0, "name": "b"}]}'},
            "a different whole id",
        ),
        (
            {"notes.json": NOTES, "classes.txt": "fire\nsmoke\nperson_down"},
            "found 0 fire, 1 smoke, 2 person_down in classes.txt and 0 smoke",
        ),
        ({"data.yaml": "names: [fire]", "classes.txt": "smoke"}, "in data.yaml and 0 smoke in"),
        ({"data.yaml": "names: [fire]", "data.yml": "names: [smoke]"}, "and 0 smoke in data.yml"),
    ],
)
def test_names_that_say_nothing(files: dict[str, str | bytes], message: str) -> None:
    """Malformed or contradicting names refuse the batch, name the file, and run no code."""
    with pytest.raises(BatchError) as caught:
        read_yolo_names(FilesInMemory(files))
    assert message in str(caught.value)
    assert len(str(caught.value)) < 800
