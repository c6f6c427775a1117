"""Run a suite with Great Expectations and render its Data Docs.

Rules: an expectation that cannot be evaluated has failed; the context lives in a private folder and sends
nothing anywhere; Data Docs are returned as files, the caller keeps them, and they hold no picture.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.records.dataset import DatasetVersion, Expectation
from safety_tasks.validate.rule import Rule
from safety_tasks.validate.worst import values_of, worst_rows

if TYPE_CHECKING:
    import pandas as pd

_SEVERITY: Final = {"fail": "critical", "warn": "warning"}  # the library's own words
_FORMAT: Final = {"result_format": "BASIC", "partial_unexpected_count": 5}
_LONGEST: Final = 500


def run_suite(
    suite: Sequence[Rule],
    tables: "Mapping[str, pd.DataFrame]",
    folder: Path,
    *,
    version: DatasetVersion,
    digest: str,
) -> tuple[tuple[Expectation, ...], dict[str, bytes]]:
    """Judge tables.

    Args:
        suite: the expectations.
        tables: the data, by table name.
        folder: an empty private folder for the context.
        version: the record that they are of; what compares with its parent says so where it has none.
        digest: the suite's digest, for its name in the Data Docs.

    Returns:
        the outcome of each expectation, and the Data Docs as relative path to bytes (``index.html`` first).
    """
    gx = library()
    context = gx.get_context(mode="file", project_root_dir=str(folder))
    outcomes = judge_tables(suite, tables, context, version=version, digest=digest)
    site = context.build_data_docs()
    root = Path(str(next(iter(site.values()))).removeprefix("file://")).parent
    pages = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    return outcomes, pages


def judge_tables(
    suite: Sequence[Rule],
    tables: "Mapping[str, pd.DataFrame]",
    context: Any,
    *,
    version: DatasetVersion,
    digest: str,
) -> tuple[Expectation, ...]:
    """Judge tables within a context of the library, as ``run_suite`` does, and return the outcomes."""
    gx = library()
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("dataset")
    outcomes: list[Expectation] = []
    for table, frame in tables.items():
        mine = {rule.name: rule for rule in suite if rule.table == table}
        batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("all")
        named = context.suites.add(
            gx.ExpectationSuite(
                name=f"{table}, suite {digest[:12]}",
                expectations=[_expectation(rule) for rule in mine.values()],
                meta={"suite_sha256": digest},
            )
        )
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=table, data=batch, suite=named)
        )
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name=table, validation_definitions=[definition], result_format=dict(_FORMAT)
            )
        )
        run = checkpoint.run(
            batch_parameters={"dataframe": frame},
            run_id=RunIdentifier(run_name=f"version {version.version_id}"),
        )
        (result,) = run.run_results.values()
        outcomes.extend(
            _outcome(mine[_name_of(item)], item, tables, version.parent_id)
            for item in result.results
        )
    return tuple(outcomes)


def library() -> Any:
    """Return the library, imported at first use: it takes seconds, is loud, and would send home what it does."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx

    return gx


def _expectation(rule: Rule) -> Any:
    """Make the library's object: ``expect_x_y`` is the class ``ExpectXY``."""
    import great_expectations.expectations as classes

    name = "".join(word.capitalize() for word in rule.type.split("_"))
    return getattr(classes, name)(
        **rule.kwargs,
        severity=_SEVERITY[rule.severity],
        description=f"{rule.name} ({rule.severity}): {rule.required}; else {rule.reason}",
        meta={"name": rule.name},
    )


def _name_of(item: Any) -> str:
    name: str = item.expectation_config.meta["name"]
    return name


def _outcome(
    rule: Rule, item: Any, tables: "Mapping[str, pd.DataFrame]", parent: str | None
) -> Expectation:
    problem = next(
        (
            str(info.get("exception_message"))
            for info in [item.exception_info, *(item.exception_info or {}).values()]
            if isinstance(info, dict) and info.get("raised_exception")
        ),
        None,
    )
    success = bool(item.success) and problem is None
    if problem is not None:
        observed = f"could not be evaluated: {problem}"
    elif rule.of_parent and parent is None:
        observed = "parent = none: nothing to compare with"
    else:
        observed = values_of(rule, tables) or _counted(rule, item.result or {})
    return Expectation(
        name=rule.name,
        subject=rule.subject,
        success=success,
        observed=observed[:_LONGEST],
        reason=rule.reason,
        severity=rule.severity,
        required=rule.required,
        worst=() if success or problem is not None else worst_rows(rule, tables),
    )


def _counted(rule: Rule, details: Mapping[str, Any]) -> str:
    """Return what the library counted: a mean, a number of rows, or how many rows are unlike what is required."""
    if "observed_value" in details:
        value = details["observed_value"]
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    count, total = details.get("unexpected_count", 0), details.get("element_count", 0)
    share = f" ({count / total:.2%})" if rule.kwargs.get("mostly") and total else ""
    return f"{count} of {total} rows otherwise{share}"
