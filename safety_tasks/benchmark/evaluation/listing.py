"""Which pictures somebody names: a folder, a list file, or one split of a ``data.yaml``.

Rules: paths are read as Ultralytics reads them, but that a relative one is relative to the file that says it, wherever
the command runs; pictures come in the order of their paths, since order decides between equal scores; a picture that is
named twice or is not there is an error; class names, where the data give some, go with the pictures.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

from safety_tasks.errors import DatasetError

# What carries these suffixes is meant as a picture: one that does not decode is then named, not passed over.
_SUFFIXES: Final = frozenset(
    f".{kind}"
    for line in ("jpeg jpg mpo png", "avif bmp dng heic heif jp2 pfm tif tiff webp")
    for kind in line.split()
)
_YAML: Final = "data.yaml"
_PLAIN_NAMES: Final = "classes.txt"
_SPLIT_KEYS: Final = {"val": ("val", "validation"), "test": ("test",), "train": ("train",)}
_SHOWN: Final = 5


@dataclass(frozen=True)
class Listing:
    """Pictures by absolute path, in order.

    ``root`` is the folder that their names in results are relative to; ``names`` are the class names by number that
    ``names_file`` gives, None where no file beside the pictures gives any.
    """

    pictures: tuple[Path, ...]
    root: Path
    names: tuple[str, ...] | None = None
    names_file: Path | None = None


def list_folder(folder: Path) -> Listing:
    """List the pictures of a folder and of all folders below it.

    Raises:
        DatasetError: there is none, or a file of class names is malformed.
    """
    root = folder.absolute()
    return Listing(_ordered(_below(root), str(folder)), root, *_names_beside(root))


def list_file(path: Path) -> Listing:
    """List the pictures that a text file names, one a line.

    Raises:
        DatasetError: there is none, one is missing or named twice, or a file of class names is malformed.
    """
    whole = path.absolute()
    return Listing(
        _ordered(_named_in(whole), str(path)), whole.parent, *_names_beside(whole.parent)
    )


def list_yaml(path: Path, split: str) -> Listing:
    """List the pictures of one split of a ``data.yaml``.

    Args:
        path: the file.
        split: ``train``, ``val`` or ``test``.

    Raises:
        DatasetError: it is malformed, has no such split, or names pictures that are not there.
    """
    document = _document(path)
    names = _names(document, path)
    key = next((name for name in _SPLIT_KEYS[split] if document.get(name)), None)
    if key is None:
        there = ", ".join(name for name in ("train", "val", "test") if document.get(name))
        raise DatasetError(
            f"{path}: expected a split {split!r}, found {there or 'none'}. Choose one with --split."
        )
    places = document[key] if isinstance(document[key], list) else [document[key]]
    root = document.get("path") or "."
    if not isinstance(root, str) or not all(isinstance(place, str) for place in places):
        raise DatasetError(
            f"{path}: expected 'path' to be a folder and {key!r} a folder, a list file or a list of these, "
            f"found {str(document[key])[:200]!r} in {str(root)[:200]!r}."
        )
    folder = path.absolute().parent / root
    found = [picture for place in places for picture in _place(folder, place, f"{path}, {key}")]
    return Listing(_ordered(found, f"{path}, {key}"), folder, names, path)


def some(names: Iterable[object]) -> str:
    """Return the first few of some names, and how many more there are."""
    shown = [str(name) for name in names]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _place(folder: Path, place: str, what: str) -> Iterator[Path]:
    found = folder / place
    if not found.exists() and place.startswith("../"):  # as Roboflow writes it
        found = folder / place[3:]
    if found.is_dir():
        return _below(found)
    if found.is_file():
        return _named_in(found)
    raise DatasetError(
        f"{what}: expected a folder or a list file, found no {found}. "
        "Write 'path' as an absolute folder, or relative to the data.yaml."
    )


def _below(folder: Path) -> Iterator[Path]:
    """Yield the pictures of a folder, through links too, each folder once."""
    seen: set[Path] = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        real = Path(here).resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        yield from (Path(here, f) for f in files if Path(f).suffix.lower() in _SUFFIXES)


def _named_in(path: Path) -> Iterator[Path]:
    lines = (line.strip() for line in _text(path).splitlines())
    return (path.parent / line for line in lines if line)


def _ordered(pictures: Iterable[Path], what: str) -> tuple[Path, ...]:
    ordered = sorted(pictures)
    if not ordered:
        raise DatasetError(f"{what}: expected pictures, found none. Name a folder that holds some.")
    twice = [one for one, following in pairwise(ordered) if one == following]
    if twice:
        raise DatasetError(
            f"{what}: expected each picture once, found twice: {some(dict.fromkeys(twice))}."
        )
    missing = [picture for picture in ordered if not picture.is_file()]
    if missing:
        raise DatasetError(
            f"{what}: expected {len(ordered)} pictures, found {len(missing)} of them missing: {some(missing)}. "
            "Paths are relative to the file that lists them."
        )
    return tuple(ordered)


def _names_beside(root: Path) -> tuple[tuple[str, ...] | None, Path | None]:
    """Return the class names that a folder's own files give, and the file."""
    if (root / _YAML).is_file():
        return _names(_document(root / _YAML), root / _YAML), root / _YAML
    plain = root / _PLAIN_NAMES
    if plain.is_file():
        lines = (line.strip() for line in _text(plain).splitlines())
        return tuple(line for line in lines if line), plain
    return None, None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise DatasetError(f"{path}: expected a text in UTF-8, found: {problem}.") from problem


def _document(path: Path) -> dict[str, Any]:
    try:
        # Every scalar stays text: a class called "no" or "1" is a name.
        found = yaml.load(_text(path), Loader=yaml.BaseLoader)  # noqa: S506 - safe: makes text only
    except (yaml.YAMLError, RecursionError) as problem:
        raise DatasetError(f"{path}: expected YAML, found: {str(problem)[:300]}.") from problem
    if not isinstance(found, dict):
        raise DatasetError(f"{path}: expected splits and names, found {str(found)[:100]!r}.")
    return found


def _names(document: dict[str, Any], path: Path) -> tuple[str, ...]:
    names = document.get("names")
    pairs = names if isinstance(names, dict) else dict(enumerate(names or ()))
    by_number = {str(number): name for number, name in pairs.items()}
    ordered = [by_number.get(str(number)) for number in range(len(by_number))]
    if isinstance(names, str) or not ordered or not all(isinstance(n, str) for n in ordered):
        raise DatasetError(
            f"{path}: expected 'names' with a class name for each number from 0 on, found {str(names)[:200]!r}."
        )
    return tuple(str(name) for name in ordered)
