"""A page as a browser's parser sees it: tags that nest, addresses, identifiers and words."""

from html.parser import HTMLParser

_VOID = frozenset({"meta", "input", "img", "br", "rect", "link"})
_ADDRESSES = ("href", "src", "action", "data", "poster", "srcset", "xlink:href")


class ParsedPage(HTMLParser):
    """Parse a page; ``problems`` tells tags that do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.addresses: list[str] = []
        self.problems: list[str] = []
        self.words: dict[str, list[str]] = {"en": [], "ko": []}
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        self.problems += [f"{tag} stays open" for tag, _ in self._open]

    @property
    def ids(self) -> list[str]:
        """The identifiers of the page's elements."""
        return [given["id"] for _, given in self.tags if "id" in given]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag with its attributes."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        self.addresses += [given[name] for name in _ADDRESSES if name in given]
        if tag not in _VOID:
            self._open.append((tag, given.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag, which must be this one."""
        if tag in _VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.problems.append(f"{tag} closes {self._open[-1:]}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Keep words, those of each language apart."""
        if self._open and self._open[-1][0] in ("style", "script"):
            return
        self.text += data
        for tag, name in self._open:
            if tag == "span" and name in self.words:
                self.words[name].append(data)
