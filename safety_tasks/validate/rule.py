"""One expectation, as plain data, and the few shapes that expectations have.

Rules: each carries the reason an operator reads when it does not hold; nothing here imports Great Expectations, which
takes seconds.
"""

from dataclasses import dataclass
from typing import Any

from safety_tasks.records.validation import (
    AtLeast,
    AtMost,
    FewAtAll,
    Judged,
    Severity,
    ValidationRules,
)


@dataclass(frozen=True)
class Rule:
    """One expectation.

    Attributes:
        name: its key in ``config/validation.toml``.
        table: the table it judges (see ``tables.py``).
        type: the library's name of it (``expect_…``).
        kwargs: the library's arguments.
        reason: why it matters, for the operator.
        severity: whether it blocks.
        shows: the column that tells what is wrong with a row; empty: the one that is judged.
        of_parent: whether it compares with the parent version.
    """

    name: str
    table: str
    type: str
    kwargs: dict[str, Any]
    reason: str
    severity: Severity
    shows: str = ""
    of_parent: bool = False

    @property
    def subject(self) -> str:
        """What is judged: ``table.column``, or the table."""
        columns = self.columns
        return f"{self.table}.{'+'.join(columns)}" if columns else self.table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are judged."""
        if "column_list" in self.kwargs:
            return tuple(self.kwargs["column_list"])
        names = ("column", "column_A", "column_B")
        return tuple(self.kwargs[name] for name in names if name in self.kwargs)

    @property
    def required(self) -> str:
        """What is required, in words."""
        given = self.kwargs
        if self.type == "expect_column_pair_values_to_be_equal":
            return f"{given['column_A']} = {given['column_B']}"
        words = []
        if given.get("min_value") is not None:
            words.append(f"{'>' if given.get('strict_min') else '≥'} {given['min_value']:g}")
        if given.get("max_value") is not None:
            words.append(f"≤ {given['max_value']:g}")
        if "value_set" in given:
            values = [str(value) for value in given["value_set"]]
            words.append(f"{'one of ' if len(values) > 1 else ''}{', '.join(values)}")
        if "regex" in given:
            words.append(f"like {given['regex']}")
        text = " and ".join(words) or "no value twice"
        if self.type == "expect_column_mean_to_be_between":
            text = f"a mean {text}"
        mostly = given.get("mostly")
        return text if mostly is None else f"{text} in ≥ {mostly:.1%} of rows"


class RuleMaker:
    """Makes rules whose limits and severity are an operator's."""

    def __init__(self, limits: ValidationRules) -> None:
        self._limits = limits

    def within(self, name: str, table: str, column: str, reason: str, **more: Any) -> Rule:
        """Require values within the limits of ``name``, but for the share that they allow.

        ``min_value``, ``max_value`` and ``strict_min`` in ``more`` stand in where the limits say nothing.
        """
        limit: Judged = getattr(self._limits, name)
        kwargs = {"column": column, **_bounds(limit)}
        for key in ("min_value", "max_value", "strict_min"):
            if key in more:
                kwargs[key] = more.pop(key)
        return self._rule(name, table, "expect_column_values_to_be_between", kwargs, reason, more)

    def mean_within(self, name: str, table: str, column: str, reason: str) -> Rule:
        """Require a mean within the limits of ``name``."""
        kwargs = {"column": column, **_bounds(getattr(self._limits, name))}
        return self._rule(name, table, "expect_column_mean_to_be_between", kwargs, reason, {})

    def rows_within(self, name: str, table: str, reason: str) -> Rule:
        """Require as many rows as the limits of ``name`` say."""
        kwargs = {key: int(value) for key, value in _bounds(getattr(self._limits, name)).items()}
        return self._rule(name, table, "expect_table_row_count_to_be_between", kwargs, reason, {})

    def one_of(
        self, name: str, table: str, column: str, values: list[Any], reason: str, **more: Any
    ) -> Rule:
        """Require values of a set."""
        kwargs = {"column": column, "value_set": values}
        return self._rule(name, table, "expect_column_values_to_be_in_set", kwargs, reason, more)

    def like(self, name: str, table: str, column: str, regex: str, reason: str) -> Rule:
        """Require values that match a regular expression."""
        kwargs = {"column": column, "regex": regex}
        return self._rule(name, table, "expect_column_values_to_match_regex", kwargs, reason, {})

    def unique(self, name: str, table: str, columns: list[str], reason: str) -> Rule:
        """Require that no two rows have the same values."""
        kwargs: dict[str, Any]
        if len(columns) == 1:
            kind, kwargs = "expect_column_values_to_be_unique", {"column": columns[0]}
        else:
            kind, kwargs = "expect_compound_columns_to_be_unique", {"column_list": columns}
        return self._rule(name, table, kind, kwargs, reason, {})

    def equal(self, name: str, table: str, columns: tuple[str, str], reason: str) -> Rule:
        """Require two columns to be equal, row by row."""
        kwargs = {"column_A": columns[0], "column_B": columns[1]}
        kind = "expect_column_pair_values_to_be_equal"
        return self._rule(name, table, kind, kwargs, reason, {})

    def _rule(
        self,
        name: str,
        table: str,
        kind: str,
        kwargs: dict[str, Any],
        reason: str,
        more: dict[str, Any],
    ) -> Rule:
        severity: Severity = getattr(self._limits, name).severity
        return Rule(name, table, kind, kwargs, reason, severity, **more)


def _bounds(limit: Judged) -> dict[str, float]:
    bounds = {}
    if isinstance(limit, AtLeast):
        bounds["min_value"] = limit.min
    if isinstance(limit, AtMost):
        bounds["max_value"] = limit.max
    if isinstance(limit, FewAtAll) and limit.max_share > 0:
        bounds["mostly"] = 1.0 - limit.max_share
    return bounds
