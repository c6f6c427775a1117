"""Ceilings: how much of a batch may be unusable before the batch itself is not believed.

Rules: shares are of the batch's pictures, by rule, by hazard class and in all; over any of them the batch is refused
whole, and the message names each; what is harmless (the same picture again) or only set aside does not count.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from safety_tasks.errors import BatchError
from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.settings import IngestSettings

HARMLESS = frozenset({"duplicate_picture"})
_LOST = (LedgerAction.QUARANTINED, LedgerAction.DROPPED)


def check_ceilings(
    where: str,
    rows: Sequence[LedgerRow],
    delivered: int,
    lost_of_class: Mapping[str, int],
    delivered_of_class: Mapping[str, int],
    settings: IngestSettings,
) -> None:
    """Refuse a batch of which too much is unusable.

    Args:
        where: the batch, for the message.
        rows: its ledger.
        delivered: how many pictures came.
        lost_of_class: unusable pictures by the hazard that their label names.
        delivered_of_class: pictures by the hazard that their label names.
        settings: the ceilings.

    Raises:
        BatchError: a ceiling is broken.
    """
    lost = [
        row
        for row in rows
        if row.kind is LedgerKind.PICTURE and row.action in _LOST and row.rule not in HARMLESS
    ]
    by_rule = Counter(row.rule for row in lost)
    problems = [
        f"{count} of {delivered} pictures break {rule} (allowed {allowed:.1%})"
        for rule, count in by_rule.most_common()
        if (allowed := settings.rule_ceilings.get(rule, 1.0)) * delivered < count
    ]
    problems += [
        f"{count} of {total} pictures with {name} are unusable (allowed {allowed:.1%})"
        for name, count in sorted(lost_of_class.items())
        if (total := delivered_of_class.get(name, 0))
        * (allowed := settings.class_ceilings.get(name, 1.0))
        < count
    ]
    if len(lost) > settings.max_quarantined_share * delivered:
        worst = ", ".join(f"{rule} {count}" for rule, count in by_rule.most_common(5))
        problems.append(
            f"{len(lost)} of {delivered} pictures are unusable ({worst}; "
            f"allowed {settings.max_quarantined_share:.1%})"
        )
    if problems:
        examples = "; ".join(f"{row.file}: {row.rule}: {row.observed}" for row in lost[:3])
        raise BatchError(
            f"{where}: expected a batch within its ceilings, found {'; '.join(problems)}. "
            f"For example {examples}. Mend the items (safety-tasks quarantine show), deliver the batch anew, or raise "
            "the ceiling in pipeline.toml."
        )
