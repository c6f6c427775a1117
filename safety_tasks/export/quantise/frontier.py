"""Draw what each choice of float layers costs and brings: the accuracy/latency frontier.

Rule: every step that was judged is drawn, those that miss the budget too, so that the choice can be seen to be one.
"""

import io
from collections.abc import Sequence

from safety_tasks.records.variants import FrontierStep, Int8Budget


def draw_frontier(
    steps: Sequence[FrontierStep], chosen: Sequence[str], budget: Int8Budget, *, title: str
) -> bytes:
    """Return a PNG: time of the graph ÷ FP32's against agreement and AP50-95 drop on val.

    Args:
        steps: at least one.
        chosen: the float modules of the step that was taken.
        budget: drawn as a line.
        title: above it.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), constrained_layout=True)
    sides = (
        (
            left,
            [step.agreement_f1 for step in steps],
            budget.min_agreement_f1,
            "agreement with FP32 (F1)",
        ),
        (
            right,
            [100 * (step.map50_95_drop or 0.0) for step in steps],
            100 * budget.max_map50_95_drop,
            "AP50-95 lost, points",
        ),
    )
    times = [step.time_ratio for step in steps]
    for axes, values, line, label in sides:
        axes.plot(times, values, color="#9aa7b0", linewidth=1, zorder=1)
        for step, time, value in zip(steps, times, values, strict=True):
            axes.scatter(time, value, s=46, color="#2a7f9e" if step.within else "#b3402a", zorder=2)
            if step.float_modules == tuple(chosen):
                axes.scatter(time, value, s=190, facecolors="none", edgecolors="black", zorder=3)
            axes.annotate(
                str(len(step.float_modules)),
                (time, value),
                (5, 5),
                textcoords="offset points",
                fontsize=8,
            )
        axes.axhline(line, color="#b3402a", linestyle="--", linewidth=1, label="budget")
        axes.set_xlabel("time of the graph / FP32 edge graph")
        axes.set_ylabel(label)
        axes.legend(loc="best", fontsize=8)
    figure.suptitle(
        f"{title}: modules in float (number), within the budget (blue) or not (red), chosen (ring)",
        fontsize=10,
    )
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    pyplot.close(figure)
    return drawn.getvalue()
