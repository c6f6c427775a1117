"""Where the files of a delivery are read from: objects of a store, or members of an archive.

Rules: a source never changes while it is read; a name is a plain relative path with ``/``, and is only ever looked up
in the source, so it never decides where anything is written; nothing is read whole before its size is known to be
bearable.
"""

from typing import Final, Protocol

from safety_tasks.errors import BatchError, ObjectNotFound
from safety_tasks.store.base import ObjectStore, is_key

_JUNK: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


class Source(Protocol):
    """The files of a delivery; every method may be called from several threads."""

    @property
    def what(self) -> str:
        """What the files lie in, for messages: it ends so that a name can follow."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted."""

    def size_bytes(self, name: str) -> int:
        """Return the size of a file; raise BatchError if there is none of that name."""

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a file's bytes; raise BatchError if it is not there or larger than ``max_bytes``."""


class StoreSource:
    """The objects under a prefix of a store, as the listing shows them."""

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        """List the objects.

        Raises:
            BatchError: an object's name is no plain relative path.
        """
        self._store = store
        self._prefix = prefix
        self._sizes: dict[str, int] = {}
        for entry in store.entries(prefix):
            name = entry.key[len(prefix) :]
            if entry.size_bytes == 0 and (not name or name.endswith("/")):
                continue  # a "folder" as the S3 console makes it
            if not is_key(name):
                raise BatchError(
                    f"{prefix}: expected plain relative names, found {name[:200]!r}. Rename the file and deliver anew."
                )
            self._sizes[name] = entry.size_bytes

    @property
    def what(self) -> str:
        """The prefix."""
        return self._prefix

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted."""
        return tuple(sorted(self._sizes))

    def size_bytes(self, name: str) -> int:
        """Return the size of a file; raise BatchError if there is none of that name."""
        if name not in self._sizes:
            raise BatchError(f"{self._prefix}{name}: expected a file, found none.")
        return self._sizes[name]

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a file's bytes; raise BatchError if it is not there or larger than ``max_bytes``."""
        require_bearable(self.what + name, self.size_bytes(name), max_bytes)
        try:
            payload = self._store.get(self._prefix + name, max_bytes).payload
        except ObjectNotFound:
            raise BatchError(
                f"{self._prefix}{name}: expected a file that was listed, found it gone. Deliver anew."
            ) from None
        return payload


def is_junk(name: str) -> bool:
    """Tell whether a file is one that macOS or Windows leave in every folder."""
    bare = name.rpartition("/")[2]
    return "__MACOSX" in name.split("/") or bare in _JUNK or bare.startswith("._")


def require_bearable(what: str, size_bytes: int, max_bytes: int) -> None:
    """Refuse a file that is too large to be read.

    Raises:
        BatchError: it has more than ``max_bytes``.
    """
    if size_bytes > max_bytes:
        raise BatchError(f"{what}: expected ≤ {max_bytes} bytes, found {size_bytes}.")


def read_text(source: Source, name: str, max_bytes: int) -> str:
    """Return a text file without its byte order mark.

    Raises:
        BatchError: it is too large, or not UTF-8.
    """
    try:
        return source.read(name, max_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BatchError(f"{source.what}{name}: expected UTF-8, found: {problem}.") from None
