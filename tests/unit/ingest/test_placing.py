"""A scene has one side for ever; the holdout is frozen; incidents are the pack; false alarms keep their share."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.placed import arrival, picture

from safety_tasks.ingest.placing import Placed, place_pictures
from safety_tasks.ingest.scenes import Scenes
from safety_tasks.records.picture import Arrival, Picture, Split
from safety_tasks.settings import IngestSettings


def place(
    known: Sequence[Picture],
    arrivals: Sequence[Arrival],
    bridging: Sequence[Arrival] = (),
    **settings: Any,
) -> Placed:
    """Place arrivals whose scene is the one they name."""
    scenes = Scenes(
        {a.sha256: str(a.scene) for a in arrivals}, (), frozenset(a.sha256 for a in bridging)
    )
    return place_pictures(known, arrivals, scenes, IngestSettings(**settings))


def splits(placed: Placed) -> dict[str, str]:
    """Return the split of each picture by the name it was made with."""
    return {p.file.removeprefix("images/").removesuffix(".jpg"): p.split for p in placed.pictures}


HELD = [picture("t", "st", "train"), picture("v", "sv", "val"), picture("h", "sh", "holdout")]


def test_nothing_is_placed() -> None:
    """No arrivals leave what is known as it is."""
    assert place([], []) == Placed((), ())
    assert set(place(HELD, []).pictures) == set(HELD)


@pytest.mark.parametrize(
    ("scene", "kind", "split", "rule"),
    [
        ("st", "labelled", "train", None),
        ("sv", "labelled", "val", None),
        ("sh", "labelled", "reserve", "holdout_is_frozen"),
        ("st", "incident", "train", None),
        ("sh", "incident", "incident", None),
        ("new", "incident", "incident", None),
        ("new", "labelled", "train", None),
        ("si", "labelled", "reserve", "scene_is_incident"),
        ("si", "incident", "incident", None),
    ],
)
def test_an_arrival_follows_its_scene(
    scene: str, kind: str, split: Split, rule: str | None
) -> None:
    """Known scenes keep their side; of the holdout's and the pack's nothing is trained on; each wait is told."""
    known = [*HELD, picture("i", "si", "incident", kind="incident")]
    placed = place(known, [arrival("a", scene=scene, kind=kind)])
    assert splits(placed)["a"] == split
    assert [row.rule for row in placed.rows] == ([rule] if rule else [])
    assert all(row.action.value == "reserved" for row in placed.rows)


def test_what_is_like_two_sides_waits() -> None:
    """A picture that bridges splits is kept, used by nobody, and told."""
    row = arrival("a", scene="sv")
    placed = place(HELD, [row], bridging=[row])
    assert splits(placed)["a"] == "reserve"
    assert [each.rule for each in placed.rows] == ["bridges_splits"]


def test_a_new_scene_never_enters_a_holdout_that_is_there() -> None:
    """However large, later scenes train or choose; the first version founds the holdout."""
    later = [arrival(f"n{n}", scene=f"n{n}") for n in range(30)]
    founded = splits(place([], later))
    assert {"train", "val", "holdout"} == set(founded.values())
    found = splits(place(HELD, later))
    assert [name for name, split in found.items() if split == "holdout"] == ["h"]


@pytest.mark.parametrize(("share", "trained"), [(0.0, 0), (0.2, 2), (0.5, 8), (1.0, 20)])
def test_false_alarms_keep_their_share(share: float, trained: int) -> None:
    """Of eight others, so many false alarms are a share of at most so much; the rest wait and are told."""
    known = [picture(f"t{n}", "st", "train") for n in range(8)] + HELD[1:]
    alarms = [arrival(f"f{n}", scene="st", kind="false_alarm", boxes=()) for n in range(20)]
    placed = place(known, alarms, max_false_alarm_share=share)
    found = [split for name, split in splits(placed).items() if name.startswith("f")]
    assert found.count("train") == trained
    assert found.count("reserve") == 20 - trained
    assert [row.rule for row in placed.rows] == ["false_alarm_quota"] * (20 - trained)


def test_false_alarms_in_reserve_are_used_when_there_is_room() -> None:
    """As other pictures come, waiting false alarms move into their split, and none of it is told again."""
    alarms = [arrival(f"f{n}", scene="st", kind="false_alarm", boxes=()) for n in range(4)]
    first = place(HELD, alarms, max_false_alarm_share=0.5)
    more = [arrival(f"m{n}", scene="st") for n in range(3)]
    second = place(first.pictures, more, max_false_alarm_share=0.5)
    counts = [
        sum(p.kind == "false_alarm" and p.split == "train" for p in each.pictures)
        for each in (first, second)
    ]
    assert counts == [1, 4]
    assert second.rows == ()


ROWS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(["labelled", "incident", "false_alarm", "background"]),
        st.booleans(),
    ),
    max_size=12,
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_no_scene_is_learnt_from_and_judged_by(batches: list[list[tuple[int, str, bool]]]) -> None:
    """Whatever comes in whatever order, a scene is in train, or in val, or judged by, and never moves."""
    known: tuple[Picture, ...] = ()
    before: dict[str, str] = {}
    for number, rows in enumerate(batches):
        arrivals = [
            arrival(
                f"{number}-{n}", scene=f"s{scene}", kind=kind, **({} if boxes else {"boxes": ()})
            )
            for n, (scene, kind, boxes) in enumerate(rows)
        ]
        known = place(known, arrivals).pictures
        sides: dict[str, set[str]] = {}
        for row in known:
            if row.split != "reserve":
                side = "judge" if row.split in ("holdout", "incident") else row.split
                sides.setdefault(row.scene, set()).add(side)
        assert all(len(side) == 1 for side in sides.values())
        after = {scene: next(iter(side)) for scene, side in sides.items()}
        kept = {scene: side for scene, side in before.items() if scene in after}
        assert all(after[scene] == side for scene, side in kept.items())
        before = after


def test_a_false_alarm_that_bridges_splits_never_fills_a_quota() -> None:
    """Room for false alarms brings back those that wait for room, not those that are like two splits: now or later."""
    row = arrival("a", scene="sv", kind="false_alarm", boxes=())
    known = [picture(f"v{n}", "sv", "val") for n in range(9)] + HELD
    first = place(known, [row], bridging=[row], max_false_alarm_share=0.5)
    assert splits(first)["a"] == "reserve"
    assert [each.rule for each in first.rows] == ["bridges_splits"]
    again = place_pictures(
        first.pictures,
        [],
        Scenes({}, (), frozenset()),
        IngestSettings(max_false_alarm_share=0.5),
        barred=frozenset({(row.batch_id, row.file)}),
    )
    assert splits(again)["a"] == "reserve"


def test_a_scene_of_false_alarms_alone_waits_for_room_too() -> None:
    """A scene that is all in reserve for the quota is used once there is room."""
    alarms = [arrival(f"f{n}", scene="new", kind="false_alarm", boxes=()) for n in range(2)]
    first = place(HELD, alarms, max_false_alarm_share=0.0)
    assert {splits(first)[a.file[7:-4]] for a in alarms} == {"reserve"}
    second = place(first.pictures, [], max_false_alarm_share=0.9)
    assert {splits(second)[a.file[7:-4]] for a in alarms} <= {"train", "val"}
