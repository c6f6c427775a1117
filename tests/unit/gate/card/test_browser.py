"""The card in a real browser: nothing is complained of, nothing is fetched, nothing is cut off, one sheet of paper."""

import re
import shutil
import subprocess
from html import escape
from pathlib import Path

import pytest
from support.made_benchmarks import made_picture
from support.made_gate_reports import hostile_report, made_gate_report, situated_report

from safety_tasks.gate.card import Language, MissedPicture, card_html
from safety_tasks.records.gate import GateReport, Verdict

_WAIT_S = 120
PICTURES = tuple(MissedPicture("fire", "hall-2", "a.jpg", 0.2, made_picture(n)) for n in range(4))
HOSTILE = "</script><script>document.title='run'</script><img src=//evil.example/x onerror=\"document.title='run'\">"
WIDE = "W" * 300
# A window is never narrower than 500 pixels, a frame within one is.
FRAME = """<!doctype html><body><iframe style="width:{width}px;height:900px;border:0" srcdoc="{page}"
onload="const d=contentDocument.documentElement,m=d.querySelector('main');
document.title=[d.scrollWidth,d.clientWidth,m.scrollWidth-m.clientWidth]"></iframe></body>"""


def chromium(folder: Path, page: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page without a window and wait until it is drawn."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("needs chromium: apt-get install chromium")
    file = folder / "card.html"
    file.write_text(page, "utf-8")
    usual = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"]
    return subprocess.run(
        [found, *usual, *options, file.as_uri()], capture_output=True, text=True, timeout=_WAIT_S
    )


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_is_complained_of_and_nothing_fetched(tmp_path: Path, language: Language) -> None:
    """No message of the console, no request of the network, and no name of data has run."""
    net = tmp_path / "net.json"
    page = card_html(hostile_report(HOSTILE), PICTURES, language)
    ran = chromium(tmp_path, page, "--enable-logging=stderr", f"--log-net-log={net}", "--dump-dom")
    assert [line for line in ran.stderr.splitlines() if "CONSOLE" in line] == []
    assert "evil.example" not in net.read_text("utf-8").replace("\\", "")
    assert "<title>FAIL · " in ran.stdout
    assert ran.stdout.count("<img") == len(PICTURES)
    assert "<script" not in ran.stdout


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "report",
    [
        made_gate_report(Verdict.FAIL),
        made_gate_report(Verdict.INCONCLUSIVE),
        situated_report("waived"),
        hostile_report(WIDE),
    ],
    ids=["fail", "inconclusive", "waived", "wide"],
)
def test_nothing_is_wider_than_the_screen(tmp_path: Path, report: GateReport, width: int) -> None:
    """A phone and a desk show the whole card without scrolling sideways."""
    framed = FRAME.format(width=width, page=escape(card_html(report, PICTURES, "ko")))
    ran = chromium(tmp_path, framed, "--window-size=1400,1000", "--hide-scrollbars", "--dump-dom")
    assert re.findall(r"<title>(.*?)</title>", ran.stdout)[:1] == [f"{width},{width},0"]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("report", [made_gate_report(Verdict.FAIL), situated_report("waived")])
def test_it_prints_on_one_sheet(tmp_path: Path, report: GateReport) -> None:
    """A4, with every section and picture."""
    sheet = tmp_path / "card.pdf"
    page = card_html(report, PICTURES, "en")
    chromium(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={sheet}")
    assert len(re.findall(rb"/Type /Page\b(?!s)", sheet.read_bytes())) == 1
