"""The histogram of single frame times on the benchmark page, the champion's laid over it.

Rules: both sides share their bins and are shown as shares of their own frames, so that unlike counts compare; a few
slow frames must not squeeze the rest, so that the last bar holds all that lies beyond.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.benchmark.page.charts import Figure, figure_of, titled_axis
from safety_tasks.benchmark.page.words import Words
from safety_tasks.records.details import BenchmarkDetails

Floats = npt.NDArray[np.float64]
BINS: Final = 40
_USUAL_PERCENT: Final = 99.0
_MARGIN: Final = 1.1


@dataclass(frozen=True)
class Histogram:
    """Bins of equal width and the share (0-1) of each side's frames in them.

    ``edges`` are milliseconds, one more than bins; ``slowest_ms`` is set where frames beyond its end lie in the last
    bin.
    """

    edges: tuple[float, ...]
    candidate: tuple[float, ...]
    champion: tuple[float, ...]
    slowest_ms: float | None


def histogram_of(details: BenchmarkDetails | None) -> Histogram | None:
    """Count frame times; None without any of the candidate's."""
    if details is None or not details.frames_ms:
        return None
    sides = [np.array(side, np.float64) for side in (details.frames_ms, details.champion_frames_ms)]
    both = np.concatenate(sides)
    low = float(both.min())
    usual = max(float(np.percentile(side, _USUAL_PERCENT)) for side in sides if len(side))
    high, slowest = max(usual * _MARGIN, low * 1.001), float(both.max())
    high = min(high, slowest) if slowest > low else high
    edges = np.linspace(low, high, BINS + 1)
    shares = [_shares(side, edges) for side in sides]
    return Histogram(
        edges=tuple(edges.tolist()),
        candidate=shares[0],
        champion=shares[1],
        slowest_ms=slowest if slowest > high else None,
    )


def frames_figure(histogram: Histogram, words: Words) -> Figure:
    """Draw the histogram.

    Args:
        histogram: what was counted.
        words: the language.
    """
    edges = histogram.edges
    spans = [f"{low:.2f}–{high:.2f} ms" for low, high in pairwise(edges)]
    if histogram.slowest_ms is not None:
        spans[-1] = f"{edges[-2]:.2f}–{histogram.slowest_ms:.2f} ms"
    traces = [
        {
            "type": "bar",
            "name": str(words.text(key)),
            "x": [(low + high) / 2 for low, high in pairwise(edges)],
            "y": [round(100 * share, 3) for share in shares],
            "width": edges[1] - edges[0],
            "customdata": spans,
            "marker": {"color": colour, "opacity": 0.65},
            "hovertemplate": "%{customdata}<br>%{y:.1f} %",
        }
        for key, shares, colour in (
            ("candidate", histogram.candidate, "--plain"),
            ("champion", histogram.champion, "--c1"),
        )
        if any(shares)
    ]
    figure = figure_of(
        traces,
        titled_axis(words.text("frame_time")),
        titled_axis(words.text("share_of_frames")),
    )
    figure["layout"] |= {"barmode": "overlay", "bargap": 0}
    return figure


def _shares(side: Floats, edges: Floats) -> tuple[float, ...]:
    if not len(side):
        return (0.0,) * BINS
    counts = np.histogram(np.minimum(side, edges[-1]), edges)[0]
    return tuple((counts / len(side)).tolist())
