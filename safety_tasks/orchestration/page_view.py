"""What the page of gate reports shows, read from the store as values.

Rules: everything shown was proved first; what does not prove, or contradicts itself, is a row with its problem, never
left out; a store that does not answer ends the reading at once, since each further try would wait as long.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from safety_tasks.bundle.reading import read_served
from safety_tasks.errors import ObjectNotFound, SafetyTasksError, StoreError
from safety_tasks.gate import find_gate_report, list_gate_reports, read_gate_report
from safety_tasks.gate.card import CardFacts, card_facts
from safety_tasks.gate.card.measure_rows import hardware_of
from safety_tasks.records.gate import CheckResult, GateReport, GateReportRef, Verdict, combine
from safety_tasks.records.release import Channel, ReleaseDocument
from safety_tasks.store.base import ObjectStore, check_key

CHANNELS: Final[tuple[Channel, ...]] = ("stable", "canary")
NEWEST: Final = 50
SAMPLES: Final = 4
_READERS: Final = 8
_JPEG: Final = b"\xff\xd8\xff"
_ORDER: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


@dataclass(frozen=True)
class ChannelRow:
    """What a channel serves: its release, nothing, or the problem that hides it."""

    channel: Channel
    document: ReleaseDocument | None = None
    unsigned: bool = False
    age_s: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class Tested:
    """How the gate's test of itself ended: of ``made`` bad candidates so many were ``refused``."""

    refused: int
    made: int
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class ReportRow:
    """A gate report, or the problem that hides it."""

    at: datetime | None
    run_id: str
    report: GateReport | None = None
    serves: tuple[Channel, ...] = ()
    problem: str = ""
    verdicts: str = ""

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that keep the verdict from PASS, FAIL before INCONCLUSIVE."""
        return self.report.refusing if self.report else ()

    @cached_property
    def card(self) -> CardFacts | None:
        """What the report's card says."""
        return card_facts(self.report) if self.report else None

    @property
    def tested(self) -> Tested:
        """How the gate's test of itself ended."""
        tested = self.report.self_test if self.report else ()
        made = [bad for bad in tested if not bad.skipped]
        skipped = tuple(bad.name for bad in tested if bad.skipped)
        return Tested(sum(bad.refused for bad in made), len(made), skipped)

    @property
    def latency_budget_ms(self) -> float:
        """What a frame may take on the class of hardware that the report was measured on; 0 without a report."""
        if self.report is None:
            return 0.0
        return self.report.profile.budget_of(hardware_of(self.report)).latency_p95_ms

    @property
    def is_readable(self) -> bool:
        """Whether there is a report that may be believed."""
        return self.report is not None and not self.problem and not self.verdicts


@dataclass(frozen=True)
class PageView:
    """The whole page as values."""

    now: datetime
    channels: tuple[ChannelRow, ...] = ()
    rows: tuple[ReportRow, ...] = ()
    problem: str = ""
    is_whole: bool = True

    @property
    def tally(self) -> dict[Verdict, int]:
        """How many of the readable reports have each verdict, worst first."""
        seen = [row.report.verdict for row in self.rows if row.report and row.is_readable]
        return {verdict: seen.count(verdict) for verdict in _ORDER}

    @property
    def unreadable(self) -> int:
        """How many reports may not be believed."""
        return sum(not row.is_readable for row in self.rows)


def read_page(store: ObjectStore, now: datetime) -> PageView:
    """Read what the channels serve and the newest reports.

    Args:
        store: where they are.
        now: the time to count ages from, UTC.
    """
    channels: list[ChannelRow] = []
    try:
        channels += [_channel(store, channel, now) for channel in CHANNELS]
        refs = list_gate_reports(store, NEWEST)
        with ThreadPoolExecutor(_READERS) as pool:
            rows = pool.map(lambda found: _row(store, found[0], found[1], channels), refs)
            return PageView(now, tuple(channels), tuple(rows))
    except SafetyTasksError as problem:
        return PageView(now, tuple(channels), problem=str(problem), is_whole=False)


def read_sample(store: ObjectStore, run_id: str, index: int) -> bytes:
    """Return a sample picture (JPEG) that the run's newest proved report names.

    Raises:
        ObjectNotFound: the run has no such report, the report names no such picture, or it is not there.
        SafetyTasksError: the report does not prove, or the store does not answer.
    """
    ref = find_gate_report(store, run_id)
    keys = read_gate_report(store, ref).candidate.sample_keys[:SAMPLES]
    if not 0 <= index < len(keys) or keys[index].rpartition("/")[0] != f"runs/{run_id}/samples":
        raise ObjectNotFound(f"run {run_id!r}: expected sample picture {index}, found none.")
    payload = store.get(keys[index]).payload
    if not payload.startswith(_JPEG):
        raise ObjectNotFound(f"{keys[index]}: expected a JPEG picture, found something else.")
    return payload


def _channel(store: ObjectStore, channel: Channel, now: datetime) -> ChannelRow:
    try:
        served = read_served(store, channel)
    except SafetyTasksError as problem:
        _raise_if_down(problem)
        return ChannelRow(channel, problem=str(problem))
    if served is None:
        return ChannelRow(channel)
    published = _time(served.document.published_at)
    age_s = (now - published).total_seconds() if published else None
    return ChannelRow(channel, served.document, served.pointer.unsigned_dangerously, age_s)


def _row(
    store: ObjectStore, listed_at: str, ref: GateReportRef, channels: Sequence[ChannelRow]
) -> ReportRow:
    at = _time(listed_at)
    try:
        check_key(ref.report.key)
    except StoreError as problem:
        return ReportRow(at, ref.run_id, problem=str(problem))
    try:
        report = read_gate_report(store, ref)
    except SafetyTasksError as problem:
        _raise_if_down(problem)
        return ReportRow(at, ref.run_id, problem=str(problem))
    if report.run_id != ref.run_id:
        text = (
            f"{ref.report.key}: expected the report of run {ref.run_id}, found {report.run_id}'s."
        )
        return ReportRow(at, ref.run_id, problem=text)
    said = (ref.verdict, report.verdict, combine(check.counts for check in report.checks))
    verdicts = "" if len(set(said)) == 1 else " / ".join(said)
    serves = tuple(
        row.channel
        for row in channels
        if row.document
        and (row.document.run_id, row.document.model.sha256) == (ref.run_id, report.model_sha256)
    )
    return ReportRow(at, ref.run_id, report, serves, verdicts=verdicts)


def _raise_if_down(problem: SafetyTasksError) -> None:
    """Let a store that does not answer end the reading; an object that is missing or altered does not."""
    if isinstance(problem, StoreError) and not isinstance(problem, ObjectNotFound):
        raise problem


def _time(text: str) -> datetime | None:
    """Return a time in UTC; None where the text is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
