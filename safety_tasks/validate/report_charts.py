"""The charts of the dataset report, as SVG that stands in the page and needs nothing else.

Rules: colours are classes of the page's style, so that they follow light and dark; bars stretch with the page while
words stay beside them in HTML; each bar says its numbers when pointed at; no text of data enters but numbers.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from markupsafe import Markup

_HIGH: Final = 100.0
_WIDE: Final = 10.0
_GAP: Final = 0.8
_LEAST: Final = 1.0


def histogram_svg(
    counts: Sequence[int], edges: Sequence[float], *, colour: str, label: str
) -> Markup:
    """Draw one bar a bin.

    Args:
        counts: of each bin.
        edges: one more than bins.
        colour: the style's class of the bars.
        label: what it shows, for those who do not see it.
    """
    top = max(*counts, 1)
    bars = [
        _bar(n * _WIDE + _GAP / 2, _WIDE - _GAP, count / top, colour, f"{_span(*ends)}: {count:,}")
        for n, (count, ends) in enumerate(zip(counts, pairwise(edges), strict=True))
    ]
    return _svg(bars, len(counts), label)


def twin_svg(
    before: Sequence[float], now: Sequence[float], names: Sequence[str], *, label: str
) -> Markup:
    """Draw two bars a bin: the shares (0-1) of the parent and of the version."""
    top = max(*before, *now, 1e-9)
    bars = []
    for n, (old, new, name) in enumerate(zip(before, now, names, strict=True)):
        left, wide = n * _WIDE + _GAP / 2, (_WIDE - _GAP) / 2
        bars.append(_bar(left, wide, old / top, "was", f"{name}: {old:.1%}"))
        bars.append(_bar(left + wide, wide, new / top, "now", f"{name}: {new:.1%}"))
    return _svg(bars, len(names), label)


def meter(share: float, *, colour: str, marks: Sequence[float] = ()) -> Markup:
    """Draw a bar as long as a share (0-1) of its place, with marks at other shares.

    A share above nothing is never too short to be seen.
    """
    wide = min(100.0, max(share * 100.0, 0.6 if share > 0 else 0.0))
    lines = Markup("").join(
        Markup('<i class="mark" style="left:{:.2f}%"></i>').format(mark * 100.0) for mark in marks
    )
    bar = Markup('<i class="fill {}" style="width:{:.2f}%"></i>').format(colour, wide)
    return Markup('<span class="meter" aria-hidden="true">{}{}</span>').format(bar, lines)


def _svg(bars: Sequence[Markup], bins: int, label: str) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {:g} {:g}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(bins * _WIDE, _HIGH, label, Markup("").join(bars))


def _bar(left: float, wide: float, share: float, colour: str, said: str) -> Markup:
    high = max(share * _HIGH, _LEAST if share > 0 else 0.0)
    return Markup(
        '<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" class="{}"><title>{}</title></rect>'
    ).format(left, _HIGH - high, wide, high, colour, said)


def _span(low: float, high: float) -> str:
    return f"{low:g} - {high:g}"
