"""The documents of this checkout, taken apart: code, tables, headings, snippets, calls of commands."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from safety_tasks.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def read(name: str) -> str:
    """Return a document's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    """Return a document's path as pytest shows it."""
    return path.relative_to(ROOT).as_posix()


def code_lines(text: str) -> list[str]:
    """Return what a document sets as code: fenced and indented blocks, and spans within a line."""
    blocks = [line for _, body in FENCE.findall(text) for line in body.splitlines()]
    rest = FENCE.sub("", text)
    indented = [line.strip() for line in rest.splitlines() if line.startswith("    ")]
    spans = re.findall(r"`([^`\n]+)`", rest)
    return [*blocks, *indented, *spans]


def snippets() -> Iterator[tuple[str, str]]:
    """Yield each Python snippet with the name of its document and its number."""
    for path in DOCUMENTS:
        bodies = [body for kind, body in FENCE.findall(path.read_text("utf-8")) if kind == "python"]
        for number, body in enumerate(bodies, start=1):
            yield f"{named(path)}#{number}", body


def anchors(text: str) -> set[str]:
    """Return the anchors that a document's headings get: lower case, no signs, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands() -> dict[str, Any]:
    """Return every command by its words: ``train``, ``dataset show``."""
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            found[name] = command
        else:
            found |= {f"{name} {word}": each for word, each in inner.items()}
    return found


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each ``safety-tasks`` call of a document's code: the command and its long options.

    ``dataset list/show`` means both.
    """
    groups = {name.partition(" ")[0] for name in commands() if " " in name}
    for line in code_lines(text):
        for part in re.split(r"&&|\|", line):
            found = re.search(r"(?:^|\s)safety-tasks ([a-z]+)\b(.*)", part.partition(" #")[0])
            if found is None:
                continue
            options = re.findall(r"--[a-z][a-z-]*", found[2])
            if found[1] not in groups:
                yield found[1], options
                continue
            words = re.match(r" ([a-z/]+)", found[2])
            for word in words[1].split("/") if words else []:
                yield f"{found[1]} {word}", options


def make_targets(text: str) -> set[str]:
    """Return the targets of each ``make`` call in a document's code."""
    return {
        target
        for line in code_lines(text)
        for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", line.partition(" #")[0])
    }


def cells(text: str) -> list[list[str]]:
    """Return the rows of a document's tables."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
