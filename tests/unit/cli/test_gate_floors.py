"""A floor for a new hazard: the strictest there was, everything else as it was written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.cli.gate_floors import with_floors
from safety_tasks.errors import ConfigError

TEXT = """# What a model must show.
policy_version = 3   # the officer's

[plant]   # the default
ap50_floors = { smoke = 0.70, fire = 0.8 }
ap50_95_floors = { smoke = 0.3 }
recall_floors = {smoke=0.6,fire=0.60}  # chosen with the officer
non_inferiority_margins = { smoke = 0.05, fire = 0.03 }
max_missed_incidents = 0

[demo]
ap50_floors = { smoke = 0.1 }
ap50_95_floors = { smoke = 0.1 }
recall_floors = { smoke = 1 } # low
non_inferiority_margins = { smoke = 0.2 }
"""
REST = "ap50_95_floors = { a = 1 }\nnon_inferiority_margins = { a = 1 }\n"


def test_every_profile_gets_its_strictest() -> None:
    """Nine lines change: the highest floor, the narrowest margin, the version; comments stay and one is added."""
    edited = with_floors(TEXT, "leak", where="gate.toml")
    before, after = TEXT.splitlines(), edited.splitlines()
    assert [n for n, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1] == [
        1, 4, 5, 6, 7, 11, 12, 13, 14,
    ]  # fmt: skip
    assert after[1] == "policy_version = 4   # the officer's"
    assert after[4].startswith(
        "ap50_floors = { smoke = 0.70, fire = 0.8, leak = 0.8 }  # leak: the "
    )
    assert after[6].startswith(
        "recall_floors = {smoke=0.6,fire=0.60, leak = 0.6 }  # chosen with the officer; leak:"
    )
    tables = tomllib.loads(edited)
    assert tables["plant"]["non_inferiority_margins"] == {"smoke": 0.05, "fire": 0.03, "leak": 0.03}
    assert tables["demo"] == {
        "ap50_floors": {"smoke": 0.1, "leak": 0.1},
        "ap50_95_floors": {"smoke": 0.1, "leak": 0.1},
        "recall_floors": {"smoke": 1, "leak": 1},
        "non_inferiority_margins": {"smoke": 0.2, "leak": 0.2},
    }


def test_a_floor_that_is_there_stays() -> None:
    """Added by hand, or by a run that was cut, it is not added again; the second run changes nothing."""
    once = with_floors(TEXT, "leak", where="gate.toml")
    assert with_floors(once, "leak", where="gate.toml") == once
    by_hand = TEXT.replace("fire = 0.8 }", "fire = 0.8, leak = 0.1 }")
    edited = tomllib.loads(with_floors(by_hand, "leak", where="gate.toml"))
    assert edited["plant"]["ap50_floors"]["leak"] == 0.1


def test_a_name_within_another_is_another() -> None:
    """A floor of ``oil_leak`` is none of ``leak``."""
    text = with_floors(TEXT, "oil_leak", where="gate.toml")
    assert (
        tomllib.loads(with_floors(text, "leak", where="g"))["plant"]["ap50_floors"]["leak"] == 0.8
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[plant", "expected TOML"),
        ("[plant]\n", r"\[plant\]: expected ap50_floors"),
        ("[plant]\nap50_floors = {}\n", "found none"),
        ("loose = 1\n", r"\[loose\]: expected ap50_floors"),
        (f"[p]\nap50_floors = {{ a = 1 }}\n{REST}[p.recall_floors]\na = 1\n", "written otherwise"),
        (f"[p]\nap50_floors.a = 1\n{REST}recall_floors = {{ a = 1 }}\n", "written otherwise"),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, message: str) -> None:
    """Another form, or no floors at all: the message says what to add by hand."""
    with pytest.raises(ConfigError, match=message):
        with_floors(text, "leak", where="gate.toml")


FLOORS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
    st.floats(0, 1).map(lambda value: round(value, 3)),
    min_size=1,
    max_size=5,
)


@given(FLOORS, FLOORS, st.sampled_from(["", "  # why", "#x"]))
def test_whatever_the_floors_the_new_one_is_their_highest(
    ap50: dict[str, float], recall: dict[str, float], note: str
) -> None:
    """Parsed again, only the new floor is new."""
    lines = [
        f"{field} = {{ {', '.join(f'{k} = {v}' for k, v in floors.items())} }}{note}"
        for field, floors in (("ap50_floors", ap50), ("recall_floors", recall))
    ]
    text = "\n".join(["[p]", *lines, REST])
    found = tomllib.loads(with_floors(text, "new_hazard_x", where="g"))["p"]
    assert found["ap50_floors"] == ap50 | {"new_hazard_x": max(ap50.values())}
    assert found["recall_floors"] == recall | {"new_hazard_x": max(recall.values())}
