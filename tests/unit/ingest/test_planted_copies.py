"""Planted near-copies are caught, end to end, and scenes that only resemble each other stay apart."""

import csv
from pathlib import Path

import numpy as np
import pytest
from support.near_copies import KINDS, planted, signed

from safety_tasks.demo.scenes import write_batch
from safety_tasks.ingest.components import Components
from safety_tasks.ingest.near_duplicates import SignatureTable, near_duplicate_links

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "real"
PLANTED = 200


def caught(table: SignatureTable, copies: SignatureTable) -> int:
    """Return how many copies are linked to their own original, each pair alone."""
    links = 0
    for row in range(len(table)):
        links += len(near_duplicate_links(_row(copies, row), _row(table, row), Components(2)))
    return links


def _row(table: SignatureTable, row: int) -> SignatureTable:
    one = slice(row, row + 1)
    return SignatureTable(table.sha256[one], table.hashes[one], table.thumbnails[one])


@pytest.mark.parametrize("kind", KINDS)
def test_planted_copies_of_drawn_pictures_are_caught(
    kind: str, drawn: tuple[list[Path], SignatureTable]
) -> None:
    """Of every kind of near-copy of synthetic pictures, each is caught."""
    files, table = drawn
    assert caught(table, planted(files, kind)) == len(table)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], SignatureTable]:
    """Give drawn pictures of several cameras and their signatures."""
    folder = tmp_path_factory.mktemp("drawn") / "batch"
    write_batch(folder, pictures=24, scenes=3, size_px=512)
    files = sorted((folder / "images").iterdir())
    return files, signed((file.name, file.read_bytes()) for file in files)


@pytest.fixture(scope="module")
def real() -> tuple[list[Path], dict[str, str]]:
    """Give real pictures and their scenes by name; skip where there are none."""
    if not (REAL / "manifest.csv").is_file():
        pytest.skip("real pictures are missing: expected ../shared/data/real next to the checkout")
    with (REAL / "manifest.csv").open(encoding="utf-8") as rows:
        scenes = {row["file"]: row["scene"] for row in csv.DictReader(rows)}
    return [REAL / "images" / name for name in sorted(scenes)], scenes


@pytest.fixture(scope="module")
def picked(real: tuple[list[Path], dict[str, str]]) -> tuple[list[Path], SignatureTable]:
    """Give 200 of the real pictures and their signatures."""
    chosen = np.random.default_rng(1).choice(len(real[0]), PLANTED, replace=False)
    files = [real[0][index] for index in sorted(chosen.tolist())]
    return files, signed((file.name, file.read_bytes()) for file in files)


@pytest.mark.slow
@pytest.mark.real_pictures
@pytest.mark.parametrize("kind", KINDS)
def test_planted_copies_of_real_pictures_are_caught(
    kind: str, picked: tuple[list[Path], SignatureTable]
) -> None:
    """Of 200 near-copies of each kind of real pictures, 99 % are caught."""
    files, table = picked
    assert caught(table, planted(files, kind)) >= 0.99 * PLANTED


@pytest.mark.slow
@pytest.mark.real_pictures
def test_real_scenes_are_not_joined(real: tuple[list[Path], dict[str, str]]) -> None:
    """Over all real pictures at most two links join scenes that the manifest tells apart."""
    files, scenes = real
    table = signed((file.name, file.read_bytes()) for file in files)
    links = near_duplicate_links(table, SignatureTable.empty(), Components(len(table)))
    assert len(links) > 500
    names = table.sha256
    wrong = [(names[i], names[j]) for i, j in links if scenes[names[i]] != scenes[names[j]]]
    assert len(wrong) <= 2, wrong
