"""What was seen where an expectation looked, in a line, and the rows that are furthest from what it requires."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.validate.rule import Rule

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS: Final = 5
_SMALL: Final = ("classes", "splits", "version")


def values_of(rule: Rule, tables: "Mapping[str, pd.DataFrame]") -> str:
    """Return every value that was judged, where there are few (``fire 12, smoke 40``); else nothing."""
    if rule.table not in _SMALL:
        return ""
    frame = tables[rule.table]
    names = frame[frame.columns[0]] if len(frame) > 1 else [""] * len(frame)
    columns = [[_text(value) for value in frame[column]] for column in rule.columns]
    rows = zip(names, *columns, strict=True)
    return ", ".join(f"{name} {' and '.join(row)}".strip() for name, *row in rows)


def worst_rows(rule: Rule, tables: "Mapping[str, pd.DataFrame]") -> tuple[str, ...]:
    """Return the rows furthest from what a rule requires, the worst first.

    Returns:
        at most ``MOST_ROWS`` lines: ``<sha256, 12 digits> <file> (<batch>): <what is wrong>`` for pictures and boxes,
        ``<name>: <what is wrong>`` for other tables.
    """
    if not rule.columns:
        return ()
    frame = tables[rule.table]
    badness = _badness(rule, frame)
    rows = badness[badness > 0].nlargest(MOST_ROWS).index
    return tuple(_line(rule, frame.iloc[int(row)], tables["pictures"]) for row in rows)


def _badness(rule: Rule, frame: "pd.DataFrame") -> "pd.Series[float]":
    """Return how far each row is from what is required; 0 or NaN where it is right."""
    given, first = rule.kwargs, frame[rule.columns[0]]
    if rule.type == "expect_column_values_to_be_in_set":
        return 1.0 - first.isin(given["value_set"]).astype(float)
    if rule.type == "expect_column_values_to_match_regex":
        return 1.0 - first.str.contains(given["regex"], na=True).astype(float)
    if rule.type == "expect_column_pair_values_to_be_equal":
        return (first != frame[rule.columns[1]]).astype(float)
    if "unique" in rule.type:
        return frame.duplicated(list(rule.columns), keep=False).astype(float)
    low, high = given.get("min_value"), given.get("max_value")
    values = first.astype(float)
    if rule.type == "expect_column_mean_to_be_between":
        too_low = low is not None and values.mean() < low
        low, high = (low, None) if too_low else (None, high)
    short = values.rsub(low) if low is not None else values * 0.0
    over = values.sub(high) if high is not None else values * 0.0
    badness = short.clip(lower=0.0) + over.clip(lower=0.0)
    if given.get("strict_min"):
        badness = badness.mask(values == low, 1e-300)
    return badness


def _line(rule: Rule, row: "pd.Series[Any]", pictures: "pd.DataFrame") -> str:
    columns = (rule.shows,) if rule.shows else rule.columns
    wrong = ", ".join(f"{column} {_text(row[column])}" for column in columns)
    if rule.table not in ("pictures", "boxes"):
        return f"{row.iloc[0]}: {wrong}"
    picture = row if rule.table == "pictures" else pictures.iloc[int(row["picture"])]
    return f"{str(picture['sha256'])[:12]} {picture['file']} ({picture['batch_id']}): {wrong}"


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
