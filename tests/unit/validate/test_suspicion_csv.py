"""The queue opens in any spreadsheet and makes none run anything."""

import pytest

from safety_tasks.validate.suspicion_csv import COLUMNS, queue_csv, safe_cell


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("", ""),
        ("a=b", "a=b"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=1", "' =1"),
        (" =1", "' =1"),
        ("a\r\nb", "a  b"),
        ("연기.jpg", "연기.jpg"),
    ],
)
def test_no_cell_is_a_formula(text: str, safe: str) -> None:
    """A file name cannot make a spreadsheet run anything."""
    assert safe_cell(text) == safe


def test_an_empty_queue_has_its_header() -> None:
    """A queue without doubts opens as a table too."""
    assert queue_csv(()) == b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"
