"""A batch is believed up to its ceilings: by rule, by class, in all; one picture more and it is refused."""

from collections.abc import Mapping

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.ceilings import check_ceilings
from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.settings import IngestSettings


def rows(**counts: int) -> list[LedgerRow]:
    """Return ledger rows of quarantined pictures, so many a rule."""
    return [
        LedgerRow(
            batch_id="b",
            file=f"{rule}{n}.jpg",
            kind=LedgerKind.PICTURE,
            rule=rule,
            observed="something",
            action=LedgerAction.QUARANTINED,
        )
        for rule, count in counts.items()
        for n in range(count)
    ]


def refusal(
    found: list[LedgerRow],
    lost: Mapping[str, int] | None = None,
    settings: IngestSettings | None = None,
) -> str:
    """Return why a batch of a hundred pictures, ten of them with fire, is refused, or nothing."""
    try:
        check_ceilings("b", found, 100, lost or {}, {"fire": 10}, settings or IngestSettings())
    except BatchError as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("counts", "refused"),
    [
        ({}, ""),
        ({"zero_area": 10}, ""),
        ({"zero_area": 11}, "11 of 100 pictures are unusable (zero_area 11; allowed 10.0%)"),
        ({"zero_area": 6, "too_large": 5}, "11 of 100 pictures are unusable"),
        ({"missing_label": 1}, "1 of 100 pictures break missing_label (allowed 0.0%)"),
        ({"duplicate_picture": 100}, ""),
    ],
)
def test_the_shipped_ceilings(counts: dict[str, int], refused: str) -> None:
    """A tenth may be unusable, no label may be missing, and the same picture again is harmless."""
    found = refusal(rows(**counts))
    assert refused in found
    assert bool(found) is bool(refused)


@pytest.mark.parametrize(
    ("lost", "refused"), [({}, False), ({"fire": 1}, False), ({"fire": 2}, True)]
)
def test_a_class_has_its_own_ceiling(lost: dict[str, int], refused: bool) -> None:
    """Where a tenth of the pictures with fire may be lost, the second of ten refuses the batch."""
    found = refusal([], lost, IngestSettings(class_ceilings={"fire": 0.1}))
    assert ("2 of 10 pictures with fire are unusable" in found) is refused
    assert bool(found) is refused


def test_a_rule_has_its_own_ceiling() -> None:
    """A ceiling for a rule holds beside the one for all, and the message names an example."""
    found = refusal(rows(zero_area=3), settings=IngestSettings(rule_ceilings={"zero_area": 0.02}))
    assert "3 of 100 pictures break zero_area (allowed 2.0%)" in found
    assert "zero_area0.jpg: zero_area: something" in found


@pytest.mark.parametrize("action", ["warned", "changed", "reserved"])
def test_only_what_is_lost_counts(action: str) -> None:
    """A warning, a mended box or a picture in reserve loses nothing."""
    found = [row.model_copy(update={"action": LedgerAction(action)}) for row in rows(huge_box=100)]
    assert refusal(found) == ""
