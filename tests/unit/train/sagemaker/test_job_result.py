"""A job's result: read as data, whole or not at all; what is evil in it does nothing."""

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.archives import tar_of

from safety_tasks.errors import ArtifactError, JobFailed, StoreError
from safety_tasks.records.training import Fit, Hardware
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.sagemaker import result as result_module
from safety_tasks.train.sagemaker.layout import result_key
from safety_tasks.train.sagemaker.result import fetch_result

FIT = Fit(
    device="cuda:0",
    precision="mixed",
    hardware=Hardware(machine="m", cores=4, memory_bytes=1, devices=("gpu",)),
    packages={"torch": "2.5.1"},
    epochs_done=3,
    best_epoch=2,
    batch=32,
    seconds=1.5,
    code_sha256="c" * 64,
)
FILES = {
    "best.pt": b"weights",
    "fit.json": FIT.to_json_bytes(),
    "curves.csv": b"epoch\n1\n",
    "curves.png": b"picture",
}
KEY = result_key("r1", "r1-job")


def archive(**changes: bytes | None) -> bytes:
    """Return an archive with some files changed or (None) left out; ``_`` in a name stands for the dot."""
    files = FILES | {name.replace("_", "."): payload for name, payload in changes.items()}
    return tar_of([(name, each) for name, each in files.items() if each is not None], "gz")


def test_a_result_becomes_files(s3_store: S3Store, tmp_path: Path) -> None:
    """From where SageMaker writes it: the record, and each file's bytes; the archive does not stay."""
    assert KEY == "runs/r1/job_output/r1-job/output/model.tar.gz"
    s3_store.put(KEY, archive())
    fitted = fetch_result(s3_store, KEY, tmp_path / "in")
    assert fitted.fit == FIT
    assert fitted.weights.read_bytes() == b"weights"
    assert fitted.curves.read_bytes() == b"epoch\n1\n"
    assert fitted.curves_picture.read_bytes() == b"picture"
    assert sorted(each.name for each in (tmp_path / "in").iterdir()) == sorted(FILES)
    assert fetch_result(s3_store, KEY, tmp_path / "in") == fitted


def test_no_result(local_store: LocalStore, tmp_path: Path) -> None:
    """A job that ended and wrote nothing has failed."""
    with pytest.raises(JobFailed, match="expected the job's result, found none"):
        fetch_result(local_store, KEY, tmp_path)


class _Evil:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.write_text, (self._path, "ran")


def test_weights_stay_bytes(local_store: LocalStore, tmp_path: Path) -> None:
    """Weights that would run code when loaded are handed on as they are: nothing here loads them."""
    trace = tmp_path / "trace"
    evil = pickle.dumps(_Evil(trace))
    local_store.put(KEY, archive(best_pt=evil))
    assert fetch_result(local_store, KEY, tmp_path / "in").weights.read_bytes() == evil
    assert not trace.exists()
    pickle.loads(evil)
    assert trace.read_text() == "ran"


@pytest.mark.parametrize("name", ["best.pt", "fit.json", "curves.csv", "curves.png"])
def test_a_missing_file(local_store: LocalStore, tmp_path: Path, name: str) -> None:
    """Half a result is none, and leaves no file."""
    local_store.put(KEY, archive(**{name.replace(".", "_"): None}))
    with pytest.raises(ArtifactError, match=f"found no {name}"):
        fetch_result(local_store, KEY, tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize(
    "fit",
    [
        b"",
        b"{}",
        b"[]",
        FIT.to_json_bytes().replace(b'"epochs_done":3', b'"epochs_done":0'),
        FIT.to_json_bytes()[:-1] + b',"extra":1}',
        FIT.to_json_bytes().replace(b'"seconds":1.5', b'"seconds":NaN'),
    ],
)
def test_a_record_that_is_none_of_ours(local_store: LocalStore, tmp_path: Path, fit: bytes) -> None:
    """What ``fit.json`` does not say plainly is not believed, and nothing is left."""
    local_store.put(KEY, archive(fit_json=fit))
    with pytest.raises(ArtifactError, match=r"model\.tar\.gz: fit\.json: expected a Fit"):
        fetch_result(local_store, KEY, tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


SOUND = list(FILES.items())
EVIL: dict[str, Callable[[], bytes]] = {
    "traversal": lambda: tar_of([*SOUND, ("../../escaped", b"x")], "gz"),
    "absolute": lambda: tar_of([*SOUND, ("/tmp/escaped", b"x")], "gz"),
    "link": lambda: tar_of([*SOUND, ("link", b"")], "gz", change=_link),
    "extra": lambda: tar_of([*SOUND, ("sitecustomize.py", b"import os")], "gz"),
    "duplicate": lambda: tar_of([*SOUND, ("best.pt", b"other")], "gz"),
    "after the end": lambda: gzip.compress(tar_of(SOUND) + b"x"),
}


def _link(info: Any) -> None:
    if info.name == "link":
        info.type, info.linkname = b"2", "/etc"


@pytest.mark.parametrize("kind", EVIL)
def test_an_evil_archive(local_store: LocalStore, tmp_path: Path, kind: str) -> None:
    """It is refused whole: not one of its files is written, inside the folder or outside."""
    local_store.put(KEY, EVIL[kind]())
    before = _tree(tmp_path)
    with pytest.raises(ArtifactError, match=r"model\.tar\.gz: expected"):
        fetch_result(local_store, KEY, tmp_path / "in")
    assert _tree(tmp_path) - before <= {tmp_path / "in"}


def test_a_bomb_is_held_at_the_cap(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that unpacks to more than a result may have is refused by its header."""
    monkeypatch.setattr(result_module, "RESULT_BYTES", dict.fromkeys(FILES, 1 << 16))
    local_store.put(KEY, archive(best_pt=bytes((1 << 16) + 1)))
    with pytest.raises(ArtifactError, match=r"at most 65536 bytes of 'best\.pt'"):
        fetch_result(local_store, KEY, tmp_path / "in")


def test_an_archive_that_is_too_large_is_not_fetched(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is asked for no more than a result can have."""
    monkeypatch.setattr(result_module, "RESULT_BYTES", dict.fromkeys(FILES, 1024))
    local_store.put(KEY, bytes(1 << 20))
    with pytest.raises(StoreError, match="at most"):
        fetch_result(local_store, KEY, tmp_path / "in")


def _tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))
