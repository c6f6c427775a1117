"""The benchmark page in a real browser: charts are drawn from a file, under the page's own policy."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.made_benchmarks import made_details, made_measurements

from safety_tasks.benchmark.page.rendering import render_page

HOSTILE = "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\"><a href=//evil>"
_WAIT_S = 120


def shown_by_chromium(page: str, folder: Path) -> tuple[str, str]:
    """Return a page as it stands once its scripts ran, and what the browser complained of."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    file = folder / "page.html"
    file.write_text(page, "utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"]
    options += ["--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom"]
    ran = subprocess.run(
        [chromium, *options, file.as_uri()], capture_output=True, text=True, timeout=_WAIT_S
    )
    return ran.stdout, "\n".join(line for line in ran.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.slow
@pytest.mark.browser
def test_charts_are_drawn_and_nothing_else_runs(tmp_path: Path) -> None:
    """Every place holds a drawn chart, the browser complains of nothing, and no name of data has run."""
    classes, scenes = ("smoke", HOSTILE, "person_down"), (HOSTILE, "hall-2")
    details, pictures = made_details(classes, scenes, 1)
    page = render_page(made_measurements(classes, scenes), details, pictures, "en")
    shown, complaints = shown_by_chromium(page, tmp_path)
    assert complaints == ""
    drawn = shown.partition("</main>")[0]
    assert drawn.count("js-plotly-plot") == page.count('data-figure="') == 5
    # A line of precision against recall for each hazard, and three against the threshold.
    assert drawn.count('class="js-line"') == 3 + 3 * 3
    assert "<title>Benchmark report" in shown
    assert not re.search(r"<a [^>]*(evil|javascript)", shown)


@pytest.mark.slow
@pytest.mark.browser
def test_a_script_that_slips_in_does_not_run(tmp_path: Path) -> None:
    """Were an escape forgotten, the policy would stop what it let in."""
    page = render_page(made_measurements(), None, {}, "en")
    broken = page.replace("<main>", "<main><script>document.title='run'</script>")
    shown, complaints = shown_by_chromium(broken, tmp_path)
    assert "<title>run" not in shown
    assert "Content Security Policy" in complaints
