"""The cache of pictures: proved at each use, read-only, shared, and found by a purge."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.placed import picture as made

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ObjectNotFound, StoreError
from safety_tasks.records.picture import Picture
from safety_tasks.store import picture_cache
from safety_tasks.store.local import LocalStore
from safety_tasks.store.picture_cache import PictureCache


@pytest.fixture
def picture(local_store: LocalStore) -> Picture:
    """Store a picture."""
    payload = b"a picture"
    row = made("p", "s", "train", sha256=sha256_bytes(payload))
    local_store.put(row.key, payload)
    return row


@pytest.fixture
def cache(tmp_path: Path) -> PictureCache:
    """Give an empty cache."""
    return PictureCache(tmp_path / "cache")


def test_a_picture_is_fetched_once(
    local_store: LocalStore, cache: PictureCache, picture: Picture
) -> None:
    """It lies under its digest, read-only; the second time the store is not asked."""
    path = cache.bring(local_store, picture)
    assert path == cache.path_of(picture)
    assert path.parts[-2:] == (picture.sha256[:2], f"{picture.sha256}.jpg")
    assert path.stat().st_mode & 0o777 == 0o444
    local_store.delete(picture.key)
    assert cache.bring(local_store, picture).read_bytes() == b"a picture"


@pytest.mark.parametrize("payload", [b"", b"a pictur", b"b picture", b"a picture!"])
def test_a_wrong_file_is_fetched_anew(
    local_store: LocalStore,
    cache: PictureCache,
    picture: Picture,
    payload: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever lies there in its place is replaced, and that is said; a link to the old file keeps its bytes."""
    path = cache.path_of(picture)
    path.parent.mkdir(parents=True)
    path.write_bytes(payload)
    other = path.with_name("link")
    os.link(path, other)
    with caplog.at_level(logging.WARNING, "safety_tasks"):
        assert cache.bring(local_store, picture).read_bytes() == b"a picture"
    assert "fetched anew" in caplog.text
    assert other.read_bytes() == payload


def test_what_the_store_lost_or_altered_is_not_kept(
    local_store: LocalStore, cache: PictureCache, picture: Picture
) -> None:
    """Neither missing nor altered bytes leave a file."""
    local_store.put(picture.key, b"poison")
    with pytest.raises(ArtifactError):
        cache.bring(local_store, picture)
    local_store.delete(picture.key)
    with pytest.raises(ObjectNotFound):
        cache.bring(local_store, picture)
    assert not cache.path_of(picture).parent.exists()


def test_a_write_that_fails_leaves_nothing(
    local_store: LocalStore, cache: PictureCache, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is an error of the tree, and no part of a picture stays."""

    def full(fd: int, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(picture_cache.os, "fchmod", full)
    with pytest.raises(StoreError, match="free space"):
        cache.bring(local_store, picture)
    assert list(cache.path_of(picture).parent.iterdir()) == []


def test_what_a_crash_left_carries_the_digest(
    local_store: LocalStore, cache: PictureCache, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that never got its name begins with the picture's digest: a purge searches for that."""

    def crash(self: Path, target: Path) -> None:
        raise SystemExit

    def stay(self: Path, missing_ok: bool = False) -> None:
        pass

    monkeypatch.setattr(Path, "replace", crash)
    monkeypatch.setattr(Path, "unlink", stay)
    with pytest.raises(SystemExit):
        cache.bring(local_store, picture)
    (left,) = cache.path_of(picture).parent.glob(f"{picture.sha256}.*")
    assert left != cache.path_of(picture)


def test_many_at_once(local_store: LocalStore, tmp_path: Path, picture: Picture) -> None:
    """Many threads of two caches over one folder bring the same picture: each gets the proved file."""
    caches = [PictureCache(tmp_path / "cache") for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda n: caches[n % 2].bring(local_store, picture), range(64)))
    assert {path.read_bytes() for path in paths} == {b"a picture"}
    assert len(list(paths[0].parent.iterdir())) == 1


def test_the_default_place_is_the_work_folder(
    picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a folder the cache lies where a purge looks."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "w"))
    assert PictureCache().path_of(picture).is_relative_to(tmp_path / "w" / "cache" / "objects")
