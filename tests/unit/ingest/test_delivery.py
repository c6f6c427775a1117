"""A delivery is read as it lies: layouts, class names by name, scenes, and a refusal that names the file."""

from collections.abc import Callable

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.batch import ready_batches
from safety_tasks.ingest.delivery import Delivery, read_delivery
from safety_tasks.records.dataset import SceneRule
from safety_tasks.store.local import LocalStore

CLASSES = ("smoke", "fire", "person_down")
IN_ORDER = {0: 0, 1: 1, 2: 2}
Read = Callable[..., Delivery]


@pytest.fixture
def read(local_store: LocalStore) -> Read:
    """Give a reader of a batch ``b`` with these files, a picture and class names unless said otherwise."""

    def read_files(
        files: dict[str, str | bytes], *, names: bool = True, picture: bool = True
    ) -> Delivery:
        base = {"classes.txt": "smoke\nfire\nperson_down\n"} if names else {}
        base |= {"images/a.jpg": "", "labels/a.txt": ""} if picture else {}
        for name, content in ({"_READY": ""} | base | files).items():
            payload = content if isinstance(content, bytes) else content.encode()
            local_store.put(f"incoming/b/{name}", payload)
        return read_delivery(local_store, "b", CLASSES)

    return read_files


@pytest.mark.parametrize(
    ("files", "pictures", "orphans"),
    [
        (["images/a.jpg"], {"images/a.jpg": None}, ()),
        (["images/a.jpg", "labels/a.txt"], {"images/a.jpg": "labels/a.txt"}, ()),
        (["images/a.JPG", "labels/a.txt"], {"images/a.JPG": "labels/a.txt"}, ()),
        (["images/a.b.png", "labels/a.b.txt"], {"images/a.b.png": "labels/a.b.txt"}, ()),
        (["images/a.tiff", "labels/a.txt"], {"images/a.tiff": "labels/a.txt"}, ()),
        (
            ["train/images/a.jpg", "train/labels/a.txt", "valid/images/b.jpg"],
            {"train/images/a.jpg": "train/labels/a.txt", "valid/images/b.jpg": None},
            (),
        ),
        (
            ["images/train/a.jpg", "labels/train/a.txt"],
            {"images/train/a.jpg": "labels/train/a.txt"},
            (),
        ),
        (
            ["images/images/a.jpg", "images/labels/a.txt"],
            {"images/images/a.jpg": "images/labels/a.txt"},
            (),
        ),
        (
            ["images/a.jpg", "labels/b.txt", "labels/classes.txt"],
            {"images/a.jpg": None},
            ("labels/b.txt", "labels/classes.txt"),
        ),
        (["images/a.jpg", "readme.txt", "images/a.json"], {"images/a.jpg": None}, ()),
    ],
)
def test_layouts(
    read: Read, files: list[str], pictures: dict[str, str | None], orphans: tuple[str, ...]
) -> None:
    """Flat and split folders pair each picture with the label beside it; labels alone are orphans."""
    found = read(dict.fromkeys(files, ""), picture=False)
    assert (found.pictures, found.orphan_labels) == (pictures, orphans)


@pytest.mark.parametrize(
    ("files", "class_map"),
    [
        ({"classes.txt": "smoke\nfire\nperson_down"}, IN_ORDER),
        ({"classes.txt": "\ufefffire\r\nsmoke\r\n"}, {0: 1, 1: 0}),
        ({"data.yaml": "names: [smoke, fire, person_down]"}, IN_ORDER),
        ({"data.yaml": "names: {0: smoke, 1: fire, 2: person_down}"}, IN_ORDER),
        ({"data.yaml": "names:\n  7: fire\n"}, {7: 1}),
        ({"dataset.yaml": "names: [fire, smoke]"}, {0: 1, 1: 0}),
        ({"data.yml": "names: [fire]"}, {0: 1}),
        ({"dataset.yml": "names: [fire]"}, {0: 1}),
        ({"data.yaml": "names: [fire]", "classes.txt": "smoke"}, {0: 1}),
        ({"data.yaml": "names: [car, fire, 3]"}, {1: 1}),
    ],
)
def test_class_ids_are_mapped_by_name(
    read: Read, files: dict[str, str], class_map: dict[int, int]
) -> None:
    """The delivered number means its name, wherever that stands in the project's own list."""
    found = read(dict(files), names=False)
    assert found.class_map == class_map


