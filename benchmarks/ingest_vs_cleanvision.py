"""Ingest's core ÷ cleanvision's duplicate check (exact and near), on the same pictures.

Rule: cleanvision in its own words and with its own settings, but on one core like ours.
"""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.ingest_core import compare
from benchmarks.result import Result

NAME: Final = "ingest_vs_cleanvision"
BAR: Final = 0.25
_WHAT: Final = "ingest core / cleanvision's exact and near duplicates"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: the real pictures are missing.
    """
    del folder
    from cleanvision import Imagelab

    def duplicates(files: Sequence[Path]) -> None:
        words = io.StringIO()  # it reports its progress whatever it is told
        with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
            lab = Imagelab(filepaths=[str(file) for file in files])
            lab.find_issues(
                {"exact_duplicates": {}, "near_duplicates": {}}, n_jobs=1, verbose=False
            )

    return compare(NAME, _WHAT, BAR, duplicates)
