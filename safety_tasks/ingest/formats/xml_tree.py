"""Parse small XML documents that nobody has vouched for.

Rules: a document type or an entity refuses the document before anything is expanded; depth and number of elements are
capped; processing instructions and comments are passed over. No external thing is ever looked up.
"""

from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

_MAX_DEPTH: Final = 16
_MAX_ELEMENTS: Final = 20_000


@dataclass
class Element:
    """An element: its tag, its text without blanks around it, its children in order."""

    tag: str
    pieces: list[str] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, without blanks around it."""
        return "".join(self.pieces).strip(" \t\r\n")

    def all(self, tag: str) -> list["Element"]:
        """Return the children of a tag."""
        return [child for child in self.children if child.tag == tag]

    def only(self, tag: str) -> "Element | None":
        """Return the child of a tag, or None unless there is exactly one."""
        found = self.all(tag)
        return found[0] if len(found) == 1 else None

    def value(self, *path: str) -> str | None:
        """Return the text at the end of a path of children that each stand once, or None."""
        element: Element | None = self
        for tag in path:
            element = element.only(tag) if element is not None else None
        return None if element is None else element.text


class UnsafeXml(ValueError):
    """The document declares a type or an entity."""


def parse_xml(payload: bytes) -> Element:
    """Parse a document.

    Raises:
        UnsafeXml: it declares a document type or an entity.
        ValueError: it is malformed, too deep or too large.
    """
    top = Element("")
    stack = [top]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > _MAX_DEPTH or count > _MAX_ELEMENTS:
            raise ValueError(f"more than {_MAX_DEPTH} levels or {_MAX_ELEMENTS} elements")
        element = Element(tag)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_: object) -> NoReturn:
        raise UnsafeXml("a document type or an entity")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].pieces.append(text)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(payload, True)
    except (expat.ExpatError, LookupError) as problem:
        raise ValueError(f"XML that does not parse: {problem}") from None
    return top.children[0]
