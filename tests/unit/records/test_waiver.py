"""A waiver says who, why, what and until when, and is refused where one of them is missing or too much."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.signed_waivers import NOON, WHY, waiver

from safety_tasks.errors import WaiverRefused
from safety_tasks.records.waiver import CLOCK_SKEW, LONGEST, Waiver

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("named", "check", "covered"),
    [
        ("support.fire", "", False),
        ("support.fire", "support.fire", True),
        ("support.fire", "support", False),
        ("support.fire", "support.fire.night", False),
        ("support.fire", "support.fir", False),
        ("support", "support", True),
        ("support", "support.fire", False),
        ("support.*", "", False),
        ("support.*", "support.fire", True),
        ("support.*", "support.fire.night", True),
        ("support.*", "support", True),
        ("support.*", "support.", True),
        ("support.*", "supporting.fire", False),
        ("support.*", "xsupport.fire", False),
        ("support.*", "latency.support.fire", False),
        ("support.*", "support.*", True),
        ("slices.night.*", "slices.night.fire", True),
        ("slices.night.*", "slices.day.fire", False),
        ("slices.night.*", "slices", False),
        ("latency.x86-vnni", "latency.x86-vnni", True),
        ("latency.x86-vnni", "latency.x86xvnni", False),
    ],
)
def test_what_a_name_covers(named: str, check: str, covered: bool) -> None:
    """A full name covers itself alone; a last ``.*`` covers all of a kind, and no other kind."""
    assert waiver(checks=(named,)).covers(check) is covered
    assert waiver(checks=("memory", named)).covers(check) is covered


@given(
    st.lists(st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True), min_size=1, max_size=4),
    st.lists(st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True), min_size=1, max_size=4),
)
def test_a_star_covers_what_begins_with_its_parts(kind: list[str], check: list[str]) -> None:
    """Names are compared by whole parts between dots."""
    one = waiver(checks=(".".join(kind) + ".*",))
    assert one.covers(".".join(check)) is (check[: len(kind)] == kind)


@pytest.mark.parametrize(
    "name",
    ["", "*", ".*", "**", "*.fire", "sup*", "support.*.fire", "support*", "Support", "a b", "a\n", "a/b", "é",
     "x" * 201],
)  # fmt: skip
def test_a_name_of_a_check_has_one_form(name: str) -> None:
    """Nothing, a bare star, a star in the middle and other letters are refused."""
    with pytest.raises(WaiverRefused, match=r"checks\.0: "):
        waiver(checks=(name,))


@pytest.mark.parametrize("count", [0, 21])
def test_so_many_checks(count: int) -> None:
    """A waiver names at least one check and at most twenty."""
    with pytest.raises(WaiverRefused, match="checks: "):
        waiver(checks=("support.fire",) * count)
    assert len(waiver(checks=tuple(f"support.{n}" for n in range(20))).checks) == 20


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("who", ""),
        ("who", "k" * 101),
        ("who", " Kim"),
        ("who", "Kim\nLee"),
        ("who", "Kim\u202e"),
        ("who", "\ud800"),
        ("why", ""),
        ("why", "because"),
        ("why", "w" * 501),
        ("why", " " * 20),
        ("why", "two lines\nof a reason"),
        ("why", "a terminal obeys \x1b[2J"),
        ("run_id", ""),
        ("run_id", "../r1"),
        ("model_sha256", "A" * 64),
        ("profile", ""),
    ],
)
def test_who_and_why_are_plain_words(field: str, text: str) -> None:
    """Nothing, too much, and what would not be read as it was meant are refused by name."""
    with pytest.raises(WaiverRefused, match=f"waiver for run .*{field}: "):
        waiver(**{field: text})


def test_all_problems_are_told_at_once() -> None:
    """Who words a waiver badly reads everything that is wrong with it."""
    with pytest.raises(WaiverRefused, match=r"who: .*why: .*checks: .*Word it anew"):
        waiver(who="", why="", checks=())


def test_names_of_every_script_are_people() -> None:
    """A person's name and reason need not be ASCII, and the shortest and longest are taken."""
    assert waiver(who="김민지", why="새 카메라의 야간 자료가 아직 적음").who == "김민지"
    for why in ("w" * 10, "w" * 500):
        assert waiver(who="k" * 100, why=why).why == why


