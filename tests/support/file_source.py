"""A delivery's files in memory, for tests of what reads them."""

from collections.abc import Mapping

from safety_tasks.errors import BatchError


class FilesInMemory:
    """A source of files that are given by name; text is UTF-8."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {
            name: content if isinstance(content, bytes) else content.encode()
            for name, content in files.items()
        }

    @property
    def what(self) -> str:
        """What the files lie in."""
        return "incoming/b/"

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted."""
        return tuple(sorted(self._files))

    def size_bytes(self, name: str) -> int:
        """Return the size of a file; raise BatchError if there is none of that name."""
        if name not in self._files:
            raise BatchError(f"{self.what}{name}: expected a file, found none.")
        return len(self._files[name])

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a file's bytes; raise BatchError if it is not there or larger than ``max_bytes``."""
        if self.size_bytes(name) > max_bytes:
            raise BatchError(f"{self.what}{name}: expected ≤ {max_bytes} bytes.")
        return self._files[name]
