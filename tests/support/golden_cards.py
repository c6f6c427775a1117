"""Whole cards as somebody looked at them last, as kept in ``tests/unit/gate/card/expected``.

Rule: a file is written only by ``.venv/bin/python -m support.golden_cards`` in ``tests``, for somebody to read every
line and look at every picture. Texts are compared letter by letter, terminal cards with their colours; pictures by the
mean colour of each square of 8 x 8 pixels, by as much as decoders may differ.
"""

import io
import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from support.made_benchmarks import made_picture
from support.made_gate_reports import made_gate_report, situated_report
from support.odd_gate_reports import crowded_report, thin_report, unmeasured_report

from safety_tasks.digests import sha256_bytes
from safety_tasks.gate.card import (
    LANGUAGES,
    MissedPicture,
    card_facts,
    card_html,
    card_markdown,
    card_png,
    card_text,
    facts_json,
    render_card,
)
from safety_tasks.records.gate import GateReport, Verdict

FOLDER: Final = Path(__file__).parents[1] / "unit" / "gate" / "card" / "expected"
RENEW: Final = (
    "A card changed. If it should, run `.venv/bin/python -m support.golden_cards` in tests/ and look at all that git "
    "shows, in both languages."
)
REPORTS: Final[dict[str, GateReport]] = {
    "pass": made_gate_report(),
    "fail": made_gate_report(Verdict.FAIL),
    "inconclusive": made_gate_report(Verdict.INCONCLUSIVE),
    "broken": situated_report("broken"),
    "bypassed": situated_report("bypassed"),
    "waived": situated_report("waived"),
    "approved": situated_report("approved"),
    "no_champion": situated_report("no_champion"),
    "demo": situated_report("demo"),
    "crowded": crowded_report(),
    "unmeasured": unmeasured_report(),
    "thin": thin_report(),
}
PICTURES: Final = ("fail", "broken", "waived", "no_champion", "crowded", "unmeasured")
NARROW: Final = ("fail", "crowded")  # as a narrow window wraps them
MISSED: Final = (
    MissedPicture("fire", "hall-2", "a.jpg", 0.214, made_picture(1)),
    MissedPicture("smoke", "gate", "b.jpg", None, None),
)
_SQUARE: Final = 8
_NARROW: Final = 60
_SLACK: Final = 2  # of 255: how far decoders and scalers of processors may differ


def texts(name: str) -> dict[str, str]:
    """Return what a report's cards say, by file name."""
    report = REPORTS[name]
    console = Console(
        file=io.StringIO(),
        width=110,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    console.print(render_card(report))
    output = console.file
    assert isinstance(output, io.StringIO)
    facts = card_facts(report)
    found = {
        f"{name}.ansi": output.getvalue().replace("\x1b", "␛"),
        f"{name}.json": facts_json(facts, []).decode() + "\n",
    }
    if name in NARROW:
        found[f"{name}.narrow"] = card_text(report, _NARROW)
    for language in LANGUAGES:
        found[f"{name}.{language}.md"] = card_markdown(report, language)
        if name in PICTURES:
            found[f"{name}.{language}.html"] = _without_pixels(card_html(report, MISSED, language))
    return found


def pictures(name: str) -> dict[str, bytes]:
    """Return a report's cards as PNG of an eighth of their size, by file name."""
    return {
        f"{name}.{language}.png": _small(card_png(REPORTS[name], MISSED, language))
        for language in LANGUAGES
    }


def alike(ours: bytes, theirs: bytes) -> bool:
    """Tell whether two pictures show the same."""
    one, other = (_decoded(payload).astype(np.int16) for payload in (ours, theirs))
    return one.shape == other.shape and int(np.abs(one - other).max()) <= _SLACK


def _decoded(payload: bytes) -> npt.NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(payload, np.uint8), 1)
    assert image is not None
    return np.asarray(image, np.uint8)


def _small(payload: bytes) -> bytes:
    """Return a picture of the mean colours of squares."""
    large = _decoded(payload)
    height, width = (side // _SQUARE * _SQUARE for side in large.shape[:2])
    squares = large[:height, :width].reshape(
        height // _SQUARE, _SQUARE, width // _SQUARE, _SQUARE, 3
    )
    done, png = cv2.imencode(".png", np.rint(squares.mean(axis=(1, 3))).astype(np.uint8))
    assert done
    return png.tobytes()


def _without_pixels(page: str) -> str:
    """Return a page whose pictures and style are replaced by their digests."""
    return re.sub(
        r"base64,[A-Za-z0-9+/=]+|<style>.*?</style>",
        lambda found: sha256_bytes(found[0].encode())[:16],
        page,
        flags=re.DOTALL,
    )


def main() -> None:
    """Write all cards."""
    FOLDER.mkdir(exist_ok=True)
    for name in REPORTS:
        for file, text in texts(name).items():
            (FOLDER / file).write_text(text, encoding="utf-8")
    for name in PICTURES:
        for file, payload in pictures(name).items():
            (FOLDER / file).write_bytes(payload)


if __name__ == "__main__":
    main()
