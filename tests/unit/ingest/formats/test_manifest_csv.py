"""``manifest.csv`` gives scenes and cameras, or refuses the batch with its line."""

import pytest
from support.file_source import FilesInMemory

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.manifest_csv import Places, by_path_or_name, read_manifest


def read(text: str | bytes) -> Places:
    """Read a manifest."""
    return read_manifest(FilesInMemory({"manifest.csv": text}))


def test_no_manifest() -> None:
    """Without one nothing is known."""
    assert read_manifest(FilesInMemory({})) == Places({}, {})


@pytest.mark.parametrize(
    ("text", "file", "scene", "camera"),
    [
        ("file,scene\n", "images/a.jpg", None, None),
        ("file,scene\na.jpg,cam 1\n", "images/a.jpg", "cam 1", None),
        ("file,scene\nimages/a.jpg,s\n", "images/a.jpg", "s", None),
        ("file,scene\nimages/a.jpg,s\na.jpg,t\n", "images/a.jpg", "s", None),
        ("\ufefffile,scene\r\na.jpg, s \r\n", "images/a.jpg", "s", None),
        ("split,scene,file\nval,s,a.jpg\n", "images/a.jpg", "s", None),
        ("file,scene\na.jpg,s\na.jpg,s\n", "images/a.jpg", "s", None),
        ("file,scene\nb.jpg,s\n", "images/a.jpg", None, None),
        ('file,scene\n"a,1.jpg",s\n', "images/a,1.jpg", "s", None),
        ("file,scene,camera\na.jpg,s, c7 \n", "images/a.jpg", "s", "c7"),
        ("file,scene,camera\na.jpg,s,\n", "images/a.jpg", "s", None),
        ("file,scene,camera\na.jpg,s\n", "images/a.jpg", "s", None),
    ],
)
def test_rows(text: str, file: str, scene: str | None, camera: str | None) -> None:
    """A row names a picture by path or bare name, the path first; other columns are ignored."""
    found = read(text)
    assert by_path_or_name(found.scenes, file) == scene
    assert by_path_or_name(found.cameras, file) == camera


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected columns file and scene"),
        ("a.jpg,cam1\n", "expected columns file and scene"),
        ("file,camera\na.jpg,cam1\n", "expected columns file and scene"),
        ("file,scene\na.jpg\n", "line 2: expected a file and a scene"),
        ("file,scene\na.jpg,cam1\n,cam1\n", "line 3: expected a file and a scene"),
        ("file,scene\na.jpg, \n", "line 2: expected a file and a scene"),
        ("file,scene\na.jpg,s1\na.jpg,s2\n", "line 3: expected one scene for 'a.jpg', found two"),
        ("file,scene,camera\na,s,c1\na,s,c2\n", "line 3: expected one camera for 'a', found two"),
        ("file,scene\ra.jpg,cam1\r", "expected comma-separated rows"),
        (f"file,scene\na.jpg,{'x' * 140_000}\n", "expected comma-separated rows"),
        (b"file,scene\n\xff,x\n", "expected UTF-8"),
        (b"file,scene\n" + b"x" * 2**24, "expected ≤ 16777216 bytes"),
    ],
)
def test_a_malformed_manifest(text: str | bytes, message: str) -> None:
    """A manifest that cannot be believed refuses the batch with its line."""
    with pytest.raises(BatchError, match=r"incoming/b/manifest\.csv") as caught:
        read(text)
    assert message in str(caught.value)