@pytest.mark.parametrize(
    ("lasts", "taken"),
    [
        (timedelta(0), False),
        (-SECOND, False),
        (timedelta(microseconds=1), True),
        (SECOND, True),
        (LONGEST - SECOND, True),
        (LONGEST, True),
        (LONGEST + timedelta(microseconds=1), False),
        (LONGEST + SECOND, False),
        (timedelta(days=365), False),
    ],
)
def test_it_ends_within_thirty_days(lasts: timedelta, taken: bool) -> None:
    """Exactly thirty days are the longest; no time at all is none."""
    if taken:
        assert waiver(until=NOON + lasts).is_active(NOON)
        return
    with pytest.raises(WaiverRefused, match="by at most 30 days"):
        waiver(until=NOON + lasts)


@given(st.timedeltas(timedelta(days=-40), timedelta(days=40)))
def test_no_waiver_lasts_longer(lasts: timedelta) -> None:
    """Whatever the times, a waiver that is made lasts more than nothing and at most thirty days."""
    try:
        waiver(until=NOON + lasts)
    except WaiverRefused:
        assert not timedelta(0) < lasts <= timedelta(days=30)
    else:
        assert timedelta(0) < lasts <= timedelta(days=30)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 2, 12),
        datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=9))),
    ],
)
def test_a_time_is_utc(moment: datetime) -> None:
    """A time without a zone, or of another, is refused rather than guessed."""
    with pytest.raises(WaiverRefused, match=r"until: .*expected a time in UTC"):
        waiver(until=moment)
    with pytest.raises(WaiverRefused, match=r"given_at: .*expected a time in UTC"):
        waiver(given_at=moment)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-03-02", "2026-03-02T12:00:00", "2026-03-02T12:00:00Z", "20260302T120000+0000",
     "2026-03-02T12:00:00+09:00", "2026-02-30T12:00:00+00:00", "2026-03-02 12:00:00+00:00", "9" * 5000],
)  # fmt: skip
def test_a_time_has_one_form(text: str) -> None:
    """A stored time is written in the one way, so that one waiver has one digest."""
    with pytest.raises(ValidationError, match="until"):
        Waiver.model_validate(waiver().to_dict() | {"until": text})


@pytest.mark.parametrize(
    ("after", "early", "active"),
    [
        (-CLOCK_SKEW - SECOND, True, False),
        (-CLOCK_SKEW, False, True),
        (-SECOND, False, True),
        (timedelta(0), False, True),
        (timedelta(days=7) - SECOND, False, True),
        (timedelta(days=7), False, False),
        (timedelta(days=8), False, False),
    ],
)
def test_when_it_counts(after: timedelta, early: bool, active: bool) -> None:
    """From when it was given, but for what clocks differ by, up to but not at its end."""
    one = waiver()
    assert one.is_early(NOON + after) is early
    assert one.is_active(NOON + after) is active
    elsewhere = (NOON + after).astimezone(timezone(timedelta(hours=9)))
    assert one.is_active(elsewhere) is active


def test_times_at_the_ends_of_the_calendar() -> None:
    """The first and the last hours that there are do not overflow."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert not waiver(given_at=first, until=first + SECOND).is_active(NOON)
    assert not waiver(given_at=last - SECOND, until=last).is_active(NOON)


def test_an_id_follows_from_what_it_says() -> None:
    """The time and twelve digits of a digest; other words have another id."""
    one = waiver()
    assert one.waiver_id.startswith("20260301T120000-")
    assert len(one.waiver_id) == 15 + 1 + 12
    assert one == waiver()
    changes: tuple[dict[str, Any], ...] = (
        {"who": "Lee"},
        {"why": WHY + "!"},
        {"checks": ("support.*",)},
        {"run_id": "r2"},
        {"model_sha256": "b" * 64},
        {"profile": "demo"},
        {"given_at": NOON + SECOND},
        {"until": NOON + SECOND},
    )
    assert len({one.waiver_id, *(waiver(**change).waiver_id for change in changes)}) == 9
    for change in changes:
        other = waiver(**change).to_dict() | {"waiver_id": one.waiver_id}
        with pytest.raises(ValidationError, match="which follows from what it says"):
            Waiver.model_validate(other)


def test_it_comes_back_from_its_bytes() -> None:
    """A stored waiver is the same waiver, byte for byte."""
    one = waiver(who="김민지")
    again = Waiver.from_json_bytes(one.to_json_bytes(), what="waiver", error=WaiverRefused)
    assert again == one
    assert again.to_json_bytes() == one.to_json_bytes()


def test_an_unknown_field_is_refused() -> None:
    """What is not understood is not signed for."""
    with pytest.raises(ValidationError, match="also"):
        Waiver.model_validate(waiver().to_dict() | {"also": "everything"})
