"""A waiver is given by an approver, for one run's model, until it ends, and never for what gives numbers a meaning."""

from datetime import UTC, datetime, timedelta

import pytest
from support.signed_waivers import MODEL, NOON, Signer, waiver
from support.waivers_by_hand import only_problem, put_by_hand, signed_by

from safety_tasks.errors import PreconditionFailed, StoreError, WaiverRefused
from safety_tasks.gate import waivers
from safety_tasks.gate.history import read_history
from safety_tasks.gate.waivers import (
    NEVER_WAIVED,
    active_waivers,
    give_waiver,
    read_waivers,
    waivers_for,
)
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS
from safety_tasks.records.waiver import (
    CLOCK_SKEW,
    Approver,
    ProvedWaiver,
    UnprovedWaiver,
)
from safety_tasks.store.local import LocalStore

SECOND = timedelta(seconds=1)


def test_none(local_store: LocalStore, approvers: tuple[Approver, ...]) -> None:
    """Where none was given, none counts."""
    assert read_waivers(local_store, approvers) == ()
    assert active_waivers((), NOON) == waivers_for((), "r1", MODEL, "plant", NOON) == ()


def test_a_given_waiver_counts(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """It is stored under its id, proved by the approver's name, and giving it again changes nothing."""
    one = waiver()
    first = give_waiver(local_store, one, kim.key, approvers, at=NOON)
    key = f"gate/waivers/{one.waiver_id}.json"
    assert local_store.get(key).payload == first.to_json_bytes()
    assert give_waiver(local_store, one, kim.key, approvers, at=NOON + SECOND) == first
    assert read_waivers(local_store, approvers, at=NOON) == (
        ProvedWaiver(key=key, waiver=one, approver="kim"),
    )


def test_a_given_waiver_is_in_the_history_once(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """Whose it is, which checks, until when and why; a second time adds nothing."""
    one = waiver(checks=("latency.*", "size"))
    give_waiver(local_store, one, kim.key, approvers, at=NOON)
    give_waiver(local_store, one, kim.key, approvers, at=NOON + SECOND)
    (entry,) = read_history(local_store)
    assert (entry.kind, entry.run_id, entry.profile) == ("waiver", one.run_id, one.profile)
    assert entry.model_sha256 == one.model_sha256
    assert entry.note == f"latency.*, size until {one.until} by {one.who}: {one.why}"


def test_a_crash_before_the_history_is_mended_by_giving_again(
    local_store: LocalStore,
    kim: Signer,
    approvers: tuple[Approver, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A waiver that is stored and in no entry gets its own beside those of others; then a third time adds nothing."""
    give_waiver(local_store, waiver(run_id="r0"), kim.key, approvers, at=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(waivers, "append", _crash)
        with pytest.raises(StoreError, match="the cable"):
            give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
    assert len(read_waivers(local_store, approvers, at=NOON)) == 2
    assert [entry.run_id for entry in read_history(local_store)] == ["r0"]
    for _ in range(2):
        give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
        assert [entry.run_id for entry in read_history(local_store)] == ["r1", "r0"]


def _crash(*_: object, **__: object) -> None:
    raise StoreError("the cable")


def test_a_waiver_given_now_counts_now(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """Without a time given, it is the machine's."""
    now = datetime.now(UTC)
    give_waiver(
        local_store, waiver(given_at=now, until=now + timedelta(days=1)), kim.key, approvers
    )
    assert len(active_waivers(read_waivers(local_store, approvers), datetime.now(UTC))) == 1


@pytest.mark.parametrize(
    ("run_id", "model", "profile", "after", "counts"),
    [
        ("r1", MODEL, "plant", timedelta(0), True),
        ("r1", MODEL, "plant", timedelta(days=7) - SECOND, True),
        ("r1", MODEL, "plant", timedelta(days=7), False),
        ("r1", MODEL, "plant", -CLOCK_SKEW, True),
        ("r1", MODEL, "plant", -CLOCK_SKEW - SECOND, False),
        ("r2", MODEL, "plant", timedelta(0), False),
        ("r1", "b" * 64, "plant", timedelta(0), False),
        ("r1", MODEL, "demo", timedelta(0), False),
    ],
)
def test_for_what_it_counts(
    local_store: LocalStore,
    kim: Signer,
    approvers: tuple[Approver, ...],
    run_id: str,
    model: str,
    profile: str,
    after: timedelta,
    counts: bool,
) -> None:
    """One run, its very model, one profile, and not at or after its end."""
    give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
    found = read_waivers(local_store, approvers)
    assert bool(waivers_for(found, run_id, model, profile, NOON + after)) is counts


def test_what_nobody_can_waive() -> None:
    """The checks that give every other number its meaning are the policy's own list."""
    assert NEVER_WAIVED == ALWAYS_REQUIRED
    assert {"self_test", "class_map", "champion", "duplicate"} <= set(NEVER_WAIVED) < set(KINDS)


@pytest.mark.parametrize("kind", NEVER_WAIVED)
@pytest.mark.parametrize("form", ["{}", "{}.*", "{}.fire", "{}..*"])
def test_such_a_waiver_is_not_given(
    local_store: LocalStore,
    kim: Signer,
    approvers: tuple[Approver, ...],
    kind: str,
    form: str,
) -> None:
    """By whatever name, beside whatever else: refused by name when given, and worth nothing when put there."""
    name = form.format(kind)
    one = waiver(checks=("support.fire", name))
    with pytest.raises(
        WaiverRefused, match=f"Nobody can waive {', '.join(NEVER_WAIVED)}: "
    ) as refused:
        give_waiver(local_store, one, kim.key, approvers, at=NOON)
    assert f"found {name}." in str(refused.value)
    assert not list(local_store.keys(""))
    put_by_hand(local_store, signed_by(kim, one))
    assert "Nobody can waive" in only_problem(local_store, approvers)


@pytest.mark.parametrize("name", ["suport.fire", "measurement.*", "x"])
def test_a_check_that_there_is_not(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...], name: str
) -> None:
    """A misspelt check is told at once, with the kinds there are."""
    with pytest.raises(WaiverRefused, match=rf"found '{name[:-1]}.*Kinds are holdout, support"):
        give_waiver(local_store, waiver(checks=(name,)), kim.key, approvers, at=NOON)
    assert not list(local_store.keys(""))


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (-CLOCK_SKEW - SECOND, "expected that it was given by now .*Set the clock"),
        (timedelta(days=7), "expected an end after now"),
        (timedelta(days=90), "expected an end after now"),
    ],
)
def test_a_waiver_out_of_its_time_is_not_given(
    local_store: LocalStore,
    kim: Signer,
    approvers: tuple[Approver, ...],
    after: timedelta,
    message: str,
) -> None:
    """One from the future speaks of a wrong clock; one that has ended waives nothing."""
    with pytest.raises(WaiverRefused, match=message):
        give_waiver(local_store, waiver(), kim.key, approvers, at=NOON + after)
    assert not list(local_store.keys(""))
    assert give_waiver(local_store, waiver(), kim.key, approvers, at=NOON - CLOCK_SKEW)


def test_one_from_the_future_never_counts_before(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """Put there by hand it is a problem of the clock, and is not applied even where nobody asked for the clock."""
    later = NOON + timedelta(days=1)
    put_by_hand(local_store, signed_by(kim, waiver(given_at=later)))
    assert "Set the clock" in only_problem(local_store, approvers, at=NOON)
    assert active_waivers(read_waivers(local_store, approvers), NOON) == ()
    assert len(active_waivers(read_waivers(local_store, approvers, at=later), later)) == 1


def test_who_is_no_approver_cannot_give(
    local_store: LocalStore, stranger: Signer, approvers: tuple[Approver, ...]
) -> None:
    """A sound key that config/approvers.toml does not hold gives nothing; with no approvers nobody can."""
    for whose, names in ((approvers, "kim"), ((), "nobody")):
        with pytest.raises(WaiverRefused, match=rf"key of an approver \({names}\)"):
            give_waiver(local_store, waiver(), stranger.key, whose, at=NOON)
    assert not list(local_store.keys(""))


def test_a_waiver_is_never_written_over(
    local_store: LocalStore, kim: Signer, stranger: Signer, approvers: tuple[Approver, ...]
) -> None:
    """Where other bytes have its name, giving it fails, and they stay."""
    key = put_by_hand(local_store, signed_by(stranger, waiver()))
    before = local_store.get(key).payload
    with pytest.raises(PreconditionFailed, match="other bytes"):
        give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
    assert local_store.get(key).payload == before


def test_the_longest_waiver_can_be_read(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """What may be given is never too large to be read."""
    longest = waiver(
        who="김" * 100,
        why="새" * 500,
        checks=tuple(f"slices.{n:02d}".ljust(200, "x") for n in range(20)),
        run_id="r" * 200,
        profile="p" * 200,
    )
    give_waiver(local_store, longest, kim.key, approvers, at=NOON)
    assert len(active_waivers(read_waivers(local_store, approvers), NOON)) == 1


def test_too_many_are_said(
    local_store: LocalStore,
    kim: Signer,
    approvers: tuple[Approver, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The newest are read, and those that are not are counted, not forgotten."""
    for hour in range(4):
        given_at = NOON - timedelta(hours=hour)
        give_waiver(local_store, waiver(given_at=given_at), kim.key, approvers, at=NOON)
    monkeypatch.setattr(waivers, "MAX_READ", 4)
    assert len(read_waivers(local_store, approvers)) == 4
    monkeypatch.setattr(waivers, "MAX_READ", 3)
    said, *rest = read_waivers(local_store, approvers)
    assert isinstance(said, UnprovedWaiver)
    assert "found 4: the first 1 by name were not read" in said.problem
    assert [one.waiver.given_at[11:13] for one in active_waivers(rest, NOON)] == ["10", "11", "12"]
