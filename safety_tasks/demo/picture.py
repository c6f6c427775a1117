"""Keep a card as a picture (SVG) that any browser shows, without fetching a font from anywhere."""

import io
import re
from pathlib import Path

from rich.console import Console, RenderableType

_FONT_FACES = re.compile(r"@font-face\s*\{[^}]*\}", re.DOTALL)


def save_card(card: RenderableType, path: Path, width: int = 120) -> Path:
    """Write ``path`` and return it."""
    console = Console(file=io.StringIO(), record=True, width=width, force_terminal=True)
    console.print(card)
    svg = console.export_svg(title="safety-tasks")
    path.write_text(_FONT_FACES.sub("", svg), encoding="utf-8")
    return path.resolve()
