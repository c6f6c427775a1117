"""Small XML is read plainly; whatever makes XML dangerous refuses it before it is expanded."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.formats.xml_tree import UnsafeXml, parse_xml

LAUGHS = b"<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>"


def test_an_element() -> None:
    """Tag, text without blanks around it, children in order; a path of single children has a value."""
    top = parse_xml(b"<?xml version='1.0'?><!-- c --><a> x <b>1</b>y<c>2</c><b>3</b> </a>")
    assert (top.tag, top.text) == ("a", "x y")
    assert [child.text for child in top.all("b")] == ["1", "3"]
    assert (top.value("c"), top.value("b"), top.value("d"), top.value("c", "d")) == (
        "2",
        None,
        None,
        None,
    )


def test_an_encoding_is_honoured() -> None:
    """A declared encoding is read as such."""
    assert parse_xml("<?xml version='1.0' encoding='utf-16'?><a>ä</a>".encode("utf-16")).text == "ä"


@pytest.mark.parametrize(
    "payload",
    [
        LAUGHS,
        LAUGHS.decode().encode("utf-16"),
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        b"<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x'> %p;]><a/>",
    ],
)
def test_declarations(payload: bytes) -> None:
    """A document type or an entity is refused in any encoding, and nothing is looked up."""
    with pytest.raises(UnsafeXml):
        parse_xml(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a/><a/>",
        b"<a>&b;</a>",
        b"<a>\x00</a>",
        b"<a>\xff</a>",
        b"<?xml version='1.0' encoding='no-such'?><a/>",
        b"<a>" * 17 + b"</a>" * 17,
        b"<a>" + b"<b/>" * 20_000 + b"</a>",
    ],
)
def test_malformed(payload: bytes) -> None:
    """Broken, too deep or too large documents are refused as such."""
    with pytest.raises(ValueError, match=r"parse|levels") as caught:
        parse_xml(payload)
    assert not isinstance(caught.value, UnsafeXml)


def test_as_deep_as_allowed() -> None:
    """The limit itself is allowed."""
    assert parse_xml(b"<a>" * 16 + b"</a>" * 16).tag == "a"


@given(st.binary(max_size=200))
def test_no_bytes_crash(payload: bytes) -> None:
    """Whatever is given is parsed or refused."""
    with contextlib.suppress(ValueError):
        parse_xml(payload)