ALIASES = "a: &a [x, x]\nb: &b [*a, *a]\nnames: [*b]\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected class names in data.yaml"),
        ({"classes.txt": ""}, "expected class names of smoke, fire, person_down"),
        ({"classes.txt": "car\nSmoke"}, "found car, Smoke"),
        ({"classes.txt": b"\xff\xfe"}, "classes.txt: expected UTF-8"),
        ({"data.yaml": ""}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "nc: 3"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "names: 3"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "names: {a: smoke}"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "names: {.inf: smoke}"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "names: ["}, "data.yaml: expected 'names:'"),
        ({"data.yaml": "- names"}, "data.yaml: expected 'names:'"),
        ({"data.yaml": ALIASES}, "a list as a class name"),
        ({"data.yaml": "names: !!python/object/apply:os.getcwd []"}, "expected 'names:'"),
        ({"data.yaml": "names: " + "[" * 3000}, "data.yaml: expected 'names:'"),
    ],
)
def test_class_names_that_say_nothing(
    read: Read, files: dict[str, str | bytes], message: str
) -> None:
    """Missing, unknown or malformed names refuse the batch, name the file, and run no code."""
    with pytest.raises(BatchError) as caught:
        read(files, names=False)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "file", "scene"),
    [
        ("file,scene\n", "images/a.jpg", None),
        ("file,scene\na.jpg,cam 1\n", "images/a.jpg", "cam 1"),
        ("file,scene\nimages/a.jpg,cam1\n", "images/a.jpg", "cam1"),
        ("\ufefffile,scene\r\na.jpg, cam1 \r\n", "images/a.jpg", "cam1"),
        ("split,scene,file\nval,cam1,a.jpg\n", "images/a.jpg", "cam1"),
        ("file,scene\na.jpg,cam1\na.jpg,cam1\n", "images/a.jpg", "cam1"),
        ("file,scene\nb.jpg,cam1\n", "images/a.jpg", None),
        ('file,scene\n"a,1.jpg",cam1\n', "images/a,1.jpg", "cam1"),
    ],
)
def test_scenes_of_the_manifest(read: Read, text: str, file: str, scene: str | None) -> None:
    """A row names a picture by path or bare name; other columns, a split among them, are ignored."""
    assert read({"manifest.csv": text}).scene_of(file) == scene


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected columns file and scene"),
        ("a.jpg,cam1\n", "expected columns file and scene"),
        ("file,scene\na.jpg\n", "line 2: expected a file and a scene"),
        ("file,scene\na.jpg,cam1\n,cam1\n", "line 3: expected a file and a scene"),
        ("file,scene\na.jpg, \n", "line 2: expected a file and a scene"),
        ("file,scene\na.jpg,cam1\na.jpg,cam2\n", "line 3: 'a.jpg' has two scenes"),
        ("file,scene\ra.jpg,cam1\r", "expected comma-separated rows"),
        (f"file,scene\na.jpg,{'x' * 140_000}\n", "expected comma-separated rows"),
        (b"file,scene\n\xff,x\n", "expected UTF-8"),
    ],
)
def test_a_malformed_manifest(read: Read, text: str | bytes, message: str) -> None:
    """A manifest that cannot be believed refuses the batch with its line."""
    with pytest.raises(BatchError, match=r"incoming/b/manifest\.csv") as caught:
        read({"manifest.csv": text})
    assert message in str(caught.value)


def test_batch_json_is_read(read: Read) -> None:
    """What the deliverer says of the batch arrives; without the file nothing is assumed."""
    assert read({}).info.empty_label_is_background is False
    text = (
        '{"batch_id": "b", "source": "line 3", "synthetic": true, '
        '"empty_label_is_background": true, "scene_rules": [{"glob": "a*", "scene": "s"}]}'
    )
    info = read({"batch.json": text}).info
    assert (info.source, info.synthetic, info.empty_label_is_background) == ("line 3", True, True)
    assert info.scene_rules == (SceneRule(glob="a*", scene="s"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a BatchInfo"),
        ("[]", "expected a BatchInfo"),
        ('{"batch_id": "b"', "expected a BatchInfo"),
        ('{"batch_id": "b", "sinthetic": true}', "problem at sinthetic"),
        ('{"batch_id": "b", "synthetic": "perhaps"}', "problem at synthetic"),
        ('{"batch_id": "b", "scene_rules": [{"glob": ""}]}', "problem at scene_rules.0.glob"),
        ('{"source": "x"}', "problem at batch_id"),
        ('{"batch_id": "c"}', "expected batch_id 'b', found 'c'"),
    ],
)
def test_a_malformed_batch_json(read: Read, text: str, message: str) -> None:
    """A wrong field, type or batch refuses the batch and names what is wrong."""
    with pytest.raises(BatchError, match=r"incoming/b/batch\.json") as caught:
        read({"batch.json": text})
    assert message in str(caught.value)


def test_nothing_is_read_before_the_marker(local_store: LocalStore) -> None:
    """Without the marker a delivery is refused, with the number of files seen."""
    for number in range(3):
        local_store.put(f"incoming/b/images/{number}.jpg", b"")
    with pytest.raises(BatchError, match="expected the marker _READY, found 3 files without it"):
        read_delivery(local_store, "b", CLASSES)


def test_no_pictures(read: Read) -> None:
    """A marker and names without pictures are no delivery."""
    with pytest.raises(BatchError, match=r"expected pictures in images/"):
        read({"pictures/a.jpg": ""}, picture=False)


def test_ready_batches(local_store: LocalStore) -> None:
    """Ready means a marker in the batch's own folder; known ones are left out; order is by name."""
    assert ready_batches(local_store, ()) == ()
    for key in ("c/_READY", "a/_READY", "b/images/x.jpg", "d/images/_READY", "e/NOT_READY"):
        local_store.put(f"incoming/{key}", b"")
    local_store.put("incoming/_READY", b"")
    assert ready_batches(local_store, ()) == ("a", "c")
    assert ready_batches(local_store, ("a", "x")) == ("c",)
