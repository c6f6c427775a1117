"""The expectations over a dataset version, as plain data.

Rules: every field of ``ValidationRules`` is one expectation, and there is no other; the suite is data, so that its
digest, limits and severities included, says which suite judged; what it judges is made by ``tables.py``.
"""

from dataclasses import asdict

from safety_tasks.digests import digest_of
from safety_tasks.records.validation import ValidationRules
from safety_tasks.settings import IngestSettings
from safety_tasks.validate.content_rules import box_rules, picture_rules, row_rules
from safety_tasks.validate.evidence_rules import history_rules, support_rules
from safety_tasks.validate.rule import Rule, RuleMaker


def rules(
    classes: tuple[str, ...], settings: IngestSettings, limits: ValidationRules
) -> tuple[Rule, ...]:
    """Return the suite for these hazard classes."""
    make = RuleMaker(limits)
    return (
        *row_rules(make),
        *picture_rules(make, settings),
        *box_rules(make, classes, settings),
        *support_rules(make, settings),
        *history_rules(make),
    )


def suite_digest(suite: tuple[Rule, ...]) -> str:
    """Return the digest that names a suite."""
    return digest_of([asdict(rule) for rule in suite])
