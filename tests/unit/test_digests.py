"""Digests name content: equal content, equal name; no value may slip in that JSON lacks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.digests import canonical_json, digest_of, sha256_bytes, sha256_file

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_known_digest_of_nothing() -> None:
    """The digest of no bytes is the published SHA-256 test vector."""
    assert sha256_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_file_and_bytes_agree(tmp_path: Path) -> None:
    """A file larger than one read piece has the digest of its bytes."""
    payload = bytes(range(256)) * 5000
    (tmp_path / "payload").write_bytes(payload)
    assert sha256_file(tmp_path / "payload") == sha256_bytes(payload)


@given(st.dictionaries(st.text(), JSON))
def test_key_order_does_not_matter(value: dict[str, object]) -> None:
    """A mapping and the same mapping built backwards have one digest."""
    assert digest_of(dict(reversed(list(value.items())))) == digest_of(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_are_refused(number: float) -> None:
    """NaN and infinities raise instead of becoming tokens that other parsers refuse."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"x": number})
