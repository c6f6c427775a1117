"""The scripts of the benchmark page: plotly itself, and the few lines that draw the figures that stand in the page.

Rules: both run from the page, from a file as from a server; the page's policy names each by its digest, so that no
other script can run; figures are JSON that the page parses, never code.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

FIGURES_ID: Final = "figures"

# A colour of the page is looked up whenever it is drawn: when the scheme turns, and for paper.
DRAWING: Final = """
(function () {
"use strict";
const figures = JSON.parse(document.getElementById("figures").textContent);
const mouse = matchMedia("(pointer: fine)").matches;
function coloured(value, look, key) {
  if (Array.isArray(value)) return value.map((each) => coloured(each, look, ""));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, each]) => [k, coloured(each, look, k)]));
  }
  const named = typeof value === "string" && /color$/.test(key) && value.startsWith("--");
  return named ? look.getPropertyValue(value).trim() : value;
}
function draw() {
  const look = getComputedStyle(document.documentElement);
  for (const place of document.querySelectorAll(".plot")) {
    const figure = coloured(figures[place.dataset.figure], look, "");
    figure.layout.autosize = true;
    figure.layout.dragmode = mouse ? "zoom" : false;
    for (const axis of ["xaxis", "yaxis"]) figure.layout[axis].fixedrange = !mouse;
    Plotly.react(place, figure.data, figure.layout,
      {displayModeBar: false, responsive: true, showTips: false, scrollZoom: false, doubleClickDelay: 400});
  }
}
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
matchMedia("print").addEventListener("change", draw);
})();
"""


@cache
def plotly_script() -> str:
    """Return plotly's script from the installed package: about 5 MB of text."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped, unused-ignore]

    # A page's parser reads every line end as one newline, which is what a digest in its policy is of.
    return str(get_plotlyjs()).replace("\r\n", "\n").replace("\r", "\n")


def inline_script(source: str) -> Markup:
    """Return a script of this project's as it may stand in a page.

    Raises:
        ValueError: it would end its own tag.
    """
    lowered = source.lower()
    if "</script" in lowered or "<!--" in lowered or "<script" in lowered:
        raise ValueError("expected a script that may stand in a page, found one that ends its tag.")
    return Markup("<script>{}</script>").format(Markup(source))  # noqa: S704 - not of data


def figures_json(figures: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Return the figures as JSON inside a page: nothing in it can end its tag."""
    return htmlsafe_json_dumps(figures, sort_keys=True, separators=(",", ":"), allow_nan=False)


def policy_for(scripts: Iterable[str]) -> str:
    """Return the page's policy: these scripts, styles and pictures of the page itself, and no network."""
    digests = " ".join(f"'sha256-{_digest(source)}'" for source in scripts)
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
