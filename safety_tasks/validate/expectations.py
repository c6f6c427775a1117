"""Run a suite with Great Expectations and render its Data Docs.

Rules: an expectation that cannot be evaluated has failed; the context lives in a private folder and sends
nothing anywhere; Data Docs are returned as files, the caller keeps them.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safety_tasks.records.dataset import Expectation
from safety_tasks.validate.suite import Rule

if TYPE_CHECKING:
    import pandas as pd


def run_suite(
    suite: Sequence[Rule], tables: "Mapping[str, pd.DataFrame]", folder: Path
) -> tuple[tuple[Expectation, ...], dict[str, bytes]]:
    """Judge tables.

    Args:
        suite: the expectations.
        tables: the data, by table name.
        folder: an empty private folder for the context.

    Returns:
        the outcome of each expectation, and the Data Docs as relative path to bytes (``index.html`` first).
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it is loud while imported
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="file", project_root_dir=str(folder))
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("dataset")
    outcomes: list[Expectation] = []
    for table, frame in tables.items():
        mine = [rule for rule in suite if rule.table == table]
        batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("all")
        named = context.suites.add(
            gx.ExpectationSuite(name=table, expectations=[_expectation(rule) for rule in mine])
        )
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=table, data=batch, suite=named)
        )
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(name=table, validation_definitions=[definition])
        )
        run = checkpoint.run(batch_parameters={"dataframe": frame})
        (result,) = run.run_results.values()
        outcomes.extend(_outcome(table, item) for item in result.results)
    site = context.build_data_docs()
    root = Path(str(next(iter(site.values()))).removeprefix("file://")).parent
    pages = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    return tuple(outcomes), pages


def _expectation(rule: Rule) -> Any:
    """Make the library's object: ``expect_x_y`` is the class ``ExpectXY``."""
    import great_expectations.expectations as classes

    name = "".join(word.capitalize() for word in rule.type.split("_"))
    meta = {"reason": rule.reason, "subject": rule.subject}
    return getattr(classes, name)(**rule.kwargs, meta=meta)


def _outcome(table: str, item: Any) -> Expectation:
    meta = item.expectation_config.meta
    details = item.result or {}
    problem = next(
        (
            str(info.get("exception_message"))
            for info in [item.exception_info, *(item.exception_info or {}).values()]
            if isinstance(info, dict) and info.get("raised_exception")
        ),
        None,
    )
    if problem is not None:
        observed = f"could not be evaluated: {problem}"
    elif "observed_value" in details:
        observed = str(details["observed_value"])
    else:
        examples = ", ".join(str(value) for value in details.get("partial_unexpected_list", [])[:3])
        count, total = details.get("unexpected_count", 0), details.get("element_count", 0)
        observed = f"{count} of {total} unexpected" + (f", e.g. {examples}" if examples else "")
    return Expectation(
        name=item.expectation_config.type,
        subject=meta.get("subject", table),
        success=bool(item.success) and problem is None,
        observed=observed[:500],
        reason=meta["reason"],
    )
